"""Clients of the server all at once beside the same ones in turn: `python -m benchmarks.serving`.

A model of the shape of `moderno` (experiments.yaml) with random weights, served on loopback. Each client asks
for a text of its own length, prompt and seed, whole; together they go through the model seven at a step. In
turn and together take turns, so that a busy machine slows both alike: compare the ratio. Each client has to
get the same text both times.

Then the matrix product of the output head for other numbers of rows than eight: what a row costs, and how
many rows have the bits that they have among eight.
"""

import argparse
import json
import socket
import statistics
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from http.client import HTTPConnection

import torch
from tokenizers import Tokenizer, models

from benchmarks.generation import modern_model
from minillm.cores import usable_cores
from minillm.model.minigpt import MiniGPT
from minillm.model.portable import linear
from minillm.serving.running import Engine, Limits, Program, Served
from minillm.serving.step import ROWS
from minillm.tokens.tokenizer import EOS
from minillm.training.threads import threads_for

_PRODUCTS = (1, 4, 8, 12, 32, 48)


def main() -> None:
    """Print both times and the ratio, then a row for each product."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("--clients", type=int, default=50)
    parser.add_argument("--tokens", type=int, default=60, help="of the longest text; the shortest has half")
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    torch.manual_seed(0)
    model = modern_model(context=128)
    print(
        f"{model.parameter_count():,} parameters, {usable_cores()} cores, torch {torch.__version__}; "
        f"{arguments.clients} clients, {arguments.tokens // 2} to {arguments.tokens} tokens each"
    )
    with served(model, arguments.clients) as port:
        compare(port, arguments.clients, arguments.tokens, arguments.rounds)
    products(model)


@contextmanager
def served(model: MiniGPT, clients: int) -> Iterator[int]:
    """The port of a server of the model, whose texts do not end by themselves."""
    with torch.inference_mode():
        model.embedding.weight[EOS] = 0  # its logit is 0, and others are far above
    words = {f" {token}": token for token in range(model.config.vocab_size)}
    tokenizer = Tokenizer(models.WordLevel(words, unk_token=" 1"))  # noqa: S106
    engine = Engine(model, threads_for(torch.device("cpu")))
    program = Program([Served("model", engine, tokenizer)], Limits(clients=clients), "127.0.0.1")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=program.run, kwargs={"sockets": [listener]})
        thread.start()
        while not program.started:
            time.sleep(0.01)
        try:
            yield listener.getsockname()[1]
        finally:
            program.should_exit = True
            thread.join()


def compare(port: int, clients: int, tokens: int, rounds: int) -> None:
    """Asserts that all texts are the same."""

    def text(client: int) -> str:
        body = {
            "model": "model",
            "prompt": [4] * (1 + client % 9),
            "max_tokens": tokens - client % (tokens // 2 + 1),
            "temperature": 0.8,
            "seed": client,
            "logprobs": 0,
        }
        connection = HTTPConnection("127.0.0.1", port)
        connection.request("POST", "/v1/completions", json.dumps(body), {"Content-Type": "application/json"})
        answer = json.load(connection.getresponse())
        connection.close()
        return json.dumps(answer["choices"])

    with ThreadPoolExecutor(clients) as pool:
        alone: list[str] = []
        together: list[str] = []
        seconds = []
        for _ in range(rounds):
            first = _seconds(lambda: alone.extend(map(text, range(clients))))
            second = _seconds(lambda: together.extend(pool.map(text, range(clients))))
            seconds.append((first, second))
    assert alone == together, "a text depends on who else is there"
    in_turn, at_once = map(statistics.median, zip(*seconds, strict=True))
    print(
        f"in turn {in_turn:.2f} s, at once {at_once:.2f} s, ratio {in_turn / at_once:.1f}; "
        "the same texts, to the bits of their log-probabilities\n"
    )


def products(model: MiniGPT) -> None:
    """Of the output head."""
    weight = model.embedding.weight.detach()
    x = torch.randn(max(_PRODUCTS), weight.shape[1], generator=torch.Generator().manual_seed(0))
    among_eight = torch.cat([linear(part, weight) for part in torch.split(x, ROWS)])
    print("rows  µs/row  rows with the bits that they have among eight")
    for rows in _PRODUCTS:
        equal = (linear(x[:rows], weight) == among_eight[:rows]).all(dim=1).sum()
        microseconds = min(_seconds(partial(linear, x[:rows], weight)) for _ in range(50)) * 1e6
        print(f"{rows:4}  {microseconds / rows:6.1f}  {equal} of {rows}")


def _seconds(function: Callable[[], object]) -> float:
    started = time.perf_counter()
    function()
    return time.perf_counter() - started


if __name__ == "__main__":
    main()
