"""One thread that computes for all: sequences join and leave between two steps.

Each turn takes new sequences in while there are rows, scores one batch of one prompt, and gives each sequence
its next token. A sequence has a stream of random numbers of its own, so that who else is there changes
nothing. Where a text outgrows the context, the older half is dropped as in minillm/model/generation.py.
"""

import asyncio
import logging
import threading
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby
from typing import NamedTuple

import torch
from torch import Tensor

from minillm.errors import InputError
from minillm.model.minigpt import MiniGPT
from minillm.model.sampling import Sampling
from minillm.serving.scoring import Found, Scoring, check_numbers, found_of
from minillm.serving.step import PLACES, ROWS, Rows, prefill, step
from minillm.tokens.detokenizing import BANNED
from minillm.tokens.tokenizer import EOS
from minillm.training.threads import Threads

MOST_ROWS = 4 * PLACES
"""Sequences that are generated at once; more wait."""


class Scored(NamedTuple):
    """The tokens of a prompt; None where one cannot be predicted: the first, and [PAD]."""

    tokens: list[Found | None]


class Finished(NamedTuple):
    """The last event of a sequence: [EOS] came ("stop"), or `tokens` were enough ("length")."""

    reason: str


Event = Found | Scored | Finished | Exception


@dataclass(eq=False)
class Sequence:
    """What is asked for: to score `ids`, to continue them, or both."""

    ids: list[int]
    """They begin with [BOS]."""
    tokens: int
    """How many new ones at most."""
    sampling: Sampling
    seed: int
    top: int | None
    """How many alternatives with their log-probabilities; None: no log-probabilities at all."""
    scored: bool
    """Whether the prompt is scored first."""
    choice: int
    """Which one of its request's."""
    events: "asyncio.Queue[tuple[int, Event]]"
    """Of its request."""
    not_first: Iterable[int] = ()
    """Ids that may not be its first."""
    cancelled: bool = False
    """Set by whoever no longer wants it."""

    def __post_init__(self) -> None:
        self.draws = torch.Generator().manual_seed(self.seed)
        self.new = 0
        self.length = 0
        """Tokens in the keys and values; 0: they are to be computed from the text."""


