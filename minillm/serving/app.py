"""The server: /v1/completions and /v1/models as OpenAI defines them, and the page at /.

Nothing on the disk can be asked for: what is served lies in memory before the first request. Pages of other
origins cannot ask either: there are no CORS headers, a request has to be JSON, which browsers send elsewhere
only where CORS allows it, and `Host` has to be an address or a name of this server, which a rebound name of
somebody else's domain is not.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Mapping, Sequence
from contextlib import asynccontextmanager
from http import HTTPStatus
from importlib.resources import files
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from minillm.errors import shown
from minillm.serving.completions import Completion, Served
from minillm.serving.request import ApiError, Limits, read_request

_BODY_SECONDS = 15.0
_SEND_SECONDS = 30.0
_RETRY_SECONDS = 2
PAGE = {
    "index.html": "text/html; charset=utf-8",
    "style.css": "text/css; charset=utf-8",
    "words.js": "text/javascript; charset=utf-8",
    "app.js": "text/javascript; charset=utf-8",
    "icon.svg": "image/svg+xml",
}
HEADERS = {
    "Content-Security-Policy": "default-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'; object-src 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


class Server:
    """What the routes share: the models, the limits and who is here."""

    def __init__(self, models: Sequence[Served], limits: Limits) -> None:
        self._models = {served.name: served for served in models}
        self._limits = limits
        self._here: set[Completion] = set()
        self._stopping = False
        self._loop: asyncio.AbstractEventLoop | None = None
        """None before the first request can come."""

    @property
    def clients(self) -> int:
        """Requests that are answered or wait."""
        return len(self._here)

    @asynccontextmanager
    async def lifespan(self, _: Starlette) -> AsyncIterator[None]:
        """The engines compute as long as the server runs."""
        self._loop = asyncio.get_running_loop()
        for served in self._models.values():
            served.engine.start(self._loop)
        yield
        for served in self._models.values():
            served.engine.close()

    def stop(self) -> None:
        """End all requests; later ones are told that the server stops. Any thread or signal may call this."""
        self._stopping = True
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._stop)

    def _stop(self) -> None:
        for completion in self._here:
            completion.stop(_stopping())

    async def completions(self, request: Request) -> Response:
        """POST /v1/completions."""
        asked = read_request(await _read_json(request, self._limits.body_bytes), self._limits)
        served = self._model(asked.model)
        if self._stopping:
            raise _stopping()
        if len(self._here) >= self._limits.clients:
            raise ApiError(
                f"{len(self._here)} requests are here, as many as this server takes; come back later",
                status=HTTPStatus.TOO_MANY_REQUESTS,
                code="rate_limit_exceeded",
                headers={"Retry-After": str(_RETRY_SECONDS)},
            )
        completion = Completion(asked, served, self._limits)
        self._here.add(completion)
        if not asked.stream:
            try:
                return JSONResponse(await _unless_gone(request, completion.whole()))
            finally:
                self._here.discard(completion)
        chunks = self._chunks(completion)
        # The first one before the status is sent: what fails until then has a status of its own.
        first = await _unless_gone(request, anext(chunks))
        return StreamingResponse(
            _events(first, chunks), media_type="text/event-stream", headers={"Cache-Control": "no-cache"}
        )

    async def _chunks(self, completion: Completion) -> AsyncIterator[dict[str, Any]]:
        try:
            async for chunk in completion.chunks():
                yield chunk
        finally:
            self._here.discard(completion)

    async def models(self, _: Request) -> Response:
        """GET /v1/models."""
        return JSONResponse({"object": "list", "data": list(map(_described, self._models.values()))})

    async def model(self, request: Request) -> Response:
        """GET /v1/models/NAME."""
        return JSONResponse(_described(self._model(request.path_params["name"])))

    def _model(self, name: str) -> Served:
        if name not in self._models:
            raise ApiError(
                f"the model {shown(name)} does not exist here; there is: {', '.join(self._models)}",
                status=HTTPStatus.NOT_FOUND,
                param="model",
                code="model_not_found",
            )
        return self._models[name]


def make_app(server: Server, host: str) -> ASGIApp:
    """The routes, for a server that listens on `host`."""
    routes = [
        Route("/v1/completions", server.completions, methods=["POST"]),
        Route("/v1/models", server.models, methods=["GET"]),
        Route("/v1/models/{name:path}", server.model, methods=["GET"]),
        Route("/", _page("index.html"), methods=["GET"]),
        *(Route(f"/{name}", _page(name), methods=["GET"]) for name in PAGE),
    ]
    handlers: Mapping[Any, Any] = {
        ApiError: _told,
        HTTPException: _no_such_place,
        ClientDisconnect: _nobody,
        Exception: _broken,
    }
    app = Starlette(routes=routes, exception_handlers=handlers, lifespan=server.lifespan)
    return Guard(app, host)  # around it: as a middleware it would not see what Starlette says of a failure


class Guard:
    """Refuses what was not meant for this server, and puts its headers on every answer.

    Who reads no part of an answer for so many seconds is given up.
    """

    def __init__(self, app: ASGIApp, host: str, seconds: float = _SEND_SECONDS) -> None:
        self._app, self._host, self._seconds = app, host, seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                added = [(name.lower().encode(), value.encode()) for name, value in HEADERS.items()]
                message["headers"] = [*message["headers"], *added]
            async with asyncio.timeout(self._seconds):
                await send(message)

        host = Request(scope).headers.get("host", "")
        if is_ours(host, self._host):
            try:
                await self._app(scope, receive, with_headers)
            except* TimeoutError:
                pass
            return
        error = ApiError(
            f"Host: {shown(host)} is no name of this server; ask by its address, localhost or {self._host}",
            status=HTTPStatus.MISDIRECTED_REQUEST,
        )
        await _error(error)(scope, receive, with_headers)


def is_ours(header: str, host: str) -> bool:
    """Whether a `Host` header may mean this server: an address, localhost, or the name it listens on."""
    try:
        name = urlsplit(f"//{header}").hostname or ""
        if name in ("localhost", host.lower()):
            return True
        ip_address(name)
    except ValueError:
        return False
    return True


async def _read_json(request: Request, most: int) -> Any:
    """The body. Raises ApiError where it is no JSON, too long or too slow."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise ApiError(
            f"Content-Type: {shown(kind)}: only application/json is read",
            status=HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
        )
    body = bytearray()
    try:
        async with asyncio.timeout(_BODY_SECONDS):
            async for part in request.stream():
                body += part
                if len(body) > most:
                    raise ApiError(
                        f"the body is longer than {most:,} bytes, the most that this server reads",
                        status=HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
                        headers={"Connection": "close"},
                    )
    except TimeoutError:
        raise ApiError(
            f"the body did not come within {_BODY_SECONDS:g} s",
            status=HTTPStatus.REQUEST_TIMEOUT,
            headers={"Connection": "close"},
        ) from None
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as error:
        raise ApiError(f"the body is no JSON: {str(error)[:200]}") from None


