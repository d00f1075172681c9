"""The rules' frames, compiled to bit masks: which clauses state a rule rightly or wrongly.

A frame's `when` is a list of groups that must all be met; a group is one of several alternatives:
`j1 outside_work permit` or `home_req|go_home end-`. A name ends in "-" for the negated concept, in
"~" for either sign. `if:x` and `un:x` look into the conditions of the clause, `own:x` into its own
words only. `#m=84` asks for a number (m months, d days, h hours, n count, o ordinal year in months,
p percent, u dollars), `#m!=84` for another one, `#m<36` and `#m>72` for a range, `#m` for any;
`#m=36+` is a minimum ("less than 36" is not it), `#m=84-` a maximum. `unless` lists concepts that
stop the frame; `allow` lists what else a proved sentence may contain. `@name` stands for a set of
the lexicon's `groups`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from .claims import REST, Bound, Claim
from .lexicon import Lexicon
from .masks import PLAIN
from .numbers import Dimension
from .rulebook import Frame, Rule, Rulebook
from .text import word_set

Says = Literal["right", "wrong", "neutral"]
_DIMENSIONS: dict[str, Dimension] = {
    "m": "months", "d": "days", "h": "hours", "n": "count", "o": "ordinal", "p": "percent",
    "u": "money", "y": "year",
}  # fmt: skip
# Heads that any topic can have: a number bound to one belongs to what the clause is about.
_ANY_HEAD = word_set(
    "dur limit extend beyond more_time two_years_rule full_time averaged aggregate "
    "continuous before completion contract_noun comparative count homeward"
)
_NUMBER = re.compile(r"#([mdhnopuy])(?:(!=|=|<|>)([\d.,]+)([+-]?))?")


class FrameError(ValueError):
    """A frame that names an unknown concept or cannot be read."""


@dataclass(frozen=True, slots=True)
class NumberTest:
    """Asks for a number of one dimension, equal or unequal to some values."""

    dimension: Dimension
    relation: str
    values: tuple[float, ...]
    kind: str = ""

    def holds(self, bound: Bound) -> bool:
        """Say whether the number passes."""
        number = bound.number
        if number.dimension != self.dimension:
            return False
        turned = number.bound == {"+": "most", "-": "least"}.get(self.kind, "")
        if self.relation == "=":
            return number.low == number.high and number.high in self.values and not turned
        if self.relation == "!=":
            return number.high not in self.values or turned
        if self.relation == "<":
            return number.high < self.values[0]
        if self.relation == ">":
            return number.high > self.values[0]
        return True


@dataclass(frozen=True, slots=True)
class Scene:
    """A clause with what it takes over: the masks that frames look at."""

    claim: Claim
    mask: int
    if_mask: int
    unless_mask: int
    everywhere: int
    own: int
    foreign: int = 0
    before: int = 0
    grants: bool = False
    side_numbers: tuple[Bound, ...] = ()
    vague_exception: bool = False
    whole: int = 0
    statuses: int = 0
    all_numbers: tuple[Bound, ...] = ()
    sums_up: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    """Alternatives, one of which must be met: concepts by region, or numbers."""

    general: int
    in_if: int
    in_unless: int
    in_own: int
    numbers: tuple[NumberTest, ...]


@dataclass(frozen=True, slots=True)
class Pattern:
    """A compiled frame."""

    rule: str
    index: int
    says: Says
    when: str
    groups: tuple[Group, ...]
    stops: tuple[int, int, int, int]
    stop_numbers: tuple[NumberTest, ...]
    cover: int
    cover_unless: int
    allowed_numbers: tuple[NumberTest, ...]
    heads: frozenset[str]
    order: int = 0
    named: int = 0
    scope: int = 0
    stated: int = 0
    mention: bool = False

    @property
    def weight(self) -> int:
        """How specific the frame is."""
        return len(self.groups)

    def matches(self, scene: Scene) -> bool:
        """Say whether the clause states what the frame describes."""
        # A quoted error is judged by its own words, not by those that put it right.
        around = scene.mask if scene.claim.denied else scene.everywhere
        general, in_if, in_unless, in_own = self.stops
        if scene.claim.mask & in_own:
            return False
        if (around | scene.if_mask | scene.unless_mask) & general:
            return False
        if scene.if_mask & in_if or scene.unless_mask & in_unless:
            return False
        mask = scene.mask
        scoped = self.says == "right" and self.scope and scene.statuses
        if scoped and not scene.statuses & (self.scope | self.stated):
            return False  # what is true of a J-1 is no proof for an H-1B
        for group in self.groups:
            if mask & group.general or scene.if_mask & group.in_if:
                continue
            if scene.claim.mask & group.in_own:
                continue
            if group.numbers and self._has(group.numbers, scene):
                continue
            excepted = (scene.unless_mask | scene.before) & group.in_unless
            if not excepted or (self.says == "right" and scene.grants):
                return False  # "may do it without X" does not say that X is needed
        if self.stop_numbers:
            bounds = scene.claim.numbers
            return not any(test.holds(b) for b in bounds for test in self.stop_numbers)
        return True

    def _has(self, tests: tuple[NumberTest, ...], scene: Scene) -> bool:
        return any(
            self.owns(bound) and any(self._tells(test, bound, scene) for test in tests)
            for bound in scene.claim.numbers
        )

    def _tells(self, test: NumberTest, bound: Bound, scene: Scene) -> bool:
        """Say whether the number passes: "another" one does not where the right one is told."""
        if not test.holds(bound):
            return False
        if test.relation not in ("!=", ">") or self.says != "wrong":
            return True
        if scene.sums_up:
            return False  # "3 + 3 + 2 = 8" tells parts and sums, no limit
        return not any(
            other.number.dimension == test.dimension and other.number.high in test.values
            for other in scene.all_numbers
            if other is not bound
        )

    def stated_in(self, scene: Scene, said: int, signed: int) -> bool:
        """Say whether the sentence itself makes the claim, not what was spoken of before it."""
        own = False
        missing = 0
        for group in self.groups:
            concepts = group.general | group.in_own
            if group.numbers or group.in_if or group.in_unless or concepts & said:
                own = own or bool(group.numbers or concepts & said & signed)
            else:
                missing += 1
        if not missing:
            return True
        return own and missing < 2 and (scene.claim.refers or not scene.claim.has_verb)

    def owns(self, bound: Bound) -> bool:
        """Say whether the number belongs to something the frame is about."""
        if bound.head == REST:
            return False
        free = bound.number.dimension in ("days", "hours", "percent")
        return free or not bound.head or bound.head in self.heads or bound.head in _ANY_HEAD

    def explains(self, bound: Bound) -> bool:
        """Say whether a right frame accounts for the number."""
        return self.owns(bound) and any(test.holds(bound) for test in self.allowed_numbers)


class PatternIndex:
    """Finds the patterns that a clause can match by the rarest group of each."""

    def __init__(self, patterns: Iterable[Pattern], common: int) -> None:
        """`common` are the bits of concepts found in most sentences: poor pivots."""
        self._by_bit: dict[int, list[Pattern]] = {}
        self._always: list[Pattern] = []
        for pattern in patterns:
            pivots = [_pivot(group) for group in pattern.groups]
            usable = [pivot for pivot in pivots if pivot]
            if not usable:
                self._always.append(pattern)
                continue
            best = min(usable, key=lambda mask: (mask & common).bit_count() * 9 + mask.bit_count())
            for bit in bits_of(best):
                self._by_bit.setdefault(bit, []).append(pattern)

    def matching(self, scene: Scene) -> list[Pattern]:
        """Return the patterns that match, in the order of the rulebook."""
        present = scene.mask | scene.if_mask | scene.unless_mask | scene.before
        seen: dict[int, Pattern] = {}
        by_bit = self._by_bit
        for bit in bits_of(present):
            for pattern in by_bit.get(bit, ()):
                if id(pattern) not in seen and pattern.matches(scene):
                    seen[id(pattern)] = pattern
        for pattern in self._always:
            if pattern.matches(scene):
                seen[id(pattern)] = pattern
        return sorted(seen.values(), key=lambda pattern: pattern.order)


def _pivot(group: Group) -> int:
    if group.numbers:
        return 0
    return group.general | group.in_if | group.in_unless | group.in_own


def bits_of(mask: int) -> Iterable[int]:
    """Yield the set bits of a mask, each as a mask."""
    while mask:
        bit = mask & -mask
        yield bit
        mask ^= bit


def compile_frames(book: Rulebook, lexicon: Lexicon) -> tuple[Pattern, ...]:
    """Compile every rule's frames; raises FrameError with the rule and the frame."""
    found: list[Pattern] = []
    for rule in book:
        for index, frame in enumerate(rule.claims):
            try:
                found.append(_compiled(rule, index, frame, lexicon, len(found)))
            except KeyError as error:
                raise FrameError(
                    f"{rule.id}: claims[{index}]: unknown concept {error}; use one of lexicon.yaml"
                ) from error
    return tuple(found)


