"""The HTTP API: POST /api/answer and /api/check, speaking the same JSON as the command line."""

from __future__ import annotations

import json
import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable, Coroutine, Iterator, Sequence
from datetime import date
from typing import Annotated, Any, TypeVar

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse, StreamingResponse
from fastapi.routing import APIRoute
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from bot.answer import Waymark
from bot.settings import load_settings
from bot.types import Answer, Turn
from guardrails.check import Verdict

MAX_TEXT = 16_000  # bytes of what a person wrote, history included
MAX_BODY = 512_000  # bytes; earlier answers may come along
MAX_TURNS = 20
MAX_ADDRESSES = 10_000
MINUTE = 60.0  # seconds

_Asked = TypeVar("_Asked", bound=BaseModel)


class ApiError(Exception):
    """A request that is not served; the message says what to do."""

    def __init__(self, status: int, code: str, message: str, retry_after: int = 0) -> None:
        super().__init__(message)
        self.status, self.code, self.retry_after = status, code, retry_after


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid")


class EarlierTurn(_Model):
    """A message of the conversation so far, with the answer it got where that is known."""

    message: str
    answer: Answer | None = None


class AnswerRequest(_Model):
    """One message with what was said before it."""

    message: str
    history: Annotated[list[EarlierTurn | str], Field(max_length=MAX_TURNS)] = []
    on: date | None = None


class TurnsRequest(_Model):
    """A whole conversation, as a line of `waymark ask --batch`."""

    id: str | int | None = None
    turns: Annotated[list[str], Field(min_length=1, max_length=MAX_TURNS)]
    on: date | None = None


class CheckRequest(_Model):
    """A sentence, or with `passages` a whole answer, and the question it answers."""

    text: str
    context: str = ""
    passages: bool = False
    on: date | None = None


class RateLimit:
    """At most so many questions a minute from one address; safe to share between threads."""

    def __init__(self, per_minute: int, clock: Callable[[], float] = time.monotonic) -> None:
        self.per_minute = per_minute
        self._clock = clock
        self._asked: OrderedDict[str, deque[float]] = OrderedDict()
        self._lock = threading.Lock()

    def spend(self, address: str, questions: int = 1) -> None:
        """Book questions of an address.

        Raises:
            ApiError: that is more than the limit; it says when to come back.
        """
        if questions > self.per_minute:
            message = f"{questions} questions at once; at most {self.per_minute} a minute."
            raise ApiError(429, "too_many_requests", message, int(MINUTE))
        now = self._clock()
        with self._lock:
            times = self._asked.setdefault(address, deque())
            self._asked.move_to_end(address)
            while times and times[0] <= now - MINUTE:
                times.popleft()
            over = len(times) + questions - self.per_minute
            if over > 0:
                wait = max(1, round(times[over - 1] + MINUTE - now))
                message = f"At most {self.per_minute} questions a minute; try again in {wait} s."
                raise ApiError(429, "too_many_requests", message, wait)
            times.extend([now] * questions)
            if len(self._asked) > MAX_ADDRESSES:
                self._asked.popitem(last=False)


def router(waymark: Waymark, questions_per_minute: int | None = None) -> APIRouter:
    """The API routes, to be included in an app.

    POST /api/answer takes {"message", "history", "on"} and gives an Answer, or takes
    {"id", "turns", "on"} and gives {"id", "answers"}. With `Accept: text/event-stream` a message is
    answered in events `partial`, and one `answer` at the end. POST /api/check takes
    {"text", "context", "passages", "on"} and gives a verdict. `questions_per_minute` is for each
    address; the settings say it where it is not given.
    """
    routes = APIRouter(prefix="/api", route_class=_Route)
    limit = RateLimit(questions_per_minute or load_settings().questions_per_minute)

    @routes.post("/answer")
    async def answer(request: Request) -> Response:  # pyright: ignore[reportUnusedFunction]
        raw = await _read(request)
        if isinstance(raw, dict) and "turns" in raw:
            talk = _validated(TurnsRequest, raw)
            _within_size(*talk.turns)
            limit.spend(_address(request), len(talk.turns))
            return JSONResponse(await run_in_threadpool(_converse, waymark, talk))
        asked = _validated(AnswerRequest, raw)
        history = _turns(asked.history)
        _within_size(asked.message, *(turn.message for turn in history))
        limit.spend(_address(request))
        if "text/event-stream" in request.headers.get("accept", ""):
            events = _events(waymark.stream(asked.message, history, on=asked.on))
            return StreamingResponse(events, media_type="text/event-stream", headers=_LIVE)
        answered = await run_in_threadpool(waymark.answer, asked.message, history, on=asked.on)
        return JSONResponse(answered.to_json())

    @routes.post("/check")
    async def check(request: Request) -> Response:  # pyright: ignore[reportUnusedFunction]
        asked = _validated(CheckRequest, await _read(request))
        _within_size(asked.text, asked.context)
        limit.spend(_address(request))
        return JSONResponse(await run_in_threadpool(_check, waymark, asked))

    return routes


