"""A request's choices: from the engine's events to the parts of text that a client gets."""

import asyncio
import secrets
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from http import HTTPStatus
from itertools import accumulate
from typing import Any, NamedTuple

from tokenizers import Tokenizer

from minillm.errors import reason
from minillm.model.sampling import Sampling
from minillm.serving.engine import Engine, Event, Finished, Scored, Sequence
from minillm.serving.prompts import Prompt, read_prompt
from minillm.serving.request import ApiError, CompletionRequest, Limits
from minillm.serving.scoring import Found
from minillm.serving.text import end_of, held_back
from minillm.tokens.detokenizing import Detokenizer
from minillm.tokens.tokenizer import EOS, SPECIAL_TOKENS


@dataclass(frozen=True)
class Served:
    """A model under the name that clients call it by."""

    name: str
    engine: Engine
    tokenizer: Tokenizer


class Token(NamedTuple):
    """A token of a choice: its text, and if asked for its log-probability and the alternatives'."""

    text: str
    logprob: float | None
    top: dict[str, float] | None
    name: str | None = None
    """What it is called where that is not its text: [EOS] writes nothing, but is a token."""


@dataclass
class Part:
    """What a choice grows by."""

    choice: int
    tokens: list[Token]
    finish_reason: str | None = None

    @property
    def text(self) -> str:
        """Of all its tokens."""
        return "".join(token.text for token in self.tokens)


@dataclass
class Choice:
    """One continuation (or scored prompt) on its way to the client."""

    prompt: Prompt
    sequence: Sequence
    tokenizer: Tokenizer
    stops: list[str]
    finished: bool = False
    generated: int = 0
    _pending: list[Token] = field(default_factory=list)
    """Generated, and held back: a stop may have begun."""

    def __post_init__(self) -> None:
        self._detokenizer = Detokenizer(self.tokenizer, self.prompt.ids, spaced=self.prompt.spaced)

    def take(self, event: Event) -> Part:
        """What is to be told after this event."""
        if isinstance(event, Exception):
            said = f"the model failed: {reason(event) or type(event).__name__}"
            raise ApiError(said, status=HTTPStatus.INTERNAL_SERVER_ERROR)
        if isinstance(event, Scored):
            return Part(self.sequence.choice, self._scored(event.tokens))
        if isinstance(event, Finished):
            if rest := self._detokenizer.rest():  # of tokens that wait in vain for their character's end
                place = max((n for n, token in enumerate(self._pending, start=1) if token.text), default=0)
                self._pending[place] = self._pending[place]._replace(text=rest)
            return self._released(event.reason)
        self.generated += 1
        self._pending.append(self._token(event, self._detokenizer))
        return self._released(None)

    def _scored(self, found: list[Found | None]) -> list[Token]:
        detokenizer = Detokenizer(self.tokenizer, self.prompt.ids[:1])
        hidden = len(self.prompt.ids) - len(self.prompt.pieces)  # a [BOS] that was not said
        tokens = [Token("", None, None)] * (1 - hidden)
        for token, own in zip(found[1:], self.prompt.ids[1:], strict=True):
            tokens.append(self._token(token, detokenizer) if token else Token("", None, None))
            if token is None:
                detokenizer.add(own)
        return [token._replace(text=piece) for token, piece in zip(tokens, self.prompt.pieces, strict=True)]

    def _token(self, found: Found, detokenizer: Detokenizer) -> Token:
        top: dict[str, float] | None = None
        if self.sequence.top is not None:
            candidates = [*found.top, (found.id, found.logprob)]
            names = detokenizer.names([token for token, _ in candidates])
            top = dict(zip(names, (value for _, value in candidates), strict=True))
        logprob = None if top is None else found.logprob
        if found.id == EOS:
            return Token("", logprob, top, SPECIAL_TOKENS[EOS])
        return Token(detokenizer.add(found.id), logprob, top)

    def _released(self, reason: str | None) -> Part:
        """The pending tokens that no stop can take back; those before a stop where one came."""
        text = "".join(token.text for token in self._pending)
        end = end_of(text, self.stops)
        if end is not None:
            reason = "stop"
        elif reason is None:
            end = len(text) - held_back(text, self.stops)
        else:
            end = len(text)
        told: list[Token] = []
        at = 0
        # A token without text is a part of a character: it is told with the one that completes it.
        last = max((n for n, token in enumerate(self._pending, start=1) if token.text or reason), default=0)
        while len(told) < last and at + len(self._pending[0].text) <= end:
            told.append(self._pending.pop(0))
            at += len(told[-1].text)
        if reason is not None:
            self.finished = self.sequence.cancelled = True
            if at < end:
                told.append(self._pending[0]._replace(text=self._pending[0].text[: end - at]))
        return Part(self.sequence.choice, told, reason)


