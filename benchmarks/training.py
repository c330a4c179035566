"""Training speed beside other implementations of the same shapes: `python -m benchmarks.training`.

All take turns in one process, one step each, so that a busy machine slows them alike: compare the ratios. A
step is forward, backward, clipping and AdamW, fused for all of them, on random tokens, at params.yaml's
shapes (`--context 256` for the shapes that docs/training.md compares). Printed per implementation: the
median and best tokens/s, the share of the matrix products' own peak on this machine (2048³ in the same
precision, measured in between), and the ratio to ours.

- studied: nn.MultiheadAttention with a mask, float32, eager, as in the studied system. Its rows are full
  here; there they were padded, and padding is no token.
- GPT-2: transformers' class, as it comes (float32) and at its best (bfloat16, SDPA, torch.compile).
- litgpt: its GPT with the same switches as GPT-2, bfloat16 and compiled. Its requirements contradict
  transformers', so it stands in no list of ours and is left out unless it is importable:
  `pip install --no-deps --target litgpt litgpt lightning lightning-utilities torchmetrics jsonargparse`,
  then `PYTHONPATH=litgpt python -m benchmarks.training`.
"""

import argparse
import importlib.util
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from minillm.cores import usable_cores
from minillm.model.minigpt import MiniGPT, ModelConfig
from minillm.model.positions import sinusoids
from minillm.params import Params, read_params
from minillm.training.device import autocast, keep_freed_memory, resolve_device, resolve_precision
from minillm.training.loss import fused_loss
from minillm.training.optimizer import build_optimizers

Loss = Callable[[Tensor], Tensor]
"""Token ids (B, T + 1) to the mean loss of their T targets."""

MODERN = {
    "positions": "rope",
    "norm": "rmsnorm",
    "activation": "swiglu",
    "qk_norm": True,
    "tie_embeddings": True,
    "feed_forward_multiple": 2.667,
}


def main() -> None:
    """Print one row per implementation."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("--context", type=int, help="tokens per row (default: params.yaml's)")
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    params = read_params(Path("params.yaml"))
    if arguments.context:
        model = params.model.model_copy(update={"context": arguments.context})
        params = params.model_copy(update={"model": model})
    device = resolve_device("auto")
    keep_freed_memory()
    steps = implementations(params, device)
    times = interleave(steps, arguments.rounds, device)
    report(params, device, times)


def implementations(params: Params, device: torch.device) -> dict[str, Callable[[], None]]:
    """Name to one training step; each has done its first steps, compilation included, afterwards."""
    torch.manual_seed(0)
    shape = (params.train.batch_size, params.model.context + 1)
    tokens = torch.randint(4, params.vocab.vocab_size, shape, device=device)
    config = ModelConfig.from_params(params.model, params.vocab.vocab_size)
    modern_params = params.model.model_copy(update=MODERN)
    modern = ModelConfig.from_params(modern_params, params.vocab.vocab_size)
    best = resolve_precision("auto", device)
    made: dict[str, tuple[nn.Module, Loss]] = {
        "ours": ours(config, params, device, best, compiled=False),
        "ours, compiled": ours(config, params, device, best, compiled=True),
        "ours, float32": ours(config, params, device, torch.float32, compiled=False),
        "ours, modern switches": ours(modern, params, device, best, compiled=False),
        "ours, modern, compiled": ours(modern, params, device, best, compiled=True),
        "studied, float32": plain(Studied(config), device, torch.float32, compiled=False),
        "GPT-2, as it comes": plain(gpt2(config), device, torch.float32, compiled=False),
        "GPT-2, bf16 sdpa compiled": plain(gpt2(config), device, best, compiled=True),
    }
    if importlib.util.find_spec("litgpt"):
        made["litgpt, bf16 compiled"] = plain(litgpt(config), device, best, compiled=True)
    return {name: training_step(model, loss, tokens, params) for name, (model, loss) in made.items()}


def ours(
    config: ModelConfig, params: Params, device: torch.device, dtype: torch.dtype, *, compiled: bool
) -> tuple[nn.Module, Loss]:
    """MiniGPT with the fused loss."""
    model = MiniGPT(config).to(device).train()
    hidden = torch.compile(model.hidden) if compiled else model.hidden

    def loss(tokens: Tensor) -> Tensor:
        with autocast(device, dtype):
            out = hidden(tokens[:, :-1])
        return fused_loss(out, tokens[:, 1:], model.head, params.train.label_smoothing, dtype).loss

    return model, loss


def plain(
    model: nn.Module, device: torch.device, dtype: torch.dtype, *, compiled: bool
) -> tuple[nn.Module, Loss]:
    """A model that returns logits (B, T, V), or an object that has them, and torch's cross-entropy."""
    model = model.to(device).train()
    forward = torch.compile(model) if compiled else model

    def loss(tokens: Tensor) -> Tensor:
        with autocast(device, dtype):
            logits = forward(tokens[:, :-1])
        logits = getattr(logits, "logits", logits)
        return F.cross_entropy(logits.flatten(0, 1).float(), tokens[:, 1:].flatten(), label_smoothing=0.1)

    return model, loss


