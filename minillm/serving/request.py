"""A request for a completion, checked, and an error as OpenAI words it."""

from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from minillm.errors import shown

_MOST_STOPS = 4
_MOST_ALTERNATIVES = 5
_MOST = 2**31 - 1
"""Of any count: JSON has numbers of thousands of digits."""


@dataclass(frozen=True)
class Limits:
    """What one request may ask for, and how many may be here at once."""

    prompt_tokens: int = 4096
    tokens: int = 1024
    seconds: float = 120.0
    clients: int = 64
    """Requests that are answered or wait; the next one is told to come back."""
    choices: int = 32
    """Prompts × n of one request."""
    body_bytes: int = 2**20


class ApiError(Exception):
    """What a client is told, in OpenAI's form, with an HTTP status."""

    def __init__(
        self,
        message: str,
        *,
        status: HTTPStatus = HTTPStatus.BAD_REQUEST,
        param: str | None = None,
        code: str | None = None,
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.message, self.status, self.param, self.code = message, status, param, code
        self.headers = headers or {}

    def as_json(self) -> dict[str, Any]:
        """{"error": {…}}."""
        kind = "server_error" if self.status >= 500 else "invalid_request_error"
        if self.status == HTTPStatus.TOO_MANY_REQUESTS:
            kind = "rate_limit_error"
        return {"error": {"message": self.message, "type": kind, "param": self.param, "code": self.code}}


class StreamOptions(BaseModel):
    """Of a stream."""

    model_config = ConfigDict(strict=True, extra="forbid")

    include_usage: bool = False
    include_obfuscation: Literal[False] = False


class CompletionRequest(BaseModel):
    """The body of POST /v1/completions. What this server lacks may be given with the value that asks nothing.

    `prompt` is a list of texts and of lists of token ids, however it was written.
    """

    model_config = ConfigDict(strict=True, extra="forbid", allow_inf_nan=False)

    model: str
    prompt: list[str | list[int]] = Field(default_factory=lambda: [""], validate_default=True)
    max_tokens: Annotated[int, Field(ge=0, le=_MOST)] | None = 16
    temperature: Annotated[float, Field(ge=0, le=2)] | None = 1.0
    top_p: Annotated[float, Field(gt=0, le=1)] | None = 1.0
    n: Annotated[int, Field(ge=1, le=_MOST)] | None = 1
    seed: Annotated[int, Field(ge=-(2**63), lt=2**63)] | None = None
    stop: list[str] = Field(default_factory=list)
    stream: bool | None = False
    stream_options: StreamOptions | None = None
    logprobs: Annotated[int, Field(ge=0, le=_MOST_ALTERNATIVES)] | None = None
    echo: bool | None = False
    user: str | None = None
    best_of: int | None = None
    frequency_penalty: float | None = 0
    presence_penalty: float | None = 0
    logit_bias: dict[str, float] | None = None
    suffix: str | None = None

    @field_validator("prompt", mode="plain")
    @classmethod
    def _as_list(cls, prompt: Any) -> list[str | list[int]]:
        if prompt is None:
            prompt = ""
        prompts = [prompt] if isinstance(prompt, str) or _is_ids(prompt) else prompt
        if not isinstance(prompts, list) or not prompts:
            raise ValueError("must be a text, a list of texts, a list of token ids, or a list of such lists")
        for one in prompts:
            if not isinstance(one, str) and not _is_ids(one):
                raise ValueError(f"{shown(one)} is neither a text nor a list of token ids")
            if isinstance(one, str) and not _is_encodable(one):
                raise ValueError("holds half a surrogate pair, which is no character")
        return prompts

    @field_validator("stop", mode="plain")
    @classmethod
    def _as_stops(cls, stop: Any) -> list[str]:
        stops = [] if stop is None else [stop] if isinstance(stop, str) else stop
        if not isinstance(stops, list) or not all(isinstance(one, str) and one for one in stops):
            raise ValueError("must be a text or a list of texts, none of them empty")
        if len(stops) > _MOST_STOPS:
            raise ValueError(f"{len(stops)} texts; {_MOST_STOPS} are allowed at most")
        return stops

    @field_validator("temperature")
    @classmethod
    def _not_too_cold(cls, temperature: float | None) -> float | None:
        if temperature is not None and 0 < temperature < 0.01:
            raise ValueError("must be 0 (the likeliest token) or 0.01 to 2")
        return temperature

    @field_validator("frequency_penalty", "presence_penalty", "logit_bias", "suffix")
    @classmethod
    def _asks_nothing(cls, value: Any) -> Any:
        if value:
            raise ValueError("is not known to this server; leave it out")
        return value

    @model_validator(mode="after")
    def _together(self) -> "CompletionRequest":
        if self.best_of not in (None, self.n or 1):
            raise ValueError("best_of: only n is possible; leave it out")
        if self.max_tokens == 0 and not self.echo:
            raise ValueError("max_tokens: 0 gives nothing but with echo, which scores the prompt")
        if self.stream_options is not None and not self.stream:
            raise ValueError("stream_options: only for a stream")
        return self

    def limited(self, limits: Limits) -> "CompletionRequest":
        """The same, if it asks for no more than is allowed. Raises ApiError."""
        choices, tokens = len(self.prompt) * (self.n or 1), self.max_tokens or 0
        if choices > limits.choices:
            raise ApiError(
                f"{choices} choices (prompts × n); this server gives {limits.choices} at most in a request",
                param="n" if len(self.prompt) <= limits.choices else "prompt",
            )
        if tokens > limits.tokens:
            raise ApiError(
                f"max_tokens = {tokens}: this server gives {limits.tokens} at most", param="max_tokens"
            )
        return self


def read_request(content: Any, limits: Limits) -> CompletionRequest:
    """Check a body that was JSON. Raises ApiError that names the first field at fault."""
    if not isinstance(content, dict):
        raise ApiError('the body must be a JSON object, such as {"model": …, "prompt": …}')
    try:
        return CompletionRequest.model_validate(content).limited(limits)
    except ValidationError as error:
        raise _first(error) from None


def _first(error: ValidationError) -> ApiError:
    first = error.errors(include_url=False)[0]
    name = ".".join(map(str, first["loc"]))[:60]
    said = first["msg"].removeprefix("Value error, ").replace("Input should", "should")
    if first["type"] == "extra_forbidden":
        model = StreamOptions if first["loc"][0] == "stream_options" else CompletionRequest
        known = ", ".join(model.model_fields)
        return ApiError(f"{shown(name)} is no field of a request (known: {known})", param=name)
    if first["type"] == "missing":
        return ApiError(f"{name} is missing", param=name)
    if not name and first["type"] == "value_error":  # a rule about several fields, which it names
        return ApiError(said, param=said.partition(":")[0])
    if not name:
        return ApiError(f"the name of a field {said}")
    given = "" if first["type"] == "value_error" and name == "prompt" else f" = {shown(first['input'])}"
    return ApiError(f"{name}{given}: {said}", param=name)


def _is_ids(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(type(one) is int for one in value)


def _is_encodable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
