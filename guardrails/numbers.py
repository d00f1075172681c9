"""Numbers in words: quantities with unit, direction and sums."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from .lexicon import Token, stem
from .text import word_set

Dimension = Literal["months", "days", "hours", "percent", "money", "count", "year", "ordinal"]
Bound = Literal["exact", "most", "least"]

_UNITS = {
    "zero": 0, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7,
    "eight": 8, "nine": 9, "ten": 10, "eleven": 11, "twelve": 12, "thirteen": 13,
    "fourteen": 14, "fifteen": 15, "sixteen": 16, "seventeen": 17, "eighteen": 18,
    "nineteen": 19, "a dozen": 12,
}  # fmt: skip
_TENS = {
    "twenty": 20, "thirty": 30, "forty": 40, "fourty": 40, "fifty": 50, "sixty": 60, "seventy": 70,
    "eighty": 80, "ninety": 90,
}  # fmt: skip
_ORDINALS = {
    "first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5, "sixth": 6, "seventh": 7,
    "eighth": 8, "ninth": 9, "tenth": 10, "eleventh": 11, "twelfth": 12,
}  # fmt: skip
_TIME: dict[str, tuple[Dimension, float]] = {
    "year": ("months", 12), "month": ("months", 1), "week": ("days", 7), "day": ("days", 1),
    "hour": ("hours", 1), "h": ("hours", 1), "decad": ("months", 120), "yearlong": ("months", 12),
    "fortnight": ("days", 14),
}  # fmt: skip
_MOST = frozenset(map(stem, word_set("max maximum most")))
_LEAST = frozenset(map(stem, word_set("least min minimum over beyond exceed above past")))
# "in the last two years" says when, not how long
_RELATIVE = word_set("last next past previous final coming recent")
_MONTHS = word_set(
    "january february march april june july august september october november december "
    "jan feb mar apr jun jul aug sep sept oct nov dec"
)
_OPENERS = word_set("the your his her my their our its in at of very for during over") | {""}
_JUST_BEFORE = frozenset(("within", "under", "below"))


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number in the text: months, days or hours for time; place = token index range."""

    low: float
    high: float
    dimension: Dimension
    bound: Bound
    first: int
    last: int

    @property
    def is_time(self) -> bool:
        """Say whether it measures time."""
        return self.dimension in ("months", "days", "hours")


def value_of(word: str) -> float | None:
    """Return the number that one word or figure stands for, or None."""
    if word.replace(".", "", 1).isdigit():
        return float(word)
    if word in _UNITS:
        return float(_UNITS[word])
    if word in _TENS:
        return float(_TENS[word])
    return None


def quantities(words: Sequence[Token]) -> list[Quantity]:
    """Find the quantities of a sentence; none of them overlap."""
    found: list[Quantity] = []
    index = 0
    while index < len(words):
        quantity = _at(words, index, found)
        if quantity is None:
            index += 1
            continue
        found.append(quantity)
        index = quantity.last + 1
    return found


def _at(words: Sequence[Token], index: int, before: list[Quantity]) -> Quantity | None:
    word = words[index].text
    if word[0] == "$" and len(word) > 1:
        amount = float(word[1:].rstrip("k")) * (1000 if word.endswith("k") else 1)
        return Quantity(amount, amount, "money", _bound(words, index), index, index)
    if word in _ORDINALS:
        return _ordinal(words, index, _ORDINALS[word], index)
    if _text(words, index + 1) in {"th", "rd", "nd", "st"} and word.isdigit():
        return _ordinal(words, index, float(word), index + 1)
    low, next_index = _number(words, index)
    if low is None or _is_relative(words, index) or _is_date(words, index):
        return None
    high = low
    if _text(words, next_index) in {"to", "-", "or"} or (
        _text(words, next_index) == "and" and _text(words, index - 1) == "between"
    ):
        other, after = _number(words, next_index + 1)
        if other is not None and other > low:
            high, next_index = other, after
    next_index, low, high = _summed(words, next_index, low, high)
    next_index = _repeated_in_brackets(words, next_index, high)
    return _with_unit(words, index, next_index, low, high, before)