def training_step(model: nn.Module, loss: Loss, tokens: Tensor, params: Params) -> Callable[[], None]:
    """Forward, backward, clipping and AdamW."""
    made = optimizers(model, params)

    def step() -> None:
        torch.autograd.backward(loss(tokens))
        torch.nn.utils.clip_grad_norm_(model.parameters(), params.train.clip_norm).item()
        for optimizer in made:
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)

    return step


def optimizers(model: nn.Module, params: Params) -> list[torch.optim.Optimizer]:
    """Ours for MiniGPT; AdamW for the others, fused as ours is: 7 ms a step, where the plain one takes 25."""
    if isinstance(model, MiniGPT):
        return build_optimizers(model, params.train)
    return [torch.optim.AdamW(model.parameters(), lr=params.train.lr, fused=True)]


class Studied(nn.Module):
    """The studied model: torch's own attention module with an explicit mask and its weights returned."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.embedding = nn.Embedding(config.vocab_size, config.dim)
        self.register_buffer("positions", sinusoids(config.context, config.dim))
        self.register_buffer("mask", torch.ones(config.context, config.context).triu(1).bool())
        self.dropout = nn.Dropout(config.dropout)
        self.blocks = nn.ModuleList(StudiedBlock(config) for _ in range(config.layers))
        self.norm = nn.LayerNorm(config.dim)
        self.head = nn.Linear(config.dim, config.vocab_size)

    def forward(self, tokens: Tensor) -> Tensor:
        """(B, T) to (B, T, V)."""
        x = self.dropout(self.embedding(tokens) + self.positions)
        for block in self.blocks:
            x = block(x, self.mask)
        return self.head(self.norm(x))  # type: ignore[no-any-return]


class StudiedBlock(nn.Module):
    """Pre-norm attention and feed-forward."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.attention_norm, self.norm = nn.LayerNorm(config.dim), nn.LayerNorm(config.dim)
        self.attention = nn.MultiheadAttention(config.dim, config.heads, config.dropout, batch_first=True)
        self.feed_forward = nn.Sequential(
            nn.Linear(config.dim, config.feed_forward_dim),
            nn.GELU(),
            nn.Linear(config.feed_forward_dim, config.dim),
        )
        self.dropout = nn.Dropout(config.dropout)

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        """(B, T, D) to (B, T, D)."""
        normed = self.attention_norm(x)
        x = x + self.dropout(self.attention(normed, normed, normed, attn_mask=mask)[0])
        return x + self.dropout(self.feed_forward(self.norm(x)))  # type: ignore[no-any-return]


