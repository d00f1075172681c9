"""A sentence -> clauses: what is said of whom, with sign, numbers, conditions and what is left over."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal

from .lexicon import Entry, Lexicon, Token, stem, tokens
from .numbers import Quantity, quantities

Role = Literal["main", "if", "unless", "reported"]
Act = Literal["assert", "question", "hypothetical", "ask"]
ItemKind = Literal["concept", "operator", "number", "word", "unknown", "foreign", "mark"]

_MODALS = frozenset("may can could might".split())
_HARD_MARKS = frozenset(';:|()"?!>=*')
_SOFT_NOUNS = frozenset(("strong", "weak"))
_HEADS = frozenset(("status", "strong", "weak", "noun"))
_NEGATORS_WITH_SUBJECT = frozenset("neither none nobody nothing nor no".split())
_RULE_WORDS = frozenset("rul requirement obligation bar condition restriction clock stay block".split())
_WEEK_WORDS = frozenset("week weekly wk limit cap maximum max ceiling rul averag".split())
_FRESH = frozenset("new another fresh second additional extra further more".split())
_BENIGN = frozenset(map(stem, "open vary differ help ask discuss consider want wish check read seem suggest wonder".split()))
_BEFORE_LAST = frozenset("the your his her my their our its at very of a".split())
_MOST_YEARS = 15
_LONG_HOURS = 50  # so many hours of work can only be meant by the week
_PROCLAIMED_PAYMENT = 100_000
MAX_TOKENS = 160  # in one sentence; a longer one is not understood


@dataclass(slots=True)
class Item:
    """One recognised stretch of tokens."""

    kind: ItemKind
    text: str
    stem: str
    entry: Entry | None = None
    number: Quantity | None = None
    signs: dict[str, int] = field(default_factory=dict[str, int])
    spaced: bool = True
    is_verb: bool = False

    def has(self, name: str) -> bool:
        """Say whether the item is the operator `name`."""
        return self.kind == "operator" and self.entry is not None and self.entry.operator == name


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


@dataclass(frozen=True, slots=True)
class Parsed:
    """All clauses of one sentence and what kind of act it is."""

    claims: tuple[Claim, ...]
    act: Act
    too_long: bool = False


class Parser:
    """Parse sentences with one lexicon; holds no state between calls."""

    def __init__(self, lexicon: Lexicon) -> None:
        self.lexicon = lexicon
        self.kinds = lexicon.kinds
        self.bits = lexicon.bits

    def parse(self, text: str) -> Parsed:
        """Return the clauses of one sentence in normal form."""
        words = tokens(text)
        if len(words) > MAX_TOKENS:
            return Parsed((), "assert", too_long=True)
        items = self._items(words)
        act = _act(items, text)
        groups = self._clauses(items)
        claims = tuple(self._claim(group) for group in groups if group.items)
        return Parsed(claims, act)

    # ---- tagging

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
            named = entry is not None and bool(entry.concepts) and after == number.last + 1 if number else False
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
        if item.text in _FINITE or item.stem in self.lexicon.verbs:
            return True
        return any(self.kinds[name] == "polar" for name in item.signs)

    # ---- clauses

    def _clauses(self, items: list[Item]) -> list[_Group]:
        groups = _split(items)
        return _mark_denied(_merged(groups))

    def _claim(self, group: _Group) -> Claim:
        items = group.items
        dangling, elliptical = self._resolve_negation(items)
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
        imperative = _imperative(items) if commands else 0
        if imperative:
            mask |= self._bit("urge", imperative)
        if group.only:
            mask |= self._bit("only_if", 1)
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
            imperative != 0,
            any(item.text in _REFERENCES for item in items) or _starts_with_some(items),
            any(item.is_verb for item in items),
            self._only_mentions(items),
            group.confirmed,
            group.before,
            group.joint == "because",
        )

    def _only_mentions(self, items: list[Item]) -> bool:
        """Say whether every verb is one of saying, thinking or choosing."""
        return all(
            item.stem in self.lexicon.mention or item.text in _FINITE
            for item in items
            if item.is_verb
        )

    def _bit(self, name: str, sign: int) -> int:
        bit = self.bits[name]
        return bit if sign > 0 else bit << 1

    def _resolve_negation(self, items: list[Item]) -> tuple[bool, int]:
        """Give each negator its target; returns (a negator is left over, sign of an ellipsis)."""
        pending = 0
        for index, item in enumerate(items):
            if item.has("not") or item.has("no"):
                pending ^= self._negate(items, index)
            elif item.kind == "concept" and pending and self._takes_negation(items, index):
                _flip(item)
                pending = 0
        closes = bool(items) and (items[-1].has("not") or items[-1].has("no"))
        if pending and closes:
            if target := self._last_polar(items) or self._last_noun(items):
                _flip(target)
                pending = 0
        for index, item in enumerate(items):
            if item.text in _MODALS and item.signs.get("permit") == 1 and self._mentions_next(items, index):
                item.signs = {}
        rest = [i for i in items if i.kind == "concept" and self._kind_of(i) in {"polar", "strong", "weak"}]
        if pending:
            return True, -1
        return False, 1 if not rest and items and items[-1].text in _AUXILIARY else 0

    def _mentions_next(self, items: list[Item], index: int) -> bool:
        """Say whether a "may" goes with a verb that claims nothing: "may vary", "can help"."""
        for item in items[index + 1 : index + 4]:
            if item.is_verb:
                return item.stem in _BENIGN and not item.signs
        return False

    def _kind_of(self, item: Item) -> str:
        return self.kinds[next(iter(item.signs))] if item.signs else ""

    def _takes_negation(self, items: list[Item], index: int) -> bool:
        kinds = {self.kinds[name] for name in items[index].signs}
        if "polar" in kinds:
            modal = items[index].text in _MODALS
            return not (modal and self._polar_after(items, index))
        if "automatic" in items[index].signs and self._polar_after(items, index, 3):
            return False
        return bool(kinds & _SOFT_NOUNS)

    def _polar_after(self, items: list[Item], index: int, within: int = 8) -> Item | None:
        for item in items[index + 1 : index + 1 + within]:
            if item.kind == "concept" and item.text not in _MODALS:
                if any(self.kinds[name] == "polar" for name in item.signs):
                    return item
        return None

    def _last_polar(self, items: list[Item]) -> Item | None:
        for item in reversed(items):
            if item.kind == "concept" and any(self.kinds[name] == "polar" for name in item.signs):
                return item
        return None

    def _last_noun(self, items: list[Item]) -> Item | None:
        for item in reversed(items):
            if item.kind == "concept" and {self.kinds[n] for n in item.signs} & _SOFT_NOUNS:
                return item
        return None

    def _negate(self, items: list[Item], index: int) -> int:
        """Apply a negator at `index`; return 1 where it still waits for a target."""
        before = items[index - 1] if index else None
        item = items[index]
        following = items[index + 1] if index + 1 < len(items) else None
        if following is not None and following.number is not None:
            if item.text == "no" and before is not None and self._kind_of(before) == "polar":
                _flip(before)
                return 0
            if before is None or before.stem != "be":
                following.number, following.kind = None, "word"
                return 0
        if before is not None and item.text == "not" and before.kind == "concept":
            later = self._polar_after(items, index, 4)
            if before.text in _MODALS:
                if later is None:
                    _flip(before)
                    return 0
                before.signs = {}
                return 1
            if before.text in {"must", "shall"}:
                before.signs = {} if later else {"permit": -1}
                return 1 if later else 0
            if before.stem == "need":
                before.signs = {"require": -1}
                return 0
        if before is not None and before.text == "do" and following is not None:
            opens = all(i.text in _BEFORE_COMMAND for i in items[: index - 1])
            if self._kind_of(following) == "polar":
                _flip(following)
                return 0
            if opens and following.text.split()[0] in _COMMANDS:
                return 0
        if item.text == "nor" and any(other.text == "neither" for other in items[:index]):
            return 0
        if item.text.split()[0] in _NEGATORS_WITH_SUBJECT:
            target = self._next_concept(items, index)
            if target is not None and bool({self.kinds[n] for n in target.signs} & _SOFT_NOUNS):
                position = items.index(target)
                if item.text in {"no", "zero"} and self._polar_after(items, position, 5) is None:
                    _flip(target)
                    return 0
            elif target is not None and item.text == "no" and self._kind_of(target) == "status":
                if self._polar_after(items, index, 12) is None and not self._modal_after(items, index):
                    _flip(target)
                    return 0
            later = self._polar_after(items, index, 12) or self._modal_after(items, index)
            if later is not None:
                _flip(later)
                return 0
        if item.text == "not" and (target := self._excluded_status(items, index)):
            _flip(target)
            return 0
        return 0 if item.text == "not" and self._only_contrasts(items, index) else 1

    def _only_contrasts(self, items: list[Item], index: int) -> bool:
        """Say whether a "not" merely sets off someone: "the employer pays, not you"."""
        before = items[index - 1] if index else None
        if before is None or before.text in _AUXILIARY or before.text in _FINITE or before.stem == "be":
            return False
        rest = items[index + 1 :]
        spoken = any(self._kind_of(i) in ("polar", "strong", "weak") for i in items[:index])
        people = all(self._kind_of(i) in ("neutral", "") and i.kind != "unknown" for i in rest)
        return spoken and bool(rest) and people

    def _excluded_status(self, items: list[Item], index: int) -> Item | None:
        """Return the status of "not for J-1", "not on J-1", where nothing else can be negated."""
        rest = items[index + 1 :]
        if any(set(map(self.kinds.get, i.signs)) & {"polar", "strong", "weak"} for i in rest):
            return None
        for item in rest[:3]:
            if item.kind == "concept" and self._kind_of(item) == "status":
                return item
        return None

    def _next_concept(self, items: list[Item], index: int) -> Item | None:
        """Return the next concept, people and places left out."""
        for item in items[index + 1 : index + 6]:
            if item.kind == "concept" and self._kind_of(item) not in ("neutral", "noun", "marker"):
                return item
        return None

    def _modal_after(self, items: list[Item], index: int) -> Item | None:
        for item in items[index + 1 : index + 12]:
            if item.kind == "concept" and item.text in _MODALS:
                return item
        return None

    # ---- numbers

    def _bound(self, items: list[Item]) -> Iterable[Bound]:
        for index, item in enumerate(items):
            if item.number is not None and index and "instead_of" in items[index - 1].signs:
                continue
            if item.number is not None:
                head = self._head(items, index)
                number = item.number
                if number.dimension == "count" and number.high <= _MOST_YEARS and self._means_years(items, index, head):
                    item.number = number = Quantity(
                        number.low * 12, number.high * 12, "months", number.bound, number.first, number.last
                    )
                yield Bound(item.number, "home_req" if head == "two_years_rule" else head)

    def _means_years(self, items: list[Item], index: int, head: str) -> bool:
        """Say whether a bare number is one of years: "may not exceed seven", "against the seven"."""
        near = {name for item in items[max(0, index - 5) : index] for name in item.signs}
        if near & {"limit", "dur", "beyond"} and head in ("", "limit", "dur", "beyond"):
            following = items[index + 1] if index + 1 < len(items) else None
            return following is None or not (following.signs or following.text == "of")
        named = index and items[index - 1].text == "the"
        return bool(named) and items[index].number is not None and items[index].number.high in (6, 7)

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
            if direct and (had_other or moved) or (into and moved):
                mask |= self._bit(f"{other}_to_{name}", 1)
            elif follows and any(n == other for p, n in places if p > place):
                mask |= self._bit(f"{other}_to_{name}", 1)
        return mask


def _starts_with_some(items: list[Item]) -> bool:
    """Say whether "many are refused" leaves out what there are many of."""
    opens = items[0].text in ("many", "most", "some", "others", "all", "few")
    return opens and len(items) > 1 and items[1].is_verb


def _flip(item: Item) -> None:
    item.signs = {name: -sign for name, sign in item.signs.items()}


def _plain_item(word: Token, spaced: bool) -> Item:
    text = word.text
    if text == "last":
        return Item("word", text, text, spaced=spaced)
    if not text[0].isalnum():
        return Item("mark", text, text, spaced=spaced)
    if len(text) == 1 and text.isalpha():
        return Item("word", text, text, spaced=spaced)
    return Item("unknown", text, word.stem, spaced=spaced)


# ---- splitting into clauses

_FINITE = frozenset(
    "is are was were be been am will would shall should may can could might must has have had do does did "
    "need needs needn't isn't let get gets got".split()
)
_AUXILIARY = frozenset("is are do does did has have can may will was were".split())
_REFERENCES = frozenset("it they this that these those both neither either such he she them its their one there who which".split())
_STARTERS_OF_MAIN = frozenset("so as for which meaning".split())


@dataclass(slots=True)
class _Group:
    role: Role
    items: list[Item]
    joint: str = ""
    denied: bool = False
    reported: bool = False
    quoted: bool = False
    confirmed: bool = False
    only: bool = False
    before: bool = False
    commands: bool = False

    @property
    def has_verb(self) -> bool:
        return any(item.is_verb for item in self.items)


def _split(items: list[Item]) -> list[_Group]:
    groups: list[_Group] = [_Group("main", [])]
    in_quote = False

    def begin(role: Role, joint: str) -> None:
        if not groups[-1].items:
            kept = groups[-1].joint if joint in ("soft", "quote", "hard") and groups[-1].joint else joint
            groups[-1].role, groups[-1].joint = role, kept
        else:
            reported = groups[-1].reported and joint in ("quote", "soft", "and", "if")
            groups.append(_Group(role, [], joint, reported=reported))
        groups[-1].quoted = in_quote

    for index, item in enumerate(items):
        if item.kind == "mark":
            if item.text == '"':
                in_quote = not in_quote
                begin("main", "quote")
            elif item.text in ":=|":
                begin("main", "cell" if item.text == "|" else "colon")
            elif item.text in _HARD_MARKS or (item.text == "." and item.spaced is False) or (
                item.text == "-" and item.spaced
            ):
                begin("main", "hard")
            elif item.text == ",":
                begin("main", "soft")
            continue
        if item.kind == "operator" and item.entry is not None:
            operator = item.entry.operator
            after_pause = index == 0 or items[index - 1].kind == "mark"
            if operator in ("contrast", "unlike"):
                begin("main", operator)
                if operator == "unlike":
                    groups[-1].role = "reported"
                continue
            follows = items[index + 1].text if index + 1 < len(items) else ""
            causal = after_pause or item.text in _FIRM_CAUSES or (item.text == "as" and follows in _SUBJECTS)
            if operator == "because" and causal:
                begin("main", "because")
                continue
            if operator == "if" and item.text in _FIRM_CONDITIONS:
                begin("if", "if")
                continue
            if operator == "onlyif":
                begin("if", "if")
                groups[-1].only = True
                continue
            if operator == "earlier":
                begin("if", "if")
                groups[-1].before = True
                continue
            if operator in ("unless", "without"):
                begin("unless", "unless")
                continue
            if operator == "concede":
                begin("reported", "concede")
                continue
            if operator == "whether" and index:
                begin("reported", "whether")
                groups[-1].items.append(item)
                continue
            if operator == "report":
                groups[-1].reported = True
                continue
            if operator == "contrary":
                begin("main", "contrary")
                groups[-1].reported = True
                continue
        if item.text in ("and", "or") and _joins_clauses(groups[-1].items, items[index + 1 :]):
            begin("main" if groups[-1].role == "main" else groups[-1].role, "and")
            continue
        groups[-1].items.append(item)
    kept = [group for group in groups if group.items]
    for index, group in enumerate(kept):
        after_condition = index > 0 and kept[index - 1].role in ("if", "unless")
        group.commands = group.joint in ("", "hard", "quote") or after_condition or (
            group.joint == "because" and group.items[0].text == "so"
        )
    return kept


_FIRM_CAUSES = frozenset("because since therefore hence thus which which means meaning that is why consequently".split()) | {
    "which means", "that is why", "and so", "so that",
}
_SUBJECTS = frozenset("it its they you this that there he she we i".split())
_FIRM_CONDITIONS = frozenset("if when whenever once provided assuming where".split()) | {
    "provided that", "as long as", "so long as", "in case", "on condition", "in the event",
}


def _joins_clauses(left: list[Item], right: Sequence[Item]) -> bool:
    if not any(item.is_verb for item in left):
        return False
    first = right[0] if right else None
    if first is not None and first.is_verb and first.text not in _FINITE and not first.signs:
        return False
    for item in right[:7]:
        if item.kind == "mark" or item.text in ("and", "or"):
            return False
        if item.kind == "operator" and item.entry and item.entry.operator in ("contrast", "because", "if"):
            return False
        if item.is_verb:
            return True
    return False


def _merged(groups: list[_Group]) -> list[_Group]:
    """Join verbless pieces between commas to their neighbour: they are lists or openings."""
    merged: list[_Group] = []
    carry: list[Item] = []
    for position, group in enumerate(groups):
        group.items = carry + group.items
        carry = []
        if position and group.joint == "soft" and not group.has_verb and group.items[0].text == "not":
            group.role = "reported"
            merged.append(group)
            continue
        if group.role == "main" and not group.has_verb and not group.quoted:
            following = groups[position + 1] if position + 1 < len(groups) else None
            if merged and group.joint == "soft" and merged[-1].role == "main" and merged[-1].has_verb:
                merged[-1].items.extend(group.items)
                continue
            opens = group.joint in ("", "hard", "soft", "contrast", "because", "cell", "colon")
            if following is not None and following.joint in ("soft", "colon") and following.role == "main" and opens:
                carry = group.items
                following.joint = group.joint
                continue
        merged.append(group)
    for group, following in zip(merged, merged[1:], strict=False):
        # "Leave early and the requirement returns" says what follows if you leave.
        opens = group.role == "main" and group.commands and following.joint == "and"
        if opens and _imperative(group.items) + _breaks_off(group.items) and not _imperative(following.items):
            group.role = "if"
    if merged and not any(group.role == "main" for group in merged):
        merged[-1].role = "main"
    return merged


def _breaks_off(items: list[Item]) -> int:
    return int(bool(items) and "waiver_breach" in items[0].signs)


def _mark_denied(groups: list[_Group]) -> list[_Group]:
    """Mark clauses that the sentence calls false, or only reports."""
    result: list[_Group] = []
    for index, group in enumerate(groups):
        kinds = [item.entry.operator for item in group.items if item.kind == "operator" and item.entry]
        if "deny" in kinds:
            rest = _after(group.items, "deny")
            first = next(i for i, item in enumerate(group.items) if item.has("deny"))
            opening = [i for i in group.items[:first] if i.kind == "concept" and i.signs]
            if rest and opening:
                result.append(_Group("reported", group.items[:first]))
            if rest:
                group.denied = True
                group.items = rest
            elif index + 1 < len(groups):
                groups[index + 1].denied = True
        result.append(group)
        if "true_after" in kinds:
            _confirm(groups, index)
        elif "deny_after" in kinds:
            if rest := _deny_back(groups, index):
                result.append(rest)
    return result


def _after(items: list[Item], name: str) -> list[Item]:
    for index, item in enumerate(items):
        if item.has(name):
            return items[index + 1 :]
    return items


def _deny_back(groups: list[_Group], index: int) -> _Group | None:
    """Mark what "is a myth" looks back at; return the rest of the clause where there is one."""
    group = groups[index]
    place = next(i for i, item in enumerate(group.items) if item.has("deny_after"))
    before, after = group.items[:place], group.items[place + 1 :]
    quoted = [g for g in groups[:index] if g.quoted]
    rest = _Group("main", after) if any(item.signs or item.number for item in after) else None
    if quoted:
        for other in quoted:
            other.denied = True
        group.items = before
        return rest
    if any(item.signs and item.text not in _REFERENCES for item in before):
        group.denied = True
        group.items = before
        return rest
    if rest is not None:
        group.denied, group.items = True, after
    elif index:
        groups[index - 1].denied = True
    return None


def _confirm(groups: list[_Group], index: int) -> None:
    for group in groups[: index + 1]:
        if group.quoted:
            group.confirmed = True


_COMMANDS = frozenset(
    "accept offer take pick start file apply skip ignore use do get go enter change switch finish serve wait "
    "quit leave resign sign pay tell mention marry join begin transfer forget stay keep sit send "
    "turn decline avoid refuse let make bring count rely hand request schedule book claim hold have earn say "
    "moonlight consult enjoy grab try list enroll report complain extend renew return spend move choose "
    "feel".split()
)


def _imperative(items: list[Item]) -> int:
    """Return 1 for a command, -1 for a command not to, 0 for anything else."""
    sign = 1
    for item in items[:5]:
        if item.kind == "mark" or item.text in _BEFORE_COMMAND:
            continue
        if item.has("not"):
            sign = -sign
            continue
        if item.text.split()[0] in {"avoid", "skip", "decline", "refuse", "forget"}:
            return -sign
        if item.text == "do" and len(items) > 1 and items[1].has("not"):
            continue
        named = item.kind == "concept" and "urge" not in item.signs and len(item.text.split()) > 1
        return sign if item.text.split()[0] in _COMMANDS and not named else 0
    return 0


_BEFORE_COMMAND = frozenset("then so please just simply and or also instead therefore".split())


_QUESTION_WORDS = frozenset(
    "what which who whom whose when where why how is are was were do does did can could may might will would "
    "should must has have am shall isn't aren't doesn't don't can't".split()
)
_RHETORICAL = ("did you know", "do you know that", "who says", "why not", "why wait", "guess what", "isn't it great")


_RESTATES = re.compile(
    r"\byou(?:'d| would)? (?:like|want|wish|need|asked?|are asking|wonder(?:ed)?|are wondering)"
    r"(?: me)?(?: to know)? (?:if|whether|how|what|when|which|about)\b|\byour question\b"
)


def _act(items: list[Item], text: str) -> Act:
    lowered = text.lower().strip(" -*\"'")
    if _RESTATES.search(lowered):
        return "question"
    if text.rstrip(" \"')*_]").endswith("?"):
        if lowered.startswith(_RHETORICAL) or lowered.rstrip("?\"' ").endswith((", right", "correct", "isn't it", "no", "yes")):
            return "assert"
        return "question"
    first = next((item for item in items if item.kind != "mark"), None)
    if first is None:
        return "assert"
    if first.has("suppose"):
        return "hypothetical"
    if any(item.has("whether") for item in items[:4]):
        return "ask"
    if first.has("ask"):
        return "ask"
    return "assert"
