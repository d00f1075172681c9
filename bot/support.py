"""Whether a sentence of a chat model says what its source says, and whether it says nothing."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from bot.draft import content_words

MAX_LINKING_WORDS = 25
# The share of a proved sentence's words that its sources must hold.
SHARED = 0.6
# The share of a repeated sentence's words that must come in the order of its source.
IN_ORDER = 0.8
# A restatement that leaves out more of its source than this may leave out what limits it.
TOLD = 0.5

_WORD = re.compile(r"[a-z]+(?:-?[0-9]+[a-z]*)?(?:-[a-z]+)*|[0-9]+(?:[.,][0-9]+)*")
_NEGATOR = re.compile(
    r"\b(?:not|no|never|none|nothing|nobody|neither|nor|without|cannot|unable|"
    r"(?:un|non|il|in)(?:lawful|paid|authori[sz]ed|legal|eligible)|prohibit\w*|forbid\w*|bar(?:s|red|ring)?|"
    r"ban(?:s|ned)?|exclud\w*|den(?:y|ies|ied)|refus\w*|lack\w*|fail\w*|stop\w*|lose\w*|lost)\b|n't\b"
)
_NAME = re.compile(
    r"\b[A-Z]{1,4}-?\d+[A-Za-z]?\b|\b[A-Z]{2,}s?\b|\b\d+\([a-z]\)|\bStep \d\b"
    r"|(?<=[a-z,;:] )[A-Z][a-z]+"
)


@dataclass(frozen=True, slots=True)
class _Lists:
    words: frozenset[str]
    idioms: tuple[str, ...]
    names: frozenset[str]
    openers: tuple[str, ...]
    weighty: frozenset[str]
    bounds: frozenset[str]
    numbers: Mapping[str, str]


def is_linking(sentence: str) -> bool:
    """Whether a sentence only links, comforts or announces: every word is on the closed list."""
    lists = _lists()
    plain = " ".join(re.sub(r"[^a-z0-9' -]", " ", _straight(sentence).lower()).split())
    if len(plain.split()) > MAX_LINKING_WORDS:
        return False
    opened = plain.replace("'", "").startswith(lists.openers)
    for idiom in lists.idioms:
        plain = plain.replace(idiom, " ")
    words = plain.replace("'", "").split()
    return all(w in lists.words or (opened and w in lists.names) for w in words)


def supports(sources: Sequence[str], sentence: str) -> bool:
    """Whether the sources bear out a sentence that the checker has proved.

    Each of its names and words that bound a claim stands in one of them, most of its other words
    do; it has the numbers of the nearest of them and is negated as that one is. What it claims is
    the checker's part.
    """
    said = _straight(sentence)
    told = [_straight(source) for source in sources]
    together = " ".join(told)
    numbers = _numbers(said).keys()
    if _names(said) - _names(together) or _bounds(said) - _bounds(together):
        return False
    ours, theirs = set(content_words(said)), set(content_words(together))
    nearest = max(told, key=lambda source: _likeness(ours, set(content_words(source))))
    if _is_negated(said) != _is_negated(nearest):
        return False
    if numbers and numbers != _numbers(nearest).keys():
        return False
    return len(ours & theirs) >= SHARED * len(ours)


def _likeness(left: set[str], right: set[str]) -> float:
    return len(left & right) / max(len(left | right), 1)


def repeats(source: str, sentence: str) -> bool:
    """Whether a sentence says what `source` says, in nearly the same words.

    For what is no law to the checker, so that it proves nothing: numbers, negations, names and
    weighty words must be the same ones, and all other words the source's, in its order.
    """
    said, told = _straight(sentence), _straight(source)
    if _numbers(said) != _numbers(told) or _names(said) != _names(told):
        return False
    if len(_NEGATOR.findall(said.lower())) != len(_NEGATOR.findall(told.lower())):
        return False
    if _weighty(said) != _weighty(told):
        return False
    ours, theirs = content_words(said), content_words(told)
    if not ours or set(ours) - set(theirs) or len(set(ours)) < TOLD * len(set(theirs)):
        return False
    common = list(dict.fromkeys(ours))
    order = [w for w in dict.fromkeys(theirs) if w in common]
    return _longest_common(common, order) >= IN_ORDER * len(common)


def _longest_common(left: list[str], right: list[str]) -> int:
    """The length of the longest common subsequence."""
    row = [0] * (len(right) + 1)
    for word in left:
        before = row[:]
        for place, other in enumerate(right, start=1):
            row[place] = (
                before[place - 1] + 1 if word == other else max(row[place - 1], before[place])
            )
    return row[-1]


def _numbers(text: str) -> Counter[str]:
    plain = _NAME.sub(" ", text).lower()
    found: Counter[str] = Counter()
    for word in _WORD.findall(plain):
        for part in word.split("-"):
            value = _lists().numbers.get(part)
            if value is not None:
                found[value] += 1
            elif part[0].isdigit():
                found[part.replace(",", "").rstrip(".")] += 1
    return found


def _names(text: str) -> frozenset[str]:
    return frozenset(re.sub(r"[\s-]", "", name).lower() for name in _NAME.findall(text))


def _is_negated(text: str) -> bool:
    return bool(_NEGATOR.search(text.lower()))


def _bounds(text: str) -> set[str]:
    return {w for w in _WORD.findall(text.lower()) if w in _lists().bounds}


def _weighty(text: str) -> Counter[str]:
    words = _WORD.findall(text.lower())
    return Counter(w for w in words if w in _lists().weighty)


def _straight(text: str) -> str:
    return text.translate(_STRAIGHT)


_STRAIGHT = str.maketrans("’‘‐‑‒–—\u00a0", "''----- ")


@cache
def _lists() -> _Lists:
    raw: dict[str, Any] = yaml.safe_load((files("bot") / "connective.yaml").read_text("utf-8"))
    return _Lists(
        words=frozenset(raw["words"].split()),
        idioms=tuple(raw["idioms"]),
        names=frozenset(raw["names"].split()),
        openers=tuple(raw["openers"]),
        weighty=frozenset(raw["weighty"].split()),
        bounds=frozenset(raw["bounds"].split()),
        numbers={str(word): str(value) for word, value in raw["numbers"].items()},
    )
