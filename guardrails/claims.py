"""A sentence -> claims: what is said of whom, with sign, numbers and what is left over."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from .clauses import act_of, clauses
from .items import FINITE, REFERENCES, Act, Group, Item, ItemKind, Role, imperative
from .lexicon import Entry, Lexicon, Token, tokens
from .negation import Negation
from .numbers import Quantity, quantities
from .text import word_set

_HEADS = frozenset(("status", "strong", "weak", "noun"))
_RULE_WORDS = word_set("rul requirement obligation bar condition restriction clock stay block")
_WEEK_WORDS = word_set("week weekly wk limit cap maximum max ceiling rul averag")
_FRESH = word_set("new another fresh second additional extra further more")
_BEFORE_LAST = word_set("the your his her my their our its at very of a")
_MOST_YEARS = 15
_LONG_HOURS = 50  # so many hours of work can only be meant by the week
_PROCLAIMED_PAYMENT = 100_000
REST = "(rest)"  # head of a number that tells what is left, over, or how long before
_RESTS = word_set(
    "left remain remaining remains over short ahead ago earlier early spare apart away"
)
# What only J-1 physicians have, and what only H-1B workers have.
_OF_J1 = word_set("home_req go_home waiver conrad hardship persecution no_objection ds2019 flex")
_OF_H1B = word_set("petition lca portability recapture cap_exempt h1b_cap acwia ac21")
MAX_TOKENS = 160  # in one sentence; a longer one is not understood


@dataclass(frozen=True, slots=True)
class Bound:
    """A number with the concept it belongs to ("" where none is near)."""

    number: Quantity
    head: str


@dataclass(frozen=True, slots=True)
class Claim:
    """One clause: concepts with sign as a bit mask, numbers, and whatever nothing explains."""

    text: str
    role: Role
    mask: int
    numbers: tuple[Bound, ...]
    unknown: tuple[str, ...]
    foreign: int
    dangling: bool
    elliptical: int
    denied: bool
    reported: bool
    imperative: bool
    refers: bool
    has_verb: bool
    mentions: bool
    confirmed: bool = False
    before: bool = False
    premise: bool = False
    other_verb: bool = False
    misplaced: bool = False


@dataclass(frozen=True, slots=True)
class Parsed:
    """All clauses of one sentence and what kind of act it is."""

    claims: tuple[Claim, ...]
    act: Act
    too_long: bool = False
    cites: bool = False


class Parser:
    """Parse sentences with one lexicon; holds no state between calls."""

    def __init__(self, lexicon: Lexicon) -> None:
        self.lexicon = lexicon
        self.kinds = lexicon.kinds
        self.bits = lexicon.bits
        self._negation = Negation(lexicon)
        self._denials = sum(bit << 1 for bit in self.bits.values())

    def parse(self, text: str) -> Parsed:
        """Return the clauses of one sentence in normal form."""
        words = tokens(text)
        if len(words) > MAX_TOKENS:
            return Parsed((), "assert", too_long=True)
        items = self._items(words)
        act = act_of(items, text)
        groups = clauses(items)
        claims = tuple(self._claim(group) for group in groups if group.items)
        return Parsed(claims, act, cites=any(word.text in ("§", "212e") for word in words))

    def _items(self, words: list[Token]) -> list[Item]:
        words = [self._mended(word) for word in words]
        words = [
            Token(word.text, "last_", word.start, word.end)
            if word.text == "last" and index and words[index - 1].text in _BEFORE_LAST
            else word
            for index, word in enumerate(words)
        ]
        numbers = {number.first: number for number in quantities(words)}
        items: list[Item] = []
        index = 0
        while index < len(words):
            word = words[index]
            entry, after = self._longest(words, index)
            number = numbers.get(index)
            spaced = index == 0 or words[index - 1].end < word.start
            named = (
                entry is not None and bool(entry.concepts) and after == number.last + 1
                if number
                else False
            )
            if number is not None and not named and (entry is None or after <= number.last + 1):
                span = " ".join(w.text for w in words[index : number.last + 1])
                items.append(Item("number", span, word.stem, number=number, spaced=spaced))
                index = number.last + 1
                continue
            if entry is not None:
                items.append(self._entry_item(words, index, after, entry, spaced))
                index = after
                continue
            items.append(_plain_item(word, spaced))
            index += 1
        return items

    def _mended(self, word: Token) -> Token:
        if not word.text.isalpha() or self.lexicon.knows(word.stem) or len(word.text) < 5:
            return word
        found = self.lexicon.repaired(word.stem)
        return Token(word.text, found, word.start, word.end) if found else word

    def _longest(self, words: Sequence[Token], index: int) -> tuple[Entry | None, int]:
        node = self.lexicon.root
        best: Entry | None = None
        after = index
        position = index
        while position < len(words):
            word = words[position]
            if word.text in "-/'" and position > index:
                glued = words[position - 1].end == word.start
                if glued and position + 1 < len(words) and words[position + 1].start == word.end:
                    position += 1
                    continue
                break
            below = node.next.get(word.stem)
            if below is None:
                break
            node = below
            position += 1
            if node.entry is not None:
                best, after = node.entry, position
        return best, after

    def _entry_item(
        self, words: Sequence[Token], index: int, after: int, entry: Entry, spaced: bool
    ) -> Item:
        text = " ".join(word.text for word in words[index:after])
        kind: ItemKind = "word"
        if entry.operator:
            kind = "operator"
        elif entry.foreign:
            kind = "foreign"
        elif entry.concepts:
            kind = "concept"
        item = Item(kind, text, words[index].stem, entry, signs=dict(entry.concepts), spaced=spaced)
        item.is_verb = self._is_verb(item) or entry.operator in ("deny", "ask", "report")
        return item

    def _is_verb(self, item: Item) -> bool:
        if item.text in FINITE or item.stem in self.lexicon.verbs:
            return True
        return any(self.kinds[name] == "polar" for name in item.signs)

    def _claim(self, group: Group) -> Claim:
        items = group.items
        dangling, elliptical = self._negation.resolve(items)
        mask = 0
        unknown: list[str] = []
        foreign = 0
        for item in items:
            if item.signs:
                for name, sign in item.signs.items():
                    mask |= self._bit(name, sign)
                    for implied in self.lexicon.implies.get(name, ()):
                        mask |= self._bit(implied, 1)
            elif item.kind == "unknown":
                unknown.append(item.text)
            elif item.kind == "foreign":
                foreign += 1
        mask |= self._derived(items)
        numbers = tuple(self._bound(items))
        for bound in numbers:
            mask |= self._from_number(items, bound)
        for whole, parts in self.lexicon.combine:
            if all(mask & part for part in parts):
                for part in parts:
                    mask &= ~part
                mask |= whole
        commands = group.role == "main" and group.commands
        command = imperative(items) if commands else 0
        if command:
            mask |= self._bit("urge", command)
        if group.only:
            mask |= self._bit("only_if", 1)
        # "Zero hours are open to you" denies what it seems to grant.
        dangling = dangling or any(bound.number.high == 0 for bound in numbers)
        return Claim(
            " ".join(item.text for item in items),
            group.role,
            mask,
            numbers,
            tuple(unknown),
            foreign,
            dangling,
            elliptical,
            group.denied,
            group.reported,
            command != 0,
            any(item.text in REFERENCES for item in items) or _starts_with_some(items),
            any(item.is_verb for item in items),
            self._only_mentions(items),
            group.confirmed,
            group.before,
            group.joint == "because",
            self._has_other_verb(items),
            self._misplaces(items, mask),
        )

    def _misplaces(self, items: list[Item], mask: int) -> bool:
        """Say whether one status is given what belongs to the other: "the H-1B waiver"."""
        for item, following in pairwise(items):
            for status, alien in (("h1b", _OF_J1), ("j1", _OF_H1B)):
                if status not in item.signs or len(item.signs) > 1:
                    continue
                if alien & set(following.signs):
                    return True
                person = {"physician", "resident"} & set(following.signs)
                denied = mask & self._denials
                if person and not denied and any(mask & self.bits[name] for name in alien):
                    return True
        return False

    def _has_other_verb(self, items: list[Item]) -> bool:
        """Say whether a verb claims something that no concept stands for."""
        return any(
            item.is_verb
            and not item.signs
            and item.kind != "operator"
            and item.text not in FINITE
            and item.stem not in self.lexicon.mention
            for item in items
        )

    def _only_mentions(self, items: list[Item]) -> bool:
        """Say whether every verb is one of saying, thinking or choosing."""
        return all(
            item.stem in self.lexicon.mention or item.text in FINITE
            for item in items
            if item.is_verb
        )

    def _bit(self, name: str, sign: int) -> int:
        bit = self.bits[name]
        return bit if sign > 0 else bit << 1

    def _bound(self, items: list[Item]) -> Iterable[Bound]:
        for index, item in enumerate(items):
            if item.number is not None and index and "instead_of" in items[index - 1].signs:
                continue
            if item.number is not None:
                number = item.number
                near = items[index + 1 : index + 3]
                rest = any(other.text in _RESTS or other.stem == "remain" for other in near)
                head = REST if rest else self._head(items, index)
                if (
                    number.dimension == "count"
                    and number.high <= _MOST_YEARS
                    and self._means_years(items, index, head)
                ):
                    number = item.number = Quantity(
                        number.low * 12,
                        number.high * 12,
                        "months",
                        number.bound,
                        number.first,
                        number.last,
                    )
                yield Bound(number, "home_req" if head == "two_years_rule" else head)

    def _means_years(self, items: list[Item], index: int, head: str) -> bool:
        """Say whether a bare number means years: "may not exceed seven", "against the seven"."""
        near = {name for item in items[max(0, index - 5) : index] for name in item.signs}
        if near & {"limit", "dur", "beyond"} and head in ("", "limit", "dur", "beyond"):
            following = items[index + 1] if index + 1 < len(items) else None
            return following is None or not (following.signs or following.text == "of")
        named = index and items[index - 1].text == "the"
        number = items[index].number
        return bool(named) and number is not None and number.high in (6, 7)

    def _head(self, items: list[Item], index: int) -> str:
        right = self._scan(items[index + 1 : index + 6])
        left = self._scan(list(reversed(items[max(0, index - 8) : index])))
        if right[0] and (right[1] <= 3 or not left[0]):
            return right[0]
        return left[0] or right[0]

    def _scan(self, items: list[Item]) -> tuple[str, int]:
        for distance, item in enumerate(items, start=1):
            if item.kind == "number" or item.text in {"|", ";", ","}:
                return "", distance
            if item.kind == "concept":
                for name in item.signs:
                    if self.kinds[name] in _HEADS and name not in self.lexicon.auxiliary:
                        return name, distance
        return "", 99

    def _from_number(self, items: list[Item], bound: Bound) -> int:
        number = bound.number
        place = next(i for i, item in enumerate(items) if item.number is number)
        near = {item.stem for item in items[place + 1 : place + 5]}
        if number.dimension == "hours":
            long = number.high >= _LONG_HOURS and any(item.stem == "work" for item in items)
            return self._bit("hours_limit", 1) if long or near & _WEEK_WORDS else 0
        following = items[place + 1].stem if place + 1 < len(items) else ""
        mask = 0
        if place and items[place - 1].text in _FRESH:
            mask = self._bit("more_time", 1)
        if number.dimension == "months" and number.high == 24 and following in _RULE_WORDS:
            return mask | self._bit("home_req", 1)
        if number.dimension == "months" and number.high == 48 and following == "rul":
            return mask | self._bit("policy_topic", 1)
        if number.dimension == "months" and number.high == 24 and bound.head in ("", "home_req"):
            named = place and items[place - 1].text in ("the", "those", "these")
            if named and following not in ("of", "in"):
                return mask | self._bit("home_req", 1)
        if number.dimension == "money" and number.high == _PROCLAIMED_PAYMENT:
            mask |= self._bit("policy_topic", 1)
        return mask

    def _derived(self, items: list[Item]) -> int:
        """Add the direction of a change of status, which a bag of concepts cannot hold."""
        places = [(i, n) for i, item in enumerate(items) for n in item.signs if n in ("j1", "h1b")]
        mask = 0
        for place, name in places:
            before = [item.text for item in items[max(0, place - 3) : place]]
            into = bool({"to", "into", "onto", ">", "then", "on", "in"} & set(before[-2:]))
            moved = any("move" in item.signs for item in items[:place])
            other = "j1" if name == "h1b" else "h1b"
            had_other = any(n == other for p, n in places if p < place)
            direct = bool({"to", "into", "onto", ">", "then"} & set(before[-2:]))
            after = [item.text for item in items[place + 1 : place + 4]]
            follows = bool({"after", "following"} & set(after[:2]))
            goes = (direct and (had_other or moved)) or (into and moved)
            if goes or (follows and any(n == other for p, n in places if p > place)):
                mask |= self._bit(f"{other}_to_{name}", 1)
        return mask


def _starts_with_some(items: list[Item]) -> bool:
    """Say whether "many are refused" leaves out what there are many of."""
    opens = items[0].text in ("many", "most", "some", "others", "all", "few")
    return opens and len(items) > 1 and items[1].is_verb


def _plain_item(word: Token, spaced: bool) -> Item:
    text = word.text
    if text == "last":
        return Item("word", text, text, spaced=spaced)
    if not text[0].isalnum():
        return Item("mark", text, text, spaced=spaced)
    if len(text) == 1 and text.isalpha():
        return Item("word", text, text, spaced=spaced)
    return Item("unknown", text, word.stem, spaced=spaced)