def _compiled(rule: Rule, index: int, frame: Frame, lexicon: Lexicon, order: int) -> Pattern:
    reader = _Reader(lexicon)
    groups = tuple(reader.group(word) for word in frame.when.split())
    stated = reader.cover
    stops = _Reader(lexicon)
    stop_groups = [stops.group(word) for word in frame.unless.split()]
    for word in frame.allow.split():
        reader.group(word)
    return Pattern(
        rule.id,
        index,
        frame.says,
        frame.when,
        groups,
        (
            _any(group.general for group in stop_groups),
            _any(group.in_if for group in stop_groups),
            _any(group.in_unless for group in stop_groups),
            _any(group.in_own for group in stop_groups),
        ),
        tuple(stops.tests),
        reader.cover | _scope_cover(rule, lexicon),
        reader.cover_unless,
        tuple(reader.tests),
        frozenset(reader.heads),
        order,
        _any(group.general | group.in_own for group in groups),
        _scope_cover(rule, lexicon),
        stated,
        all(_names_only(group, lexicon) for group in groups),
    )


def _names_only(group: Group, lexicon: Lexicon) -> bool:
    """Say whether the group can be met by naming a topic."""
    if group.numbers and not (group.general | group.in_own):
        return False
    named = group.general | group.in_own | group.in_if | group.in_unless
    predicates = _any(
        bit * 3 for name, bit in lexicon.bits.items() if lexicon.kinds[name] in ("polar", "marker")
    )
    return bool(named & PLAIN & ~predicates)