def gpt2(config: ModelConfig) -> nn.Module:
    """transformers' GPT-2; SDPA is its default attention."""
    from transformers import GPT2Config, GPT2LMHeadModel

    model: nn.Module = GPT2LMHeadModel(
        GPT2Config(
            vocab_size=config.vocab_size,
            n_positions=config.context,
            n_embd=config.dim,
            n_layer=config.layers,
            n_head=config.heads,
            n_inner=config.feed_forward_dim,
            use_cache=False,
        )
    )
    return model


def litgpt(config: ModelConfig) -> nn.Module:
    """litgpt's GPT, which has no dropout."""
    from litgpt.config import Config
    from litgpt.model import GPT

    model: nn.Module = GPT(
        Config(
            block_size=config.context,
            n_layer=config.layers,
            n_head=config.heads,
            n_embd=config.dim,
            vocab_size=config.vocab_size,
            padded_vocab_size=config.vocab_size,
            bias=True,
            norm_class_name="LayerNorm",
            mlp_class_name="GptNeoxMLP",
            intermediate_size=config.feed_forward_dim,
            parallel_residual=False,
            rotary_percentage=1.0,
        )
    )
    return model


def precisions(device: torch.device) -> list[torch.dtype]:
    """Those computed in here: where bfloat16 is emulated, a single product of 2048³ takes half a minute."""
    return list(dict.fromkeys((torch.float32, resolve_precision("auto", device))))


def interleave(
    steps: dict[str, Callable[[], None]], rounds: int, device: torch.device
) -> dict[str, list[float]]:
    """Seconds of each implementation's steps, and of a matrix product in each precision that they use."""
    size = 2048
    for dtype in precisions(device):
        a, b = torch.randn(2, size, size, device=device).to(dtype)
        steps = steps | {f"matrix product, {dtype}": lambda a=a, b=b: a @ b}
    for step in steps.values():  # memory, compilation, the optimizers' state
        step()
        step()
    times: dict[str, list[float]] = {name: [] for name in steps}
    for _ in range(rounds):
        for name, step in steps.items():
            _wait(device)
            started = time.perf_counter()
            step()
            _wait(device)
            times[name].append(time.perf_counter() - started)
    return times


def report(params: Params, device: torch.device, times: dict[str, list[float]]) -> None:
    """A Markdown table."""
    peaks = {dtype: 2 * 2048**3 / min(times.pop(f"matrix product, {dtype}")) for dtype in precisions(device)}
    batch, context = params.train.batch_size, params.model.context
    config = ModelConfig.from_params(params.model, params.vocab.vocab_size)
    matrices = config.layers * (4 * config.dim**2 + 2 * config.dim * config.feed_forward_dim)
    weights = matrices + config.dim * config.vocab_size
    # Forward and backward: 6 per weight and token, and the causal half of two products of attention.
    flop = 6 * (weights + config.layers * config.dim * context)
    peak_text = ", ".join(f"{dtype} {peak / 1e9:,.0f} GFLOP/s" for dtype, peak in peaks.items())
    print(
        f"{usable_cores()} cores, {torch.get_num_threads()} threads, {device}, torch {torch.__version__}; "
        f"{batch} × {context} tokens, {flop / 1e6:.1f} MFLOP a token, fused AdamW; peak {peak_text}\n"
    )
    print("| implementation | tokens/s, median | best | share of peak | ours ÷ this |\n|---|---|---|---|---|")
    reference = statistics.median(times["ours"])
    low = resolve_precision("auto", device)
    for name, seconds in times.items():
        median = statistics.median(seconds)
        float32 = "float32" in name or "as it comes" in name
        share = flop * batch * context / median / peaks[torch.float32 if float32 else low]
        print(
            f"| {name} | {batch * context / median:,.0f} | {batch * context / min(seconds):,.0f} "
            f"| {100 * share:.0f} % | {median / reference:.2f} |"
        )


def _wait(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize()


if __name__ == "__main__":
    main()
