"""`minillm generate`: continuations of prompts, whole or as they come."""

import argparse
import json
import sys
from collections.abc import Iterator

from minillm.errors import InputError
from minillm.interface.language_model import check_sampling, load_together
from minillm.interface.texts import printable
from minillm.model.sampling import Sampling


def run(arguments: argparse.Namespace) -> None:
    """Print each prompt with its continuation, a paragraph each."""
    sampling = Sampling(
        arguments.temperature,
        arguments.top_k,
        arguments.top_p,
        arguments.min_p,
        arguments.repetition_penalty,
    )
    check_sampling(sampling, arguments.tokens, arguments.seed)  # before the model is loaded
    if not arguments.prompts and (sys.stdin is None or sys.stdin.isatty()):
        raise InputError('minillm generate: no prompt; give one in quotation marks, or "" for none')
    model = load_together(arguments.checkpoint, arguments.tokenizer, arguments.device)
    for index, prompt in enumerate(arguments.prompts or _lines()):
        # A seed for each prompt: with one for all, the same draws would lead to the same words.
        seed = (arguments.seed + index) % 2**32
        pieces = model.stream(prompt, sampling, tokens=arguments.tokens, seed=seed)
        if arguments.json:
            print(json.dumps({"prompt": prompt, "seed": seed, "text": "".join(pieces)}, ensure_ascii=False))
        elif arguments.stream:
            print(printable(prompt), end="", flush=True)
            for piece in pieces:
                print(printable(piece), end="", flush=True)
            print("\n", flush=True)
        else:
            print(printable(f"{prompt}{''.join(pieces)}\n"), flush=True)


def _lines() -> Iterator[str]:
    number = 0
    for number, line in enumerate(sys.stdin.buffer, start=1):
        try:
            yield line.decode("utf-8-sig").rstrip("\r\n")
        except UnicodeDecodeError:
            raise InputError(f"standard input: line {number} is no UTF-8; convert it first") from None
    if number == 0:
        raise InputError("standard input is empty; each line is a prompt, or give one in quotation marks")
