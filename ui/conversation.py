"""A conversation as it is kept in the browser, and read back from there without trust."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, cast

from pydantic import TypeAdapter, ValidationError

from bot.types import Answer, Turn

# What one browser keeps: 60 exchanges are about 1 MB of the 5 MB that local storage holds.
MAX_EXCHANGES = 60
MAX_MESSAGE = 6_000
ERASED = "[erased]"


@dataclass(frozen=True, slots=True)
class Exchange:
    """A message with its answer; none while it is under way or after it failed."""

    message: str
    answer: Answer | None = None
    stopped: bool = False


def stored(exchanges: Sequence[Exchange]) -> dict[str, Any]:
    """What goes into the browser."""
    return {
        "version": 1,
        "turns": [
            {
                "message": exchange.message,
                "answer": exchange.answer.to_json() if exchange.answer else None,
                "stopped": exchange.stopped,
            }
            for exchange in exchanges[-MAX_EXCHANGES:]
        ],
    }


def restored(raw: object) -> list[Exchange]:
    """The conversation that a browser sent; what cannot be read is left out, never trusted."""
    if not isinstance(raw, dict):
        return []
    turns = cast("dict[str, object]", raw).get("turns")
    if not isinstance(turns, list):
        return []
    found = (_exchange(turn) for turn in cast("list[object]", turns)[-MAX_EXCHANGES:])
    return [exchange for exchange in found if exchange is not None]


def history(exchanges: Sequence[Exchange]) -> tuple[Turn, ...]:
    """The conversation as the bot reads it."""
    return tuple(Turn(exchange.message, exchange.answer) for exchange in exchanges)


def erase(exchanges: Sequence[Exchange], words: str) -> list[Exchange]:
    """The conversation without some words of the asker, so that no fact can come from them."""
    bare = words.strip()
    if not bare:
        return list(exchanges)
    pattern = re.compile(rf"(?<!\w){re.escape(bare)}(?!\w)", re.IGNORECASE)
    return [_without(exchange, pattern) for exchange in exchanges]


def _without(exchange: Exchange, pattern: re.Pattern[str]) -> Exchange:
    answer = exchange.answer
    if answer is not None:
        kept = tuple(fact for fact in answer.facts if not pattern.search(fact.quote))
        answer = replace(answer, standalone=pattern.sub(ERASED, answer.standalone), facts=kept)
    return replace(exchange, message=pattern.sub(ERASED, exchange.message), answer=answer)


def _exchange(raw: object) -> Exchange | None:
    if not isinstance(raw, dict):
        return None
    turn = cast("dict[str, object]", raw)
    message = turn.get("message")
    if not isinstance(message, str) or not message.strip():
        return None
    return Exchange(message[:MAX_MESSAGE], _answer(turn.get("answer")), turn.get("stopped") is True)


def _answer(raw: object) -> Answer | None:
    if raw is None:
        return None
    try:
        return _reader().validate_python(raw)
    except ValidationError:
        return None


@cache
def _reader() -> TypeAdapter[Answer]:
    return TypeAdapter(Answer)
