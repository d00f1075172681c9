"""Facts told by a set phrase of facts.yaml."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import cast

import yaml
from pydantic import BaseModel, ConfigDict

from bot.telling import CHILD, SPOUSE, THIRD_BEFORE, Sentence
from guardrails.situation import Fact, FactName, Value


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid")
    name: str
    value: bool | str
    patterns: list[str]


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid")
    phrases: list[_Entry]
    waiver_kinds: dict[str, str]
    words: dict[str, str]
    hints: dict[str, list[str]]


@dataclass(frozen=True, slots=True)
class _Phrase:
    name: FactName
    value: Value
    expression: re.Pattern[str]
    hints: tuple[str, ...]


def read_phrases(sentence: Sentence) -> Iterator[Fact]:
    """Facts told by a set phrase."""
    told: set[FactName] = set()
    for pattern in _phrases():
        if pattern.name in told or not any(hint in sentence.low for hint in pattern.hints):
            continue
        match = pattern.expression.search(sentence.low)
        if match is None or not _is_told(sentence, match.start(), pattern.name):
            continue
        told.add(pattern.name)
        yield Fact(pattern.name, pattern.value, sentence.quote(match.start(), match.end()))
        if pattern.name == "waiver_stage":
            kind = _waiver_kind(sentence.low)
            if kind is None and pattern.value in ("serving", "completed"):
                kind = "agency"
            if kind:
                yield Fact("waiver", kind, sentence.quote(match.start(), match.end()))


def _is_told(sentence: Sentence, start: int, name: FactName) -> bool:
    before = sentence.low[:start]
    if name == "step3" and re.search(
        r"\b(?:do i|should i|need to|have to|must i|if i|whether|is|before|until"
        r"|require[sd]?)\b[^,;]*$",
        before,
    ):
        return False
    if name == "termination":
        if re.search(
            r"\b(?:if|what if|can|could|might|may|will|would|even if|when|before|whether"
            r"|why)\b[^,;]*$",
            before,
        ):
            return False
        return not THIRD_BEFORE.search(before) or "me" in sentence.low[start : start + 40].split()
    if name in ("family_status", "i140", "program_accredited", "cap", "employer"):
        return not re.search(r"\b(?:if|suppose|imagine)\b[^,;]*$", before)
    if start > sentence.told or re.search(r"\b(?:if i|what if|should i|how|what)\b", before):
        return False
    return not THIRD_BEFORE.search(before)


def _waiver_kind(low: str) -> str | None:
    for kind, expression in _waiver_kinds():
        if re.search(expression, low):
            return kind
    return None


@cache
def _file() -> _File:
    text = files("bot").joinpath("facts.yaml").read_text(encoding="utf-8")
    return _File.model_validate(yaml.load(text, Loader=yaml.CSafeLoader))


@cache
def _phrases() -> tuple[_Phrase, ...]:
    words = {"{spouse}": SPOUSE, "{child}": CHILD, "{waiver}": _file().words["waiver"]}
    phrases: list[_Phrase] = []
    for entry in _file().phrases:
        text = "|".join(entry.patterns)
        for mark, expression in words.items():
            text = text.replace(mark, expression)
        hints = tuple(_file().hints[entry.name])
        phrases.append(_Phrase(cast(FactName, entry.name), entry.value, re.compile(text), hints))
    return tuple(phrases)


@cache
def _waiver_kinds() -> tuple[tuple[str, str], ...]:
    return tuple(_file().waiver_kinds.items())
