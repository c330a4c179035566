"""A server in a thread of the test, for tiny models that nothing was trained for."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import openai
from openai import OpenAI
from torch import Tensor

from minillm.interface.language_model import LanguageModel, load_model
from minillm.serving.app import Server
from minillm.serving.engine import Engine
from minillm.serving.running import Limits, Program, Served
from minillm.training.threads import ONE_THREAD

ENDLESS = 10**6
"""Tokens that no test waits for."""


@contextmanager
def biased(model: LanguageModel, token: int, value: float) -> Iterator[None]:
    """Within, the token is so much likelier or less so."""
    bias = model.model.head.bias
    assert isinstance(bias, Tensor)
    kept = bias.data.clone()
    bias.data[token] = value
    yield
    bias.data.copy_(kept)


@dataclass
class Running:
    """A server that answers."""

    port: int
    program: Program
    server: Server
    models: dict[str, LanguageModel]
    engines: dict[str, Engine]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def client(self) -> OpenAI:
        return OpenAI(base_url=f"{self.url}/v1", api_key="none", max_retries=0)


@contextmanager
def running(folders: dict[str, Path], limits: Limits | None = None) -> Iterator[Running]:
    """Serve the checkpoints in these folders."""
    models = {name: load_model(folder, None, "cpu") for name, folder in folders.items()}
    engines = {name: Engine(model.model, ONE_THREAD) for name, model in models.items()}
    served = [Served(name, engines[name], model.tokenizer) for name, model in models.items()]
    program = Program(served, limits or Limits(), "127.0.0.1")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=program.run, kwargs={"sockets": [listener]})
        thread.start()
        wait_until(lambda: program.started)
        try:
            yield Running(listener.getsockname()[1], program, program.server, models, engines)
        finally:
            program.handle_exit(15, None)
            thread.join()


def wait_until(happens: Callable[[], bool]) -> None:
    """A limit that only a hanging program reaches."""
    deadline = time.monotonic() + 120
    while not happens():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def refused(error: openai.APIStatusError) -> dict[str, object]:
    """What an error of the client says."""
    body = error.response.json()["error"]
    assert set(body) == {"message", "type", "param", "code"}
    return dict(body)
