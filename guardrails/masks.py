"""Sets of signed concepts as bit masks: what counts as a topic, a predicate, a qualifier."""

from __future__ import annotations

from collections.abc import Iterable

from .lexicon import Lexicon
from .text import word_set

# Every concept has two bits: the even one for itself, the odd one for its negation.
PLAIN = int("01" * 1024, 2)

# Side concepts that make a clause worth proving even where what they matter with is not named.
_ALWAYS_HEARD = word_set(
    "marriage family averaged day_off reinstate us_grad in_us foreign_payer unpaid third_country"
)
# Topics that say something by being named: "a dual-intent visa", "a fresh clock".
_ASSERTIVE = word_set(
    "cap_exempt dual_intent immigrant_intent unaccredited retaliation waiver_breach "
    "restart separate unlimited continuous already_counted nonimmigrant_intent j1_to_h1b "
    "h1b_to_j1 ci_residency only any all never"
)


def fold(mask: int) -> int:
    """Return the concepts of a mask without their sign."""
    return (mask | mask >> 1) & PLAIN


def count(mask: int) -> int:
    """Return how many bits are set."""
    return mask.bit_count()


def union(masks: Iterable[int]) -> int:
    """Return all bits set in any of the masks."""
    whole = 0
    for mask in masks:
        whole |= mask
    return whole


class Masks:
    """The masks that gate and proof ask for, computed once from a lexicon."""

    def __init__(self, lexicon: Lexicon) -> None:
        bits = lexicon.bits
        self._lexicon = lexicon
        self.status = self._of_kind("status")
        self.strong = self._of_kind("strong")
        self.weak = self._of_kind("weak")
        self.polar = self._of_kind("polar")
        self.marker = self._of_kind("marker")
        self.noun = self._of_kind("noun")
        self.neutral = self._of_kind("neutral")
        self.topics = self.strong | self.weak
        self.must_cover = self.status | self.topics | self.polar | self.marker
        self.signed = self.polar | self.topics
        self.lendable = self.status | self.topics
        self.denials = self.polar & ~PLAIN
        self.aux = sum(bits[name] for name in lexicon.auxiliary)
        self.core = self.weak & ~(self.aux * 3)
        self.mild = bits["mere"] | bits["even"]
        self.absolute = bits["all"] | bits["any"] | bits["only"] | bits["never"]
        self.restricting = (
            bits["only"] | bits["some_exception"] | bits["rare"] | bits["comparative"]
        )
        self.limits = bits["limit"] | bits["unlimited"] | bits["beyond"]
        self.heard = sum(bits[name] * 3 for name in _ALWAYS_HEARD)
        self.asserts = sum(bits[name] * 3 for name in _ASSERTIVE)
        self.permit = bits["permit"]
        self.policy = bits["policy_topic"]
        self.met = bits["end"]  # "until it is met"
        self.only_if = bits["only_if"]
        self.visa = bits["visa"]
        self.rulings = sum(bits[name] * 3 for name in ("permit", "require", "count", "end"))
        self.served = sum(
            bits[name] for name in ("home_req", "go_home", "homeward", "waiver", "service", "dur")
        )
        self.turns = bits["end"] | bits["waiver"] | bits["permit"]
        self.fees = bits["fees"] * 3
        self.people = sum(bits[name] for name in ("physician", "resident"))

    def _of_kind(self, kind: str) -> int:
        bits = self._lexicon.bits
        return sum(bits[name] * 3 for name, its in self._lexicon.kinds.items() if its == kind)
