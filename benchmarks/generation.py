"""Generation beside transformers' generate on the same weights: `python -m benchmarks.generation`.

A model of the shape of `moderno` (experiments.yaml) with random weights, which cost what trained ones cost,
and what minillm/model/export.py makes of it in transformers' own class. Both continue the same prompts,
greedily and without an end, up to a full context, one sequence and 32 at once, and have to give the same
tokens. They take turns, so that a busy machine slows them alike: compare the ratio. Ours computes in one
thread, transformers in all that torch takes, or in `--threads`: on a busy machine its threads wait for each
other, and one is faster. Beside them the least that a step can take: its matrix products alone, by NumPy.
"""

import argparse
import statistics
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
import transformers
from transformers import AutoConfig, AutoModelForCausalLM

from benchmarks.training import MODERN
from minillm.cores import usable_cores
from minillm.model.export import to_transformers
from minillm.model.generation import generate
from minillm.model.minigpt import MiniGPT, ModelConfig
from minillm.model.sampling import GREEDY
from minillm.params import ModelParams, read_params
from minillm.stage import PARAMS_PATH

BATCH_SIZES = (1, 32)
_PROMPT_TOKENS = 8


def main() -> None:
    """Print a row for each batch size."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--context", type=int, default=128)
    parser.add_argument("--threads", type=int, default=torch.get_num_threads(), help="of transformers")
    arguments = parser.parse_args()
    ours = modern_model(arguments.context)
    theirs = in_transformers(ours)
    print(
        f"{ours.parameter_count():,} parameters, context {arguments.context}, {usable_cores()} cores, "
        f"torch {torch.__version__}, transformers {transformers.__version__} in {arguments.threads} threads\n"
        "sequences  miniLLM tokens/s  transformers tokens/s  ratio  products alone, tokens/s"
    )
    for batch_size in BATCH_SIZES:
        new = arguments.context - _PROMPT_TOKENS
        seconds = compare(ours, theirs, batch_size, new, arguments.rounds, arguments.threads)
        first, second, third = (batch_size * new / value for value in seconds)
        print(f"{batch_size:9}  {first:16,.0f}  {second:21,.0f}  {first / second:5.1f}  {third:24,.0f}")


def modern_model(context: int) -> MiniGPT:
    """Of the shape of `moderno`, with random weights."""
    params = read_params(PARAMS_PATH)
    shape = params.model.model_dump() | MODERN | {"layers": 3, "context": context}
    torch.manual_seed(0)
    model = MiniGPT(ModelConfig.from_params(ModelParams(**shape), params.vocab.vocab_size))
    for parameter in model.parameters():
        torch.nn.init.normal_(parameter, std=0.1)  # the logits are far apart: rounding changes no token
    return model.eval()


def in_transformers(model: MiniGPT) -> Any:
    """The same model as transformers' class."""
    config, weights = to_transformers(model)
    from_config: Any = AutoModelForCausalLM.from_config
    theirs = from_config(AutoConfig.for_model(**config), dtype=torch.float32)
    missing, unexpected = theirs.load_state_dict(weights, strict=False)
    assert not unexpected, unexpected
    assert set(missing) <= {"lm_head.weight"}, missing  # the embedding's
    theirs.tie_weights()
    return theirs.eval()


def compare(
    ours: MiniGPT, theirs: Any, batch_size: int, new: int, rounds: int, threads: int
) -> tuple[float, float, float]:
    """Median seconds for `new` tokens after every prompt: ours, theirs, and the matrix products alone.

    Asserts that the tokens are the same.
    """
    draw = torch.Generator().manual_seed(batch_size)
    prompts = torch.randint(4, ours.config.vocab_size, (batch_size, _PROMPT_TOKENS), generator=draw)
    weights = [value.detach().numpy() for value in ours.parameters() if value.ndim == 2]
    inputs = [np.ones((batch_size, weight.shape[1]), dtype=np.float32) for weight in weights]

    def by_us() -> list[list[int]]:
        torch.set_num_threads(1)
        return generate(ours, prompts.tolist(), GREEDY, max_new_tokens=new)

    def by_transformers() -> list[list[int]]:
        torch.set_num_threads(threads)
        with torch.inference_mode():
            rows = theirs.generate(
                prompts,
                attention_mask=torch.ones_like(prompts),
                do_sample=False,
                min_new_tokens=new,
                max_new_tokens=new,
                eos_token_id=None,
            )
        return [row[_PROMPT_TOKENS:] for row in rows.tolist()]

    def products() -> None:
        for _ in range(new):
            for x, weight in zip(inputs, weights, strict=True):
                x @ weight.T

    assert by_us() == by_transformers(), "they disagree"
    seconds = [[_seconds(run) for run in (by_us, by_transformers, products)] for _ in range(rounds)]
    first, second, third = map(statistics.median, zip(*seconds, strict=True))
    return first, second, third


def _seconds(function: Callable[[], object]) -> float:
    started = time.perf_counter()
    function()
    return time.perf_counter() - started


if __name__ == "__main__":
    main()
