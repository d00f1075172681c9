"""Words as search counts them: plain stems, and one token for each thing with several names."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict

from ingest.markdown import plain_characters

_WORD = re.compile(r"\$?[a-z0-9]+(?:[-/.&'][a-z0-9]+)*(?:\([a-z]\))?")
_NUMBERS = {
    "one": "1", "two": "2", "three": "3", "four": "4", "five": "5",
    "six": "6", "seven": "7", "eight": "8", "nine": "9", "ten": "10",
}  # fmt: skip
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid")

    spellings: dict[str, list[str]]
    groups: dict[str, list[str]]
    stop: str


@dataclass(frozen=True, slots=True)
class _Words:
    """terms.yaml, ready for use; phrases are found by the stem of their first word."""

    spelling: re.Pattern[str]
    names: tuple[str, ...]
    phrases: dict[str, list[tuple[tuple[str, ...], str]]]
    stop: frozenset[str]


@lru_cache(maxsize=1)
def _words() -> _Words:
    text = (files("ingest") / "terms.yaml").read_text(encoding="utf-8")
    raw = _File.model_validate(yaml.load(text, Loader=_Loader))
    options = [f"({'|'.join(patterns)})" for patterns in raw.spellings.values()]
    spelling = re.compile(rf"(?<![\w-])(?:{'|'.join(options)})(?![\w-]|\)\w)", re.IGNORECASE)
    phrases: dict[str, list[tuple[tuple[str, ...], str]]] = {}
    for group, names in raw.groups.items():
        for name in names:
            stems = tuple(_stem_or_star(word) for word in name.lower().split())
            phrases.setdefault(stems[0].removesuffix("*"), []).append((stems, f"={group}"))
    return _Words(spelling, tuple(raw.spellings), phrases, frozenset(raw.stop.split()))


def _stem_or_star(word: str) -> str:
    return word if word.endswith("*") else _stem(word)


@lru_cache(maxsize=2048)
def normalise_query(text: str) -> str:
    """A question with names spelt as the guides spell them ("j1" as "J-1")."""
    return _spelt(" ".join(plain_characters(text).split()))


def _spelt(text: str) -> str:
    words = _words()
    return words.spelling.sub(lambda match: words.names[(match.lastindex or 1) - 1], text)


def terms(text: str) -> list[str]:
    """The tokens of a text: stems, with parts of compounds, and a '=group' token for each group."""
    stop = _words().stop
    stems: list[str] = []
    found: list[str] = []
    for match in _WORD.finditer(_spelt(plain_characters(text)).lower()):
        word = match.group().replace("'s", "").replace("'", "")
        stems.append(_stem(word))
        if word in stop:
            continue
        found.append(stems[-1])
        if ("-" in word or "/" in word) and len(word) > 5:
            found += [_stem(part) for part in re.split("[-/]", word) if part not in stop]
    return found + _groups(stems)


def _groups(stems: list[str]) -> list[str]:
    phrases = _words().phrases
    found: dict[str, None] = {}
    for at, stem in enumerate(stems):
        for phrase, group in phrases.get("$" if stem[0] == "$" else stem, ()):
            if group not in found and _matches(stems[at : at + len(phrase)], phrase):
                found[group] = None
    return list(found)


def _matches(stems: list[str], phrase: tuple[str, ...]) -> bool:
    return len(stems) == len(phrase) and all(
        stem.startswith(want[:-1]) if want.endswith("*") else stem == want
        for stem, want in zip(stems, phrase, strict=True)
    )


@lru_cache(maxsize=65536)
def _stem(word: str) -> str:
    if word in _NUMBERS:
        return _NUMBERS[word]
    if len(word) <= 3 or not word.isalpha():
        return word
    if word.endswith("ies"):
        word = word[:-3] + "y"
    elif word.endswith("sses"):
        word = word[:-2]
    elif word.endswith("s") and not word.endswith(("ss", "us", "is")):
        word = word[:-1]
    for suffix in ("ing", "ed"):
        if word.endswith(suffix) and len(word) - len(suffix) >= 3:
            word = word[: -len(suffix)]
            if word[-1] == word[-2] and word[-1] not in "ls":
                word = word[:-1]
            break
    if word.endswith(("e", "y")) and len(word) > 3:
        word = word[:-1]
    return word