async def _unless_gone(request: Request, answer: Awaitable[Any]) -> Any:
    """The answer, unless the client goes away: then its computation ends. Raises ClientDisconnect."""
    working = asyncio.ensure_future(answer)
    leaving = asyncio.ensure_future(_leaving(request))
    try:
        await asyncio.wait((working, leaving), return_when=asyncio.FIRST_COMPLETED)
        if working.done():
            return working.result()
        raise ClientDisconnect
    finally:
        for task in (working, leaving):
            task.cancel()
        await asyncio.gather(working, leaving, return_exceptions=True)


async def _leaving(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass


async def _events(first: dict[str, Any], rest: AsyncIterator[dict[str, Any]]) -> AsyncIterator[str]:
    """Server-sent events; an error is one too, since the status has been sent."""
    try:
        yield _event(first)
        async for chunk in rest:
            yield _event(chunk)
        yield "data: [DONE]\n\n"
    except ApiError as error:
        yield _event(error.as_json())
    finally:
        await rest.aclose()  # type: ignore[attr-defined]


def _event(content: dict[str, Any]) -> str:
    return f"data: {json.dumps(content, ensure_ascii=False)}\n\n"


def _page(name: str) -> Any:
    content = (files("minillm.serving") / "page" / name).read_bytes()
    headers = {"Cache-Control": "no-cache"}

    async def answer(_: Request) -> Response:
        return Response(content, media_type=PAGE[name], headers=headers)

    return answer


def _described(served: Served) -> dict[str, Any]:
    """OpenAI's fields, and what a model is by."""
    model = served.engine.model
    return {
        "id": served.name,
        "object": "model",
        "created": 0,
        "owned_by": "minillm",
        "parameters": model.parameter_count(),
        "context": model.config.context,
    }


def _stopping() -> ApiError:
    return ApiError("this server stops", status=HTTPStatus.SERVICE_UNAVAILABLE, code="stopping")


def _error(error: ApiError) -> Response:
    return JSONResponse(error.as_json(), status_code=error.status, headers=error.headers)


async def _told(_: Request, error: ApiError) -> Response:
    return _error(error)


async def _no_such_place(request: Request, error: HTTPException) -> Response:
    said = f"{request.method} {shown(request.url.path)}: {error.detail.lower()}"
    return _error(ApiError(said, status=HTTPStatus(error.status_code), headers=dict(error.headers or {})))


async def _nobody(_: Request, __: ClientDisconnect) -> Response:
    return Response(status_code=499)


async def _broken(_: Request, __: Exception) -> Response:
    return _error(ApiError("the server failed; its log says how", status=HTTPStatus.INTERNAL_SERVER_ERROR))
