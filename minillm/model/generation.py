"""Continuing prompts, token by token, with a key/value cache.

How a token is chosen stands in sampling.py. When the text outgrows the model's context, the oldest half of
the window is dropped and the cache is built anew from the rest: half a window is then recomputed once per
half window, and every token is predicted from at least half a context. Prompts of one length go through the
model together; those of different lengths do not share a batch, since padding would change the positions
that the model sees.
"""

from collections.abc import Collection, Iterator, Sequence

import torch
from torch import Tensor

from minillm.errors import InputError
from minillm.model.decoding import Decoders
from minillm.model.minigpt import MiniGPT
from minillm.model.sampling import Sampling


@torch.inference_mode()
def generate(
    model: MiniGPT,
    prompts: Sequence[Sequence[int]],
    sampling: Sampling,
    *,
    max_new_tokens: int,
    seed: int | Sequence[int] = 0,
    stop: int | None = None,
    banned: Collection[int] = (),
) -> list[list[int]]:
    """Continue each prompt (token ids) and return the new tokens only, `stop` included if it came.

    `banned` ids are never produced. `seed` is one for all prompts or one for each; the same seed gives the
    same tokens, prompt by prompt, whatever other prompts are in the list. Raises InputError for an empty
    prompt.
    """
    if not all(prompts):
        raise InputError("a prompt holds no token; give it at least one word")
    device = next(model.parameters()).device
    seeds = [seed] * len(prompts) if isinstance(seed, int) else seed
    by_length: dict[int, list[int]] = {}
    for index, prompt in enumerate(prompts):
        by_length.setdefault(len(prompt), []).append(index)
    new_tokens: dict[int, list[int]] = {}
    for indices in by_length.values():
        tokens = torch.tensor([list(prompts[index]) for index in indices], device=device)  # (B, P)
        draws = [torch.Generator().manual_seed(seeds[index]) for index in indices]
        steps = _continue([model], tokens, max_new_tokens, sampling, draws, stop, list(banned))
        rows = torch.cat([tokens[:, :0], *steps], dim=1).tolist()
        new_tokens.update(zip(indices, (_until(row, stop) for row in rows), strict=True))
    return [new_tokens[index] for index in range(len(prompts))]


@torch.inference_mode()
def stream(
    model: MiniGPT,
    prompt: Sequence[int],
    sampling: Sampling,
    *,
    max_new_tokens: int,
    seed: int = 0,
    stop: int | None = None,
    banned: Collection[int] = (),
    not_first: Collection[int] = (),
    beside: Sequence[MiniGPT] = (),
) -> Iterator[int]:
    """Yield the new tokens of one prompt, of a token or more, as they come: those of `generate`.

    `not_first` are ids that the first one is none of. The probabilities are the means of the model's and of
    those `beside` it, of one context and vocabulary.
    """
    tokens = torch.tensor([list(prompt)], device=next(model.parameters()).device)  # (1, P)
    draws = [torch.Generator().manual_seed(seed)]
    models, never = [model, *beside], list(banned)
    for token in _continue(models, tokens, max_new_tokens, sampling, draws, stop, never, not_first):
        yield int(token)


def _continue(
    models: Sequence[MiniGPT],
    tokens: Tensor,
    max_new_tokens: int,
    sampling: Sampling,
    draws: list[torch.Generator],
    stop: int | None,
    banned: list[int],
    not_first: Collection[int] = (),
) -> Iterator[Tensor]:
    """Yield the next token of prompts of one length, (B, P), as (B, 1), until each row has had `stop`."""
    context = models[0].config.context
    decoder = Decoders(models, min(context, tokens.shape[1] + max_new_tokens))
    unseen = tokens[:, -context:]
    stopped = torch.zeros(len(tokens), dtype=torch.bool, device=tokens.device)
    for number in range(max_new_tokens):
        if decoder.length + unseen.shape[1] > context:
            decoder.forget()
            unseen = tokens[:, -(context // 2) :]
        logits = decoder.logits(unseen)  # (B, V)
        logits[:, banned] = -torch.inf
        if number == 0:
            logits[:, list(not_first)] = -torch.inf
        unseen = sampling.choose(logits, tokens, draws)  # (B, 1)
        yield unseen
        tokens = torch.cat((tokens, unseen), dim=1)
        if stop is not None:
            stopped |= unseen[:, 0] == stop
            if bool(stopped.all()):
                break


def _until(tokens: list[int], stop: int | None) -> list[int]:
    return tokens[: tokens.index(stop) + 1] if stop in tokens else tokens
