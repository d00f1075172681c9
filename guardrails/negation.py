"""Give every "not", "no" and "never" its target."""

from __future__ import annotations

from .items import AUXILIARY, BEFORE_COMMAND, COMMANDS, FINITE, MODALS, Item, flip
from .lexicon import Lexicon, stem
from .text import word_set

_SOFT_NOUNS = frozenset(("strong", "weak"))
_NEGATORS_WITH_SUBJECT = word_set("neither none nobody nothing nor no")
_BENIGN = frozenset(
    stem(word)
    for word in word_set(
        "open vary differ help ask discuss consider want wish check read seem suggest wonder"
    )
)
_STUCK = 2  # a negator that turns nothing a frame could see


class Negation:
    """Resolves the negators of a clause with the kinds of one lexicon."""

    def __init__(self, lexicon: Lexicon) -> None:
        self.lexicon = lexicon
        self.kinds = lexicon.kinds

    def resolve(self, items: list[Item]) -> tuple[bool, int]:
        """Give each negator its target; returns (a negator is left over, sign of an ellipsis)."""
        pending, stuck = 0, False
        for index, item in enumerate(items):
            if item.has("not") or item.has("no"):
                waits = self._negate(items, index)
                stuck = stuck or waits == _STUCK
                pending ^= waits & 1
            elif item.kind == "concept" and pending and self._takes_negation(items, index):
                flip(item)
                pending = 0
        closes = bool(items) and (items[-1].has("not") or items[-1].has("no"))
        target = self._last_polar(items) or self._last_noun(items)
        if pending and closes and target:
            flip(target)
            pending = 0
        for index, item in enumerate(items):
            if (
                item.text in MODALS
                and item.signs.get("permit") == 1
                and self._mentions_next(items, index)
            ):
                item.signs = {}
        rest = [
            i
            for i in items
            if i.kind == "concept" and self._kind_of(i) in {"polar", "strong", "weak"}
        ]
        if pending or stuck:
            return True, -1
        return False, 1 if not rest and items and items[-1].text in AUXILIARY else 0

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
            modal = items[index].text in MODALS
            return not (modal and self._polar_after(items, index))
        if "automatic" in items[index].signs and self._polar_after(items, index, 3):
            return False
        return bool(kinds & _SOFT_NOUNS)

    def _polar_after(self, items: list[Item], index: int, within: int = 8) -> Item | None:
        for item in items[index + 1 : index + 1 + within]:
            modal = item.kind != "concept" or item.text in MODALS
            if not modal and any(self.kinds[name] == "polar" for name in item.signs):
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
                flip(before)
                return 0
            if before is None or before.stem != "be":
                following.number, following.kind = None, "word"
                return 0
        if before is not None and item.text == "not" and before.kind == "concept":
            later = self._polar_after(items, index, 4)
            if before.text in MODALS:
                if later is None:
                    flip(before)
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
            opens = all(i.text in BEFORE_COMMAND for i in items[: index - 1])
            if self._kind_of(following) == "polar":
                flip(following)
                return 0
            if opens and following.text.split()[0] in COMMANDS:
                return 0
        if item.text == "nor" and any(other.text == "neither" for other in items[:index]):
            return 0
        if item.text == "nothing" and before is not None and before.text not in FINITE:
            if_object = before.is_verb or bool(before.signs)
        else:
            if_object = item.text == "not" and self._is_reduced(items, index)
        if if_object:
            return _STUCK  # "pays nothing" denies the payment and nothing that follows
        if item.text.split()[0] in _NEGATORS_WITH_SUBJECT:
            target = self._next_concept(items, index)
            if target is not None and bool({self.kinds[n] for n in target.signs} & _SOFT_NOUNS):
                position = items.index(target)
                if item.text in {"no", "zero"} and self._polar_after(items, position, 5) is None:
                    flip(target)
                    return 0
            later = self._polar_after(items, index, 12) or self._modal_after(items, index)
            excluded = target is not None and self._kind_of(target) == "status"
            if excluded and item.text == "no" and later is None and target is not None:
                flip(target)
                return 0
            if later is not None:
                flip(later)
                return 0
        if item.text == "not" and (target := self._excluded_status(items, index)):
            flip(target)
            return 0
        return 0 if item.text == "not" and self._only_contrasts(items, index) else 1

    def _is_reduced(self, items: list[Item], index: int) -> bool:
        """Say whether a "not" belongs to a participle: "work not described in the program"."""
        before, following = items[index - 1] if index else None, items[index + 1 : index + 2]
        if before is None or before.text in FINITE or not following or before.has("pseudo"):
            return False
        return following[0].text.endswith("ed") and not following[0].signs

    def _only_contrasts(self, items: list[Item], index: int) -> bool:
        """Say whether a "not" merely sets off someone: "the employer pays, not you"."""
        before = items[index - 1] if index else None
        if (
            before is None
            or before.text in AUXILIARY
            or before.text in FINITE
            or before.stem == "be"
        ):
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
            if item.kind == "concept" and item.text in MODALS:
                return item
        return None