# Proxies must pass events on as they come.
_LIVE = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}


class _Route(APIRoute):
    """Turns every failure into a JSON error without a traceback."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def handled(request: Request) -> Response:
            try:
                return await handle(request)
            except ApiError as error:
                return _error(error)
            except Exception:
                return _error(ApiError(500, "internal", "Something failed here; try again."))

        return handled


def _error(error: ApiError) -> Response:
    headers = {"Retry-After": str(error.retry_after)} if error.retry_after else None
    body = {"error": {"code": error.code, "message": str(error)}}
    return JSONResponse(body, error.status, headers)


async def _read(request: Request) -> object:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise ApiError(415, "unsupported_type", "Send JSON with Content-Type: application/json.")
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY:
            raise _too_large(f"The request is over {MAX_BODY // 1000} kB")
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        raise ApiError(400, "bad_json", "The body is not valid JSON in UTF-8.") from None


def _validated(model: type[_Asked], raw: object) -> _Asked:
    try:
        return model.model_validate(raw)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(part) for part in first["loc"]) or "the body"
        known = ", ".join(model.model_fields)
        message = f"{place}: {first['msg']}. Known keys: {known}."
        raise ApiError(422, "bad_request", message) from None


def _within_size(*texts: str) -> None:
    try:
        size = sum(len(text.encode()) for text in texts)
    except UnicodeEncodeError:
        raise ApiError(400, "bad_text", "The text holds half a character; send UTF-8.") from None
    if size > MAX_TEXT:
        raise _too_large(f"The text is over {MAX_TEXT // 1000} kB")


def _too_large(what: str) -> ApiError:
    return ApiError(413, "too_large", f"{what}; send a shorter one.")


def _address(request: Request) -> str:
    return request.client.host if request.client else ""


def _turns(history: Sequence[EarlierTurn | str]) -> tuple[Turn, ...]:
    return tuple(
        Turn(turn) if isinstance(turn, str) else Turn(turn.message, turn.answer) for turn in history
    )


def _converse(waymark: Waymark, talk: TurnsRequest) -> dict[str, Any]:
    history: list[Turn] = []
    for message in talk.turns:
        history.append(Turn(message, waymark.answer(message, history, on=talk.on)))
    answers = [turn.answer.to_json() for turn in history if turn.answer]
    return {"id": talk.id, "answers": answers}


def _events(answers: Iterator[Answer]) -> Iterator[str]:
    """Each answer one event; the last one is named `answer`."""
    held: Answer | None = None
    try:
        for answer in answers:
            if held is not None:
                yield _event("partial", held.to_json())
            held = answer
    except Exception:
        yield _event("error", {"code": "internal", "message": "Something failed here; try again."})
        return
    if held is not None:
        yield _event("answer", held.to_json())


def _event(name: str, data: dict[str, Any]) -> str:
    return f"event: {name}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n"


def _check(waymark: Waymark, asked: CheckRequest) -> dict[str, Any]:
    checker = waymark.parts.checker
    on = asked.on or date.today()
    if not asked.passages:
        return _verdict(checker.check_sentence(asked.text, context=asked.context, on=on))
    report = checker.check_text(asked.text, context=asked.context, on=on)
    sentences = [_verdict(verdict) for verdict in report.sentences]
    return {"text": report.text, "output": report.output, "sentences": sentences}


def _verdict(verdict: Verdict) -> dict[str, Any]:
    return {
        "text": verdict.text,
        "verdict": verdict.verdict,
        "rule": verdict.rule,
        "statement": verdict.statement,
        "reason": verdict.reason,
        "output": verdict.output,
    }
