"""What is wrong with a file: where, what, how bad."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from ingest.markdown import plain_characters
from ingest.passages import Passage, Sentence, sentences

if TYPE_CHECKING:
    from datetime import date

    from guardrails.check import Checker

Level = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class Finding:
    """Something to mend in a file; `line` is 0 where it is about the whole file.

    `rule` and `said` are given where a sentence contradicts a rule.
    """

    file: str
    line: int
    message: str
    level: Level = "error"
    rule: str | None = None
    said: str = ""

    def __str__(self) -> str:
        """As shown: file:line: message."""
        if self.message.startswith(self.file):
            return self.message
        place = f"{self.file}:{self.line}" if self.line else self.file
        return f"{place}: {self.message}" if place else self.message


_UNFINISHED = re.compile(
    r"\b(cannot|can|may|might|must|should|will|not|if|unless|when|that|to|by|with|for|or|and|is|are|be"
    r"|include|includes|because|either|you|they|who|which):$",
    re.IGNORECASE,
)
# Looks at a passage; the findings name a sentence, sync and lint add file and line.
Check = Callable[[Passage], Sequence[Finding]]


def guardrail_check(checker: Checker, on: date) -> Check:
    """A Check that reports each sentence which contradicts a rule."""

    def check(passage: Passage) -> list[Finding]:
        found: list[Finding] = []
        for sentence in sentences(passage):
            text, context = _as_read(passage, sentence)
            verdict = checker.check_sentence(text, context=context, on=on)
            if verdict.verdict == "contradicts":
                message = f"'{sentence.text}' contradicts rule {verdict.rule}: {verdict.statement}"
                found.append(Finding("", 0, message, "error", verdict.rule, sentence.text))
        return found

    return check


def _as_read(passage: Passage, sentence: Sentence) -> tuple[str, str]:
    """A sentence and its context; an item that ends its lead-in is read with it ("you cannot:")."""
    lead = sentence.lead_in or ""
    if sentence.kind == "item" and _UNFINISHED.search(lead):
        return f"{lead[:-1]} {sentence.text}", passage.heading
    return sentence.text, f"{passage.heading} {lead}".strip()


def line_of(source: str, text: str) -> int:
    """The line of a source file on which `text` begins; 0 where it cannot be told."""
    path = Path(source)
    if path.suffix.lower() not in (".md", ".markdown", ".txt") or not path.is_file():
        return 0
    wanted = _words(text)[:7]
    for number, words in enumerate(_lines(source, path.stat().st_mtime_ns), start=1):
        if wanted and any(words[at : at + len(wanted)] == wanted for at in range(len(words))):
            return number
    return 0


@lru_cache(maxsize=8)
def _lines(source: str, _changed: int) -> list[list[str]]:
    raw = Path(source).read_bytes().decode("utf-8", errors="replace")
    return [_words(line) for line in plain_characters(raw).split("\n")]


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text.lower())
