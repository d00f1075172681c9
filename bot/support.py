"""Whether a sentence of a chat model says what its source says, and whether it says nothing."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from bot.draft import content_words

MAX_LINKING_WORDS = 25
# The share of a restatement's words that its source must hold, and of those in the same order.
# Where the checker proves nothing, because the sentence is no law to it, every word must be there.
SHARED = 0.75
IN_ORDER = 0.8
# A restatement that leaves out more of its source than this may leave out what limits it.
TOLD = 0.5
FOREIGN_LETTERS = 0.1
SHORT = 6  # words, in which a small word of English need not occur
_LAST_LATIN = "\u024f"
_LETTER = re.compile(r"[^\W\d_]")

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
    english: frozenset[str]
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


def supports(source: str, sentence: str, *, proved: bool) -> bool:
    """Whether `source` says all that `sentence` says, in nearly the same words.

    Numbers, negations, names and weighty words must be the same ones; most other words must come
    from the source, in its order. It is strict on purpose: a sentence that fails is shown in the
    source's own words instead.
    """
    said, told = _straight(sentence), _straight(source)
    if _numbers(said) != _numbers(told) or _names(said) != _names(told):
        return False
    if len(_NEGATOR.findall(said.lower())) != len(_NEGATOR.findall(told.lower())):
        return False
    if _weighty(said) != _weighty(told):
        return False
    return _same_words(said, told, SHARED if proved else 1.0)


def is_english(text: str) -> bool:
    """Whether a text can be English: Latin letters, and small words where it is long."""
    letters = _LETTER.findall(text)
    if sum(letter > _LAST_LATIN for letter in letters) > FOREIGN_LETTERS * len(letters):
        return False
    words = re.findall(r"[^\W\d_]+", text.lower())
    return len(words) < SHORT or any(word in _lists().english for word in words)


def _same_words(said: str, told: str, shared: float) -> bool:
    ours, theirs = content_words(said), content_words(told)
    if not ours or sum(w in theirs for w in ours) < shared * len(ours):
        return False
    if len(set(ours) & set(theirs)) < TOLD * len(set(theirs)):
        return False
    common = [w for w in dict.fromkeys(ours) if w in theirs]
    order = [w for w in dict.fromkeys(theirs) if w in ours]
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
        english=frozenset(raw["english"].split()),
        numbers={str(word): str(value) for word, value in raw["numbers"].items()},
    )