def _is_relative(words: Sequence[Token], index: int) -> bool:
    """Say whether "last two years" tells when; in "it lasts two years" the word is a verb."""
    before = words[index - 1] if index else None
    if before is None or before.text not in _RELATIVE:
        return False
    return before.text != "last" or before.stem == "last_" or _text(words, index - 2) in _OPENERS


def _is_date(words: Sequence[Token], index: int) -> bool:
    """Say whether the figure is the day in "14 September" or "September 14"."""
    if not words[index].text.isdigit():
        return False
    return _text(words, index + 1) in _MONTHS or _text(words, index - 1) in _MONTHS


def _text(words: Sequence[Token], index: int) -> str:
    return words[index].text if 0 <= index < len(words) else ""


def _number(words: Sequence[Token], index: int) -> tuple[float | None, int]:
    word = _text(words, index)
    if (
        word == "half"
        and _text(words, index + 1) == "a"
        and _text(words, index + 2) in {"dozen", "decade"}
    ):
        return (6.0, index + 3) if words[index + 2].text == "dozen" else (5.0, index + 2)
    if word == "half" and _text(words, index + 1) == "a" and words[index + 2 : index + 3]:
        return (0.5, index + 2) if words[index + 2].stem in _TIME else (None, index)
    if word in {"a", "an", "one"} and _text(words, index + 1) in {
        "dozen",
        "decade",
        "hundred",
        "couple",
    }:
        special = _text(words, index + 1)
        if special == "hundred":
            return 100.0, index + 2
        if special == "couple":
            return 2.0, index + (3 if _text(words, index + 2) == "of" else 2)
        return (12.0, index + 2) if special == "dozen" else (1.0, index + 1)
    if word in {"a", "an"} and words[index + 1 : index + 2]:
        unit = words[index + 1].stem
        follows_full = unit in {"full", "singl", "whol", "additional", "extra", "further"}
        if follows_full and words[index + 2 : index + 3] and words[index + 2].stem in _TIME:
            return 1.0, index + 2
        is_rate = _text(words, index - 1) in {"hours", "hour", "times", "twice", "once"}
        is_period = unit in {"year", "month", "week", "day", "hour"}
        if (
            is_period
            and _text(words, index + 2) in {"", ".", ",", "of", "in", "at", "or", "and"}
            and not is_rate
        ):
            return (1.0, index + 1) if _is_length(words, index) else (None, index)
        return None, index
    value = value_of(word)
    if value is None:
        return None, index
    index += 1
    if word in _TENS and _text(words, index) == "-":
        extra = value_of(_text(words, index + 1))
        if extra is not None and extra < 10:
            return value + extra, index + 2
    if word in _TENS and (extra := value_of(_text(words, index))) is not None and 0 < extra < 10:
        return value + extra, index + 1
    if _text(words, index) == "hundred":
        return value * 100, index + 1
    if _text(words, index) in {"thousand", "k"}:
        return value * 1000, index + 1
    if (
        _text(words, index) == "and"
        and _text(words, index + 1) == "a"
        and _text(words, index + 2) == "half"
    ):
        return value + 0.5, index + 3
    return value, index


_LENGTH_CUES = word_set("is takes lasts last take for of within than about only just")


def _is_length(words: Sequence[Token], index: int) -> bool:
    return _text(words, index - 1) in _LENGTH_CUES


def _summed(
    words: Sequence[Token], index: int, low: float, high: float
) -> tuple[int, float, float]:
    while _text(words, index) in {"+", "plus"}:
        other, after = _number(words, index + 1)
        if other is None:
            break
        low, high, index = low + other, high + other, after
    if _text(words, index) == "=" and _number(words, index + 1)[0] == high:
        index = _number(words, index + 1)[1]
    return index, low, high


def _repeated_in_brackets(words: Sequence[Token], index: int, value: float) -> int:
    bracketed = _text(words, index) == "(" and _text(words, index + 2) == ")"
    return index + 3 if bracketed and value_of(_text(words, index + 1)) == value else index