class Completion:
    """A request under way, whose prompts are read as its answer begins; closing it ends its sequences."""

    def __init__(self, request: CompletionRequest, served: Served, limits: Limits) -> None:
        self._request, self._served, self._limits = request, served, limits
        self._events: asyncio.Queue[tuple[int, Event]] = asyncio.Queue()
        self._prompts: list[Prompt] = []
        self._choices: list[Choice] = []
        self._head = {
            "id": f"cmpl-{secrets.token_hex(12)}",
            "object": "text_completion",
            "created": int(time.time()),
            "model": served.name,
        }

    def _read(self) -> None:
        """The prompts, which may take a while."""
        request, served = self._request, self._served
        most, continued = self._limits.prompt_tokens, request.max_tokens != 0
        self._prompts = [
            read_prompt(prompt, served.tokenizer, most, continued=continued) for prompt in request.prompt
        ]
        seed = secrets.randbits(63) if request.seed is None else request.seed
        self._choices = [
            self._choice(prompt, place, (seed + place) % 2**64)
            for place, prompt in enumerate(prompt for prompt in self._prompts for _ in range(request.n or 1))
        ]

    def _choice(self, prompt: Prompt, place: int, seed: int) -> Choice:
        request = self._request
        temperature = 1.0 if request.temperature is None else request.temperature
        top_p = 1.0 if request.top_p is None else request.top_p
        sequence = Sequence(
            ids=list(prompt.ids),
            tokens=16 if request.max_tokens is None else request.max_tokens,
            sampling=Sampling(temperature, top_p=top_p),
            seed=seed,
            top=request.logprobs,
            scored=bool(request.echo) and request.logprobs is not None,
            choice=place,
            events=self._events,
            not_first=prompt.not_first,
        )
        return Choice(prompt, sequence, self._served.tokenizer, request.stop)

    async def _parts(self) -> AsyncIterator[Part]:
        """All parts of all choices as they come. Raises ApiError where the time is over."""
        deadline = asyncio.get_running_loop().time() + self._limits.seconds
        try:
            for choice in self._choices:
                if self._request.echo and not choice.sequence.scored:
                    yield Part(choice.sequence.choice, [Token(choice.prompt.text, None, None)])
                if choice.sequence.scored or choice.sequence.tokens:
                    self._served.engine.submit(choice.sequence)
                else:
                    self._events.put_nowait((choice.sequence.choice, Finished("length")))
            while not all(choice.finished for choice in self._choices):
                place, event = await self._next(deadline)
                if isinstance(event, ApiError):  # `stop`'s: it is all the choices'
                    raise event
                choice = self._choices[place]
                if not choice.finished:
                    if isinstance(event, Scored):  # of thousands of tokens
                        part = await asyncio.to_thread(choice.take, event)
                    else:
                        part = choice.take(event)
                    if part.tokens or part.finish_reason:
                        yield part
        finally:
            for choice in self._choices:
                choice.sequence.cancelled = True

    async def _next(self, deadline: float) -> tuple[int, Event]:
        try:
            # Events that are here already come without a pause, in which alone a timeout strikes.
            if asyncio.get_running_loop().time() >= deadline:
                raise TimeoutError
            async with asyncio.timeout_at(deadline):
                return await self._events.get()
        except TimeoutError:
            raise ApiError(
                f"not done after {self._limits.seconds:g} s, the most that this server works on a request; "
                "ask for fewer tokens, or when fewer others do",
                status=HTTPStatus.GATEWAY_TIMEOUT,
                code="timeout",
                headers={"x-should-retry": "false"},  # heard by OpenAI's clients
            ) from None

    def stop(self, error: ApiError) -> None:
        """Let whoever waits for the next part get this error."""
        self._events.put_nowait((0, error))

    async def whole(self) -> dict[str, Any]:
        """The answer to a request that is no stream."""
        await asyncio.to_thread(self._read)
        tokens: list[list[Token]] = [[] for _ in self._choices]
        reasons: list[str | None] = [None] * len(self._choices)
        async for part in self._parts():
            tokens[part.choice] += part.tokens
            reasons[part.choice] = part.finish_reason
        choices = [
            self._as_json(Part(place, own, reason), self._begin(place))
            for place, (own, reason) in enumerate(zip(tokens, reasons, strict=True))
        ]
        return {**self._head, "choices": choices, "usage": self._usage()}

    async def chunks(self) -> AsyncIterator[dict[str, Any]]:
        """The answers of a stream, one for each part, and one for the usage if asked for."""
        await asyncio.to_thread(self._read)
        offsets = [self._begin(place) for place in range(len(self._choices))]
        async for part in self._parts():
            yield {**self._head, "choices": [self._as_json(part, offsets[part.choice])]}
            offsets[part.choice] += len(part.text)
        options = self._request.stream_options
        if options is not None and options.include_usage:
            yield {**self._head, "choices": [], "usage": self._usage()}

    def _begin(self, place: int) -> int:
        """Where the text of an answer begins, counted from the prompt's beginning."""
        return 0 if self._request.echo else len(self._choices[place].prompt.text)

    def _as_json(self, part: Part, offset: int) -> dict[str, Any]:
        found = {"index": part.choice, "text": part.text, "finish_reason": part.finish_reason}
        if self._request.logprobs is None:
            return {**found, "logprobs": None}
        ends = accumulate((len(token.text) for token in part.tokens), initial=offset)
        logprobs = {
            "tokens": [token.name or token.text for token in part.tokens],
            "token_logprobs": [token.logprob for token in part.tokens],
            "top_logprobs": [token.top for token in part.tokens],
            "text_offset": list(ends)[:-1],
        }
        return {**found, "logprobs": logprobs}

    def _usage(self) -> dict[str, int]:
        read = sum(len(prompt.pieces) for prompt in self._prompts)
        generated = sum(choice.generated for choice in self._choices)
        return {"prompt_tokens": read, "completion_tokens": generated, "total_tokens": read + generated}