class Engine:
    """The thread of one model. `start` and `submit` belong to the thread of the event loop."""

    def __init__(self, model: MiniGPT, threads: Threads) -> None:
        self.model, self._threads = model.eval(), threads
        self._context = model.config.context
        self._groups: list[Rows] = []
        """Made when they are needed."""
        self._waiting: deque[Sequence] = deque()
        self._scoring: deque[tuple[Sequence, Scoring]] = deque()
        self._running: list[Sequence] = []
        """Sequence i has row i % 7 of group i // 7."""
        self._left: list[Sequence] = []
        """Those that this turn has no place for."""
        self._told: list[tuple[Sequence, Event]] = []
        self._wake = threading.Condition()
        self._closed = False
        self.steps = 0
        """How many were made, of all rows together."""

    @property
    def is_busy(self) -> bool:
        """Whether there is anything to compute."""
        return bool(self._waiting or self._scoring or self._running)

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        """Begin to compute; events are put into the sequences' queues in `loop`."""
        self._loop = loop
        self._thread = threading.Thread(target=self._run, name="engine", daemon=True)
        self._thread.start()

    def submit(self, sequence: Sequence) -> None:
        """Put it behind the others."""
        with self._wake:
            self._waiting.append(sequence)
            self._wake.notify()

    def close(self) -> None:
        """End after the step that is being made."""
        with self._wake:
            self._closed = True
            self._wake.notify()
        self._thread.join()

    def _run(self) -> None:
        torch.set_num_threads(1)
        while True:
            with self._wake:
                self._wake.wait_for(lambda: self._closed or self._waiting or self._scoring or self._running)
                if self._closed:
                    return
                new = [self._waiting.popleft() for _ in range(len(self._waiting))]
            try:
                self._turn(new)
            except Exception as error:  # every sequence here hears of it, and later ones have a new chance
                if not isinstance(error, InputError):
                    logging.getLogger("uvicorn.error").exception("the model failed")
                scored = [sequence for sequence, _ in self._scoring]
                everybody = [*new, *scored, *self._running, *self._left]
                self._told += [(sequence, error) for sequence in everybody]
                self._running, self._left, self._groups = [], [], []
                self._scoring.clear()
            with self._wake:
                self._waiting.extendleft(reversed(self._left))
            self._left = []
            told, self._told = self._told, []
            if told:
                self._loop.call_soon_threadsafe(_tell, told)

    def _turn(self, new: list[Sequence]) -> None:
        """One step of all."""
        self._leave([sequence for sequence in self._running if sequence.cancelled])
        for sequence in new:
            if sequence.cancelled:
                continue
            if sequence.scored:
                self._scoring.append((sequence, Scoring(self.model, sequence.ids, sequence.top or 0)))
            elif len(self._running) < MOST_ROWS:
                self._running.append(sequence)
            else:
                self._left.append(sequence)
        if self._scoring:
            self._score_a_batch()
        if self._running:
            self._step()

    def _score_a_batch(self) -> None:
        """Of the first prompt. Whatever happens, its sequence is in one of the places of the engine."""
        sequence, scoring = self._scoring[0]
        if not sequence.cancelled and not scoring.advance():
            self._scoring.rotate(-1)  # the next prompt's turn
            return
        self._scoring.popleft()
        if sequence.cancelled:
            return
        self._told.append((sequence, Scored(scoring.found)))
        sequence.scored = False
        if sequence.tokens:
            self._left.append(sequence)
        else:
            self._told.append((sequence, Finished("length")))

    def _step(self) -> None:
        """Give each running sequence a token."""
        self.steps += 1
        while len(self._groups) * PLACES < len(self._running):
            self._groups.append(Rows(self.model))
        logits = torch.stack(self._logits()).to("cpu")  # (B, V)
        check_numbers(logits)
        done = []
        for sequence, found in zip(self._running, choose(logits, self._running), strict=True):
            sequence.new += 1
            sequence.ids.append(found.id)
            self._told.append((sequence, found))
            if found.id == EOS or sequence.new == sequence.tokens:
                self._told.append((sequence, Finished("stop" if found.id == EOS else "length")))
                done.append(sequence)
        self._leave(done)

    def _logits(self) -> list[Tensor]:
        """(V,) for each running sequence: seven at a step, or alone where keys and values are to be made."""
        found: dict[int, Tensor] = {}
        going = {
            index: sequence
            for index, sequence in enumerate(self._running)
            if 0 < sequence.length < self._context
        }
        groups = [(number, list(places)) for number, places in groupby(going, lambda index: index // PLACES)]
        for (_, places), logits in zip(groups, self._threads.map(self._of_group, groups), strict=True):
            found |= {index: logits[index % PLACES] for index in places}
        # After the steps: these write into the first place of every row at rest.
        fresh = [index for index in range(len(self._running)) if index not in going]
        found |= dict(zip(fresh, self._threads.map(self._alone, fresh), strict=True))
        return [found[index] for index in range(len(self._running))]

    def _of_group(self, group: tuple[int, list[int]]) -> Tensor:
        number, places = group
        tokens, lengths = [0] * ROWS, [0] * ROWS
        for index in places:
            sequence = self._running[index]
            tokens[index % PLACES], lengths[index % PLACES] = sequence.ids[-1], sequence.length
            sequence.length += 1
        return step(self.model, tokens, lengths, self._groups[number])

    def _alone(self, index: int) -> Tensor:
        sequence = self._running[index]
        window = sequence.ids[-self._context if not sequence.new else -(self._context // 2 or 1) :]
        sequence.length = len(window)
        return prefill(self.model, window, self._groups[index // PLACES], index % PLACES)

    def _leave(self, leaving: list[Sequence]) -> None:
        """Close the gaps with the last ones."""
        for sequence in leaving:
            gap, last = self._running.index(sequence), len(self._running) - 1
            if gap != last:
                self._groups[gap // PLACES].move(self._groups[last // PLACES], last % PLACES, gap % PLACES)
                self._running[gap] = self._running[last]
            self._running.pop()


def _tell(told: list[tuple[Sequence, Event]]) -> None:
    for sequence, event in told:
        sequence.events.put_nowait((sequence.choice, event))


def choose(logits: Tensor, sequences: list[Sequence]) -> list[Found]:
    """The next token of each sequence for its row of (B, V); its log-probability is the model's own.

    That is before temperature, top-p and what is banned.
    """
    drawn = logits.clone()
    drawn[:, list(BANNED)] = -torch.inf
    by_sampling: dict[Sampling, list[int]] = {}
    for row, sequence in enumerate(sequences):
        by_sampling.setdefault(sequence.sampling, []).append(row)
        if not sequence.new:
            drawn[row, list(sequence.not_first)] = -torch.inf
    found: list[Found | None] = [None] * len(sequences)
    for sampling, rows in by_sampling.items():
        draws = [sequences[row].draws for row in rows]
        chosen = sampling.choose(drawn[rows], torch.zeros(len(rows), 0, dtype=torch.int64), draws)[:, 0]
        for row, token in zip(rows, chosen.tolist(), strict=True):
            top = sequences[row].top
            found[row] = Found(token, 0.0, []) if top is None else found_of(logits[row], token, top)
    return [token for token in found if token is not None]