def _any(masks: Iterable[int]) -> int:
    whole = 0
    for mask in masks:
        whole |= mask
    return whole


def _scope_cover(rule: Rule, lexicon: Lexicon) -> int:
    """A rule explains the status that it is about."""
    mask = 0
    for visa in rule.scope.visa:
        mask |= lexicon.bits.get(visa, 0)
    return mask


class _Reader:
    """Reads groups and gathers what they name."""

    def __init__(self, lexicon: Lexicon) -> None:
        self.lexicon = lexicon
        self.cover = self.cover_unless = 0
        self.tests: list[NumberTest] = []
        self.heads: set[str] = set()

    def group(self, word: str) -> Group:
        masks = [0, 0, 0, 0]
        tests: list[NumberTest] = []
        for part in word.split("|"):
            if part.startswith("#"):
                tests.append(_number_test(part))
                continue
            for region, name, mask in _named(part, self.lexicon):
                masks[region] |= mask
                self.heads.add(name)
                if region == 2:
                    self.cover_unless |= mask
                else:
                    self.cover |= mask
        self.tests += tests
        return Group(masks[0], masks[1], masks[2], masks[3], tuple(tests))


def _number_test(word: str) -> NumberTest:
    match = _NUMBER.fullmatch(word)
    if match is None:
        raise KeyError(word)
    letter, relation, values, kind = match.groups()
    parsed = tuple(float(value) for value in (values or "").split(",") if value)
    return NumberTest(_DIMENSIONS[letter], relation or "", parsed, kind or "")


def _named(part: str, lexicon: Lexicon) -> Iterable[tuple[int, str, int]]:
    region = 0
    if ":" in part:
        prefix, part = part.split(":")
        region = {"if": 1, "un": 2, "own": 3}[prefix]
    sign = part[-1] if part[-1] in "-~" else ""
    name = part.rstrip("-~")
    names = lexicon.groups[name[1:]].split() if name.startswith("@") else [name]
    for one in names:
        bare = one.rstrip("-~")
        bit = lexicon.bits[bare]
        mark = one[-1] if one[-1] in "-~" else sign
        yield region, bare, {"": bit, "-": bit << 1, "~": bit | bit << 1}[mark]