def _with_unit(
    words: Sequence[Token], first: int, index: int, low: float, high: float, before: list[Quantity]
) -> Quantity | None:
    while _text(words, index) in {
        "-",
        "full",
        "whole",
        "more",
        "calendar",
        "consecutive",
        "additional",
        "further",
        "extra",
        "total",
    }:
        if _text(words, index) == "-" and not (
            words[index + 1 : index + 2] and words[index + 1].stem in _TIME
        ):
            break
        if _text(words, index) != "-" and not any(
            w.stem in _TIME for w in words[index + 1 : index + 3]
        ):
            break
        index += 1
    unit = words[index].stem if index < len(words) else ""
    bound = _bound(words, first)
    if unit in _TIME:
        dimension, factor = _TIME[unit]
        bound = _bound_after(words, index + 1) or bound
        return Quantity(low * factor, high * factor, dimension, bound, first, index)
    beyond = words[index + 1].stem if index + 1 < len(words) else ""
    if unit in _BETWEEN and beyond in _TIME:
        dimension, factor = _TIME[beyond]
        return Quantity(low * factor, high * factor, dimension, bound, first, index - 1)
    if unit in {"%", "percent"} or (unit == "per" and _text(words, index + 1) == "cent"):
        return Quantity(low, high, "percent", bound, first, index + (unit == "per"))
    if unit in {"dollar", "usd"}:
        return Quantity(low, high, "money", bound, first, index)
    if _text(words, first) == "one" and unit not in {
        "slot",
        "waiver",
        "chang",
        "time",
        "exam",
        "attempt",
    }:
        return None
    if 1900 <= low <= 2100 and low == high:
        return Quantity(low, high, "year", bound, first, index - 1)
    if before and before[-1].is_time and _stands_alone(words, index):
        last = before[-1]
        factor = {"months": 12 if last.high >= 12 else 1}.get(last.dimension, 1)
        return Quantity(low * factor, high * factor, last.dimension, bound, first, index - 1)
    if _text(words, first - 1) == "year":
        return Quantity(low * 12, high * 12, "ordinal", bound, first, index - 1)
    return Quantity(low, high, "count", bound, first, index - 1)


# "six H-1B years": what may stand between a number and its unit
_BETWEEN = frozenset(
    stem(word)
    for word in word_set("h1b j1 home waiver conrad training total service fellowship residency")
)
_ALONE = word_set("; , . : ! ? ) | - of in or and plus more = because since but on for is at")


def _stands_alone(words: Sequence[Token], index: int) -> bool:
    return index >= len(words) or words[index].text in _ALONE


def _ordinal(words: Sequence[Token], index: int, value: float, last: int) -> Quantity | None:
    after = last + 1
    if _text(words, after) == "-":
        after += 1
    if after < len(words) and words[after].stem == "year":
        return Quantity(value * 12, value * 12, "ordinal", "exact", index, after)
    return None


_AFTER_LEAST = (("at", "least"), ("or", "more"), ("or", "longer"), ("or", "over"))
_AFTER_MOST = (("at", "most"), ("or", "less"), ("or", "fewer"), ("or", "under"))


def _bound_after(words: Sequence[Token], index: int) -> Bound | None:
    pair = (_text(words, index), _text(words, index + 1))
    third = _text(words, index + 2)
    if pair in _AFTER_LEAST or "minimum" in (pair[0], third if pair == ("as", "a") else ""):
        return "least"
    if pair in _AFTER_MOST or (pair == ("at", "the") and third in ("most", "latest")):
        return "most"
    return "most" if pair[0] in ("maximum", "max", "tops") else None


def _bound(words: Sequence[Token], first: int) -> Bound:
    near = [_text(words, i) for i in range(max(0, first - 4), first)]
    if near[-2:] == ["up", "to"]:
        return "most"
    if near[-1:] == ["than"]:
        more = near[-2:-1] in (["more"], ["longer"], ["greater"], ["later"])
        negated = any(word in {"no", "not"} for word in near[:-2])
        if more:
            return "most" if negated else "least"
        return "least" if negated else "most"
    last_two = {words[i].stem for i in range(max(0, first - 2), first)}
    if last_two & _MOST or set(near[-1:]) & _JUST_BEFORE:
        return "most"
    if last_two & _LEAST:
        return "most" if {"no", "not", "never"} & set(near) else "least"
    return "exact"
