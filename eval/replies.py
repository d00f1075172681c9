"""Replies: what any bot said, read from the contract's answer JSON."""

from __future__ import annotations

import re
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from .cases import Outcome

_MARK = re.compile(r"\s*\[\d+\]")
_SENTENCE = re.compile(r"(?<=[.!?])[\"”’)]*\s+(?=[A-Z0-9\"“(*-])|\n+")
_BULLET = re.compile(r"^\s*(?:[-*•]|\d+[.)])\s+")


class _Lenient(BaseModel):
    # Others may add keys of their own; what the contract names is still validated.
    model_config = ConfigDict(extra="ignore", frozen=True)


class ReplySentence(_Lenient):
    """A sentence as shown with the numbers of the citations it rests on."""

    text: str
    citations: list[int] = []
    origin: str = "guide"
    verdict: str = "exact"
    rule: str | None = None
    layout: str = "text"


class ReplyCitation(_Lenient):
    """The words that a sentence rests on."""

    number: int
    passage_id: str = ""
    guide_id: str = ""
    guide_title: str = ""
    heading: str = ""
    quote: str = ""
    start: int = -1
    end: int = -1
    authorities: list[dict[str, Any]] = []
    trust: str = "reviewed"


class ReplyCorrection(_Lenient):
    """A false premise of the question that was put right."""

    said: str = ""
    statement: str = ""
    rule: str = ""
    of: str = "question"


class Reply(_Lenient):
    """One answer of a bot; a bot that knows only text leaves the rest empty."""

    outcome: Outcome = "answer"
    text: str
    standalone: str = ""
    sentences: list[ReplySentence] = []
    citations: list[ReplyCitation] = []
    corrections: list[ReplyCorrection] = []
    facts: list[dict[str, Any]] = []
    conclusions: list[dict[str, Any]] = []
    model: str = ""
    versions: dict[str, str] = {}
    elapsed_ms: dict[str, float] = {}
    confidence: float | None = Field(default=None, description="0 to 1, where the bot says so")
    ranked: list[str] = Field(default=[], description="passage ids, best first, of a retriever")
    error: str = Field(default="", description="set by us where the bot gave no answer")

    @property
    def latency_ms(self) -> float:
        """Milliseconds for the whole answer."""
        return float(self.elapsed_ms.get("total", 0.0))

    @property
    def words(self) -> int:
        """Words as shown."""
        return len(self.text.split())

    def claims(self) -> list[ReplySentence]:
        """The sentences that state something: phrases and questions are left out."""
        said = self.sentences or _split(self.text)
        return [s for s in said if s.origin != "phrase" and not s.text.rstrip().endswith("?")]

    def quotes(self, numbers: list[int]) -> list[ReplyCitation]:
        """The citations with these numbers."""
        return [c for c in self.citations if c.number in numbers]


class ReplyError(ValueError):
    """A bot's output that is not the contract's JSON; the message names the key."""


def read_reply(row: object) -> Reply:
    """Read one answer object.

    Raises:
        ReplyError: it is not the contract's answer.
    """
    try:
        return Reply.model_validate(row)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"]) or "the answer"
        raise ReplyError(f"key '{key}': {first['msg']}") from error


def failed(reason: str) -> Reply:
    """What stands for an answer that never came; it scores as wrong, never as missing."""
    return Reply(outcome="abstain", text="", error=reason)


def plain(text: str) -> str:
    """Text without citation marks, emphasis and typographic quotes, as patterns expect it."""
    text = _MARK.sub("", text).replace("**", "").replace("’", "'").replace("\u00a0", " ")
    return text.replace("‑", "-").replace("–", "-")


def split_sentences(text: str) -> list[str]:
    """Sentences, list items and lines of a text."""
    parts = (_BULLET.sub("", part).strip() for part in _SENTENCE.split(text))
    return [part for part in parts if part]


def _split(text: str) -> list[ReplySentence]:
    """Sentences of a bare text; marks like [2] are its citations."""
    found: list[ReplySentence] = []
    for part in split_sentences(text):
        numbers = [int(n) for n in re.findall(r"\[(\d+)\]", part)]
        words = plain(part).strip()
        if words and not words.startswith("#"):
            found.append(ReplySentence(text=words, citations=numbers))
    return found
