"""Continuing prompts, token by token, with a key/value cache.

Greedy at temperature 0; otherwise sampling from the softmax of logits / temperature, cut to the `top_k`
likeliest tokens (Fan et al. 2018). When the text outgrows the model's context, the oldest half of the
window is dropped and the cache is built anew from the rest: half a window is then recomputed once per half
window, and every token is predicted from at least half a context.
"""

from collections.abc import Collection, Sequence

import torch
from torch import Tensor

from minillm.errors import InputError
from minillm.model.attention import KeyValues
from minillm.model.minigpt import MiniGPT


@torch.inference_mode()
def generate(
    model: MiniGPT,
    prompts: Sequence[Sequence[int]],
    *,
    max_new_tokens: int,
    temperature: float = 1.0,
    top_k: int = 0,
    seed: int = 0,
    stop: int | None = None,
    banned: Collection[int] = (),
) -> list[list[int]]:
    """Continue each prompt (token ids) and return the new tokens only, `stop` included if it came.

    temperature 0 takes the likeliest token; `banned` ids are never produced; the same seed gives the same
    tokens, prompt by prompt, whatever other prompts are in the list. Raises InputError for an empty prompt.
    """
    if not all(prompts):
        raise InputError("a prompt holds no token; give it at least one word")
    model.eval()
    # Prompts of one length go through the model together, without padding.
    by_length: dict[int, list[int]] = {}
    for index, prompt in enumerate(prompts):
        by_length.setdefault(len(prompt), []).append(index)
    new_tokens: dict[int, list[int]] = {}
    for indices in by_length.values():
        device = next(model.parameters()).device
        tokens = torch.tensor([list(prompts[index]) for index in indices], device=device)  # (B, P)
        samplers = [torch.Generator().manual_seed(seed) for _ in indices]
        rows = _continue(model, tokens, max_new_tokens, temperature, top_k, samplers, stop, list(banned))
        new_tokens.update(zip(indices, rows, strict=True))
    return [new_tokens[index] for index in range(len(prompts))]


def _continue(
    model: MiniGPT,
    tokens: Tensor,
    max_new_tokens: int,
    temperature: float,
    top_k: int,
    samplers: list[torch.Generator],
    stop: int | None,
    banned: list[int],
) -> list[list[int]]:
    """New tokens for prompts of one length, (B, P)."""
    context = model.config.context
    prompt_length = tokens.shape[1]
    cache: KeyValues = []
    unseen = tokens[:, -context:]
    window = unseen.shape[1]  # tokens in the cache after the next forward pass
    stopped = torch.zeros(len(tokens), dtype=torch.bool, device=tokens.device)
    for _ in range(max_new_tokens):
        if window > context:
            cache, unseen = [], tokens[:, -(context // 2) :]
            window = unseen.shape[1]
        logits = model(unseen, cache)[:, -1].float()  # (B, V)
        logits[:, banned] = -torch.inf
        unseen = _choose(logits, temperature, top_k, samplers)  # (B, 1)
        tokens = torch.cat((tokens, unseen), dim=1)
        window += 1
        if stop is not None:
            stopped |= unseen[:, 0] == stop
            if bool(stopped.all()):
                break
    return [_until(row, stop) for row in tokens[:, prompt_length:].tolist()]


def _choose(logits: Tensor, temperature: float, top_k: int, samplers: list[torch.Generator]) -> Tensor:
    """One token id per row of logits (B, V), as (B, 1)."""
    if temperature == 0:
        return logits.argmax(dim=1, keepdim=True)
    logits = logits / temperature
    if 0 < top_k < logits.shape[1]:
        smallest = logits.topk(top_k, dim=1).values[:, -1:]  # (B, 1)
        logits = logits.masked_fill(logits < smallest, -torch.inf)
    # On the CPU and row by row: the same tokens on every device and for any batch.
    probabilities = logits.softmax(dim=1).cpu()
    chosen = [
        torch.multinomial(row, 1, generator=sampler)
        for row, sampler in zip(probabilities, samplers, strict=True)
    ]
    return torch.stack(chosen).to(logits.device)


def _until(tokens: list[int], stop: int | None) -> list[int]:
    return tokens[: tokens.index(stop) + 1] if stop in tokens else tokens
