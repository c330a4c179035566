"""Training speed beside other implementations of the same shapes: `python -m benchmarks.training`.

All take turns in one process, one step each, so that a busy machine slows them alike: compare the ratios. A
step is forward, backward, clipping and AdamW on random tokens, at params.yaml's shapes (`--context 256` for
the shapes that docs/experiments.md compares). Ours is the trainer's own step, by lanes; the others have all
of torch's threads, and a fused AdamW too. `--precision bfloat16` is for CPUs that compute in it, and lets all
use all of the CPU's instructions. Printed per implementation: the median and best tokens/s, the share of
the matrix products' own peak on this machine (2048³ in the same precision, measured in between), and the
ratio to ours.

- studied: nn.MultiheadAttention with a mask, float32, eager, as in the studied system. Its rows are full
  here; there they were padded, and padding is no token.
- GPT-2: transformers' class, as it comes (float32) and at its best (SDPA, torch.compile).
- litgpt: its GPT with the same switches as GPT-2, compiled. Its requirements contradict transformers', so it
  stands in no list of ours and is left out unless it is importable:
  `pip install --no-deps --target litgpt litgpt lightning lightning-utilities torchmetrics jsonargparse`,
  then `PYTHONPATH=litgpt python -m benchmarks.training`.
"""

import argparse
import importlib.util
import itertools
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from benchmarks.saving import write_random_shards
from minillm.arithmetic import lift_limits
from minillm.cores import usable_cores
from minillm.model.minigpt import ModelConfig
from minillm.model.positions import sinusoids
from minillm.params import Params, read_params
from minillm.training.device import autocast, keep_freed_memory, resolve_device, resolve_precision
from minillm.training.trainer import Trainer

Loss = Callable[[Tensor], Tensor]
"""Token ids (B, T + 1) to the mean loss of their T targets."""

Step = Callable[[], None]

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
    parser.add_argument("--precision", choices=["auto", "float32", "bfloat16"], default="auto")
    arguments = parser.parse_args()
    if arguments.precision == "bfloat16":
        lift_limits()
    params = read_params(Path("params.yaml"))
    params = changed(params, train={"precision": arguments.precision})
    if arguments.context:
        params = changed(params, model={"context": arguments.context})
    device = resolve_device("auto")
    dtype = resolve_precision(arguments.precision, device)
    keep_freed_memory()
    with tempfile.TemporaryDirectory() as folder:
        steps = implementations(params, device, dtype, Path(folder) / "splits")
        times = interleave(steps, arguments.rounds, device, dtype)
    report(params, device, dtype, times)


def changed(params: Params, **sections: dict[str, object]) -> Params:
    """The parameters with some of their values replaced."""
    updated = {name: getattr(params, name).model_copy(update=values) for name, values in sections.items()}
    return params.model_copy(update=updated)


def implementations(
    params: Params, device: torch.device, dtype: torch.dtype, splits: Path
) -> dict[str, Step]:
    """Name to one training step."""
    torch.manual_seed(0)
    write_random_shards(params, splits)
    shape = (params.train.batch_size, params.model.context + 1)
    tokens = torch.randint(4, params.vocab.vocab_size, shape, device=device)
    config = ModelConfig.from_params(params.model, params.vocab.vocab_size)
    modern = changed(params, model=MODERN)
    made: dict[str, tuple[nn.Module, Loss]] = {
        "studied, float32": plain(Studied(config), device, torch.float32, compiled=False),
        "GPT-2, float32, as it comes": plain(gpt2(config), device, torch.float32, compiled=False),
        "GPT-2, sdpa, compiled": plain(gpt2(config), device, dtype, compiled=True),
    }
    if importlib.util.find_spec("litgpt"):
        made["litgpt, compiled"] = plain(litgpt(config), device, dtype, compiled=True)
    return {
        "ours": ours(params, splits),
        "ours, modern switches": ours(modern, splits),
        "ours, compiled": ours(changed(params, train={"compile": True}), splits),
        "ours, modern, compiled": ours(changed(modern, train={"compile": True}), splits),
        **{name: training_step(model, loss, tokens, params) for name, (model, loss) in made.items()},
    }


def ours(params: Params, splits: Path) -> Step:
    """The trainer's step."""
    torch.set_num_threads(usable_cores())  # of compiled code; lanes set their own
    trainer = Trainer(params, splits, params.vocab.vocab_size)
    threads = torch.get_num_threads()
    batches = itertools.cycle(list(trainer.batches(epoch=1)))

    def step() -> None:
        torch.set_num_threads(threads)
        trainer.train_step(*next(batches))

    return step


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


def training_step(model: nn.Module, loss: Loss, tokens: Tensor, params: Params) -> Step:
    """Forward, backward, clipping and AdamW."""
    optimizer = torch.optim.AdamW(model.parameters(), lr=params.train.lr, fused=True)

    def step() -> None:
        torch.set_num_threads(usable_cores())
        torch.autograd.backward(loss(tokens))
        torch.nn.utils.clip_grad_norm_(model.parameters(), params.train.clip_norm).item()
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)

    return step


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


def interleave(
    steps: dict[str, Step], rounds: int, device: torch.device, dtype: torch.dtype
) -> dict[str, list[float]]:
    """Seconds of each implementation's steps, and of a matrix product in each precision that they use."""
    size = 2048
    for used in {torch.float32, dtype}:
        a, b = torch.randn(2, size, size, device=device).to(used)
        steps = steps | {f"matrix product, {used}": lambda a=a, b=b: with_all_threads(a, b)}
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


def with_all_threads(a: Tensor, b: Tensor) -> None:
    """A product by torch's own threads."""
    torch.set_num_threads(usable_cores())
    torch.matmul(a, b)


def report(params: Params, device: torch.device, dtype: torch.dtype, times: dict[str, list[float]]) -> None:
    """A Markdown table."""
    used = {torch.float32, dtype}
    peaks = {each: 2 * 2048**3 / min(times.pop(f"matrix product, {each}")) for each in used}
    batch, context = params.train.batch_size, params.model.context
    config = ModelConfig.from_params(params.model, params.vocab.vocab_size)
    matrices = config.layers * (4 * config.dim**2 + 2 * config.dim * config.feed_forward_dim)
    weights = matrices + config.dim * config.vocab_size
    # Forward and backward: 6 per weight and token, and the causal half of two products of attention.
    flop = 6 * (weights + config.layers * config.dim * context)
    peak_text = ", ".join(f"{each} {peak / 1e9:,.0f} GFLOP/s" for each, peak in peaks.items())
    print(
        f"{usable_cores()} cores ({torch.backends.cpu.get_cpu_capability()}), {device}, "
        f"torch {torch.__version__}, {dtype}; {batch} × {context} tokens, {flop / 1e6:.1f} MFLOP a token; "
        f"peak {peak_text}\n"
    )
    print("| implementation | tokens/s, median | best | share of peak | ours ÷ this |\n|---|---|---|---|---|")
    reference = statistics.median(times["ours"])
    for name, seconds in times.items():
        median = statistics.median(seconds)
        share = flop * batch * context / median / peaks[torch.float32 if "float32" in name else dtype]
        print(
            f"| {name} | {batch * context / median:,.0f} | {batch * context / min(seconds):,.0f} "
            f"| {100 * share:.0f} % | {median / reference:.2f} |"
        )


def _wait(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize()


if __name__ == "__main__":
    main()
