"""A chat model's sentences -> what may be shown: slots filled, restatements proved or replaced."""

from __future__ import annotations

import re
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date

from bot.buffer import Unit
from bot.draft import word_count
from bot.guard import MAX_REPLACEMENTS, Guarded, guard
from bot.material import Material, Slot
from bot.support import is_linking, repeats, supports
from bot.types import Correction, DraftSentence, Layout, Source
from guardrails.check import Checker, Verdict
from guardrails.text import same

# How often a model may write one sentence, or lean on one slot, before it counts as going round in
# circles.
MAX_REPEATS = 2
MAX_USES = 4
# Sentences of a model that "it" in its next one may mean.
REMEMBERED = 3

_MARKUP = re.compile(
    r"</?[a-z!][^\n]{0,80}|\]\(|!\[|https?:|www\.|```|javascript:|data:", re.IGNORECASE
)
_HIDDEN = re.compile(r"[\x00-\x08\x0e-\x1b\x7f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_CLOSED = re.compile(r"[.!?:][\"”')]*$")
_ENDED = re.compile(r"[.!?][\"”')]*$")
_NO_ANSWER = re.compile(r"\s*NO ANSWER\W*", re.IGNORECASE)


class DraftFaultError(Exception):
    """A model's draft that is not shown; the message is the reason in one word."""


@dataclass(slots=True)
class Weaver:
    """Turns one model draft into sentences that may be shown, one unit at a time.

    `shown` holds the texts that the answer has already; none is shown twice.
    """

    material: Material
    checker: Checker
    is_reviewed: Callable[[DraftSentence], bool]
    rule_source: Callable[[str], Source | None]
    question: str
    on: date
    budget: int
    shown: set[str] = field(default_factory=set[str])
    corrections: list[Correction] = field(default_factory=list[Correction])
    # What the model placed or said rightly, and what was false or could not be let through.
    kept: int = 0
    refused: int = 0
    _said: deque[str] = field(default_factory=lambda: deque(maxlen=REMEMBERED))
    _seen: Counter[str] = field(default_factory=Counter[str])
    _broken: bool = False
    _used: Counter[str] = field(default_factory=Counter[str])
    _by_text: dict[str, Slot] = field(default_factory=dict[str, Slot])

    def __post_init__(self) -> None:
        self._by_text = {same(slot.sentence.text): slot for slot in self.material.slots.values()}

    def take(self, unit: Unit) -> list[Guarded]:
        """What may be shown for one sentence of the model.

        Raises:
            DraftFaultError: the draft as a whole is not to be shown.
        """
        self._refuse_faults(unit)
        lead = [g for key in unit.quoted for g in self._quote(key, unit.layout)]
        body = self._prose(unit) if unit.text else []
        return lead + body

    def close(self) -> None:
        """Judge the draft as a whole.

        Raises:
            DraftFaultError: it says nothing, or more of it was refused than kept.
        """
        if not self.kept:
            raise DraftFaultError("empty")
        if self.refused > self.kept:
            raise DraftFaultError("refuted")

    # ---- one sentence

    def _prose(self, unit: Unit) -> list[Guarded]:
        word_for_word = self._by_text.get(same(unit.text))
        if word_for_word is not None:
            found = self._fill(word_for_word, unit.layout)
            self.kept += bool(found)
            return found + self._quotes(unit)
        for heading in self.material.headings:
            if same(heading) == same(unit.text):
                return self._show([Guarded(heading, "phrase", "exact", None, layout="heading")])
        verdict = self._verdict(unit.text)
        self._said.append(unit.text)
        whole = self._is_whole(unit)
        harmless = verdict is not None and verdict.verdict in ("off-topic", "consistent")
        if harmless and _CLOSED.search(unit.text) and is_linking(unit.text):
            link = Guarded(unit.text, "phrase", "off-topic", None, layout=unit.layout)
            return self._show([link]) + self._quotes(unit)
        if harmless and whole and verdict is not None:
            kept = self._supported(unit, verdict)
            if kept:
                return kept
        return self._replaced(unit, verdict)

    def _is_whole(self, unit: Unit) -> bool:
        """Whether it is a sentence, and not a part of one that was broken over two lines."""
        ended = bool(_ENDED.search(unit.text))
        whole = ended and unit.text.lstrip("\"“'(")[:1].isupper() and not self._broken
        self._broken = not ended and unit.layout == "text"
        return whole

    def _supported(self, unit: Unit, verdict: Verdict) -> list[Guarded]:
        """The sentence itself with the citation that says the same, and its other slots quoted."""
        proved = verdict.verdict == "consistent"
        for key in (*unit.cited, *self._rule_slot(verdict, proved)):
            slot = self.material.slots.get(key)
            if slot is None or not self._bears_out(slot, unit.text, verdict, proved):
                continue
            said = replace(slot.sentence, text=unit.text, layout=unit.layout)
            standing = "proved" if proved else "off-topic"
            shown = Guarded(
                said.text,
                said.origin,
                standing,
                said.source,
                verdict.rule or said.rule,
                said.layout,
            )
            self.shown.add(slot.sentence.text)
            self.kept += 1
            return self._show([shown]) + self._quotes(unit, but=key)
        return []

    def _bears_out(self, slot: Slot, text: str, verdict: Verdict, proved: bool) -> bool:
        if not proved:
            return repeats(slot.sentence.text, text)
        rule = verdict.rule if verdict.rule in slot.rules else None
        wordings = self.material.rules.get(rule, ()) if rule else ()
        return supports((slot.sentence.text, *wordings), text)

    def _rule_slot(self, verdict: Verdict, proved: bool) -> tuple[str, ...]:
        return (f"rule:{verdict.rule}",) if proved and verdict.rule in self.material.rules else ()

    def _replaced(self, unit: Unit, verdict: Verdict | None) -> list[Guarded]:
        """The words of the sources cited, else of the rule that the sentence is about."""
        false = verdict is not None and verdict.verdict == "contradicts"
        quotes = self._quotes(unit, replaces=True)
        if quotes and not false:
            return quotes
        self.refused += 1
        if not quotes:
            quotes = self._rule_instead(unit, verdict, false=false)
        if quotes:
            self._count(verdict, quotes[0].text)
        return quotes

    def _rule_instead(self, unit: Unit, verdict: Verdict | None, *, false: bool) -> list[Guarded]:
        if verdict is None or not verdict.rule:
            return []
        if not (false or verdict.rule in self.material.rules):
            # The rule is only a guess where nothing was proved; off the topic it would confuse.
            return []
        slot = self.material.slots.get(f"rule:{verdict.rule}") or self._rule(verdict)
        return self._fill(slot, unit.layout, replaces=True) if slot else []

    def _rule(self, verdict: Verdict) -> Slot | None:
        source = self.rule_source(verdict.rule) if verdict.rule else None
        statement = verdict.statement
        if source is None or not statement:
            return None
        return Slot(DraftSentence(statement, "rule", source, verdict.rule))

    def _count(self, verdict: Verdict | None, statement: str) -> None:
        if len(self.corrections) >= MAX_REPLACEMENTS:
            raise DraftFaultError("refuted")
        rule = (verdict.rule if verdict else None) or ""
        self.corrections.append(Correction("", statement, rule, of="draft"))

    # ---- slots

    def _quotes(self, unit: Unit, *, but: str = "", replaces: bool = False) -> list[Guarded]:
        found: list[Guarded] = []
        for key in unit.cited:
            if key != but:
                found += self._quote(key, unit.layout, replaces=replaces)
        return found

    def _quote(self, key: str, layout: Layout, *, replaces: bool = False) -> list[Guarded]:
        slot = self.material.slots.get(key)
        if slot is None:
            self.refused += 1
            return []
        found = self._fill(slot, layout, replaces=replaces)
        self.kept += bool(found)
        return found

    def _fill(self, slot: Slot, layout: Layout, *, replaces: bool = False) -> list[Guarded]:
        if slot.sentence.text in self.shown:
            return []
        said = [slot.sentence]
        if slot.lead_in is not None and slot.lead_in.text not in self.shown:
            said.insert(0, slot.lead_in)
        elif slot.lead_in is None and slot.sentence.layout == "text":
            said = [replace(slot.sentence, layout=layout)]
        found: list[Guarded] = []
        for sentence in said:
            found += self._guarded(sentence)
        if replaces:
            found = [replace(g, standing="replaced") for g in found]
        if found:
            self._said.append(found[-1].text)
        return self._show(found)

    def _guarded(self, sentence: DraftSentence) -> list[Guarded]:
        """A sentence of an imported guide is checked here like any other."""
        outcome = guard(
            [sentence],
            is_reviewed=self.is_reviewed,
            checker=self.checker,
            rule_source=self.rule_source,
            context=self.question,
            on=self.on,
        )
        self.corrections += outcome.replaced
        return list(outcome.sentences)

    def _show(self, found: list[Guarded]) -> list[Guarded]:
        """Only what is new, and only as much as is read."""
        fresh = [g for g in found if g.text not in self.shown]
        words = sum(word_count(g.text) for g in fresh)
        if words > self.budget:
            return []
        self.budget -= words
        self.shown |= {g.text for g in fresh}
        return fresh

    # ---- faults

    def _refuse_faults(self, unit: Unit) -> None:
        text = unit.text
        self._seen[text or "".join(unit.quoted)] += 1
        self._used.update((*unit.quoted, *unit.cited))
        repeats = max(self._seen.values())
        if repeats > MAX_REPEATS or any(n > MAX_USES for n in self._used.values()):
            raise DraftFaultError("looping")
        if _NO_ANSWER.fullmatch(text):
            raise DraftFaultError("declined")

    def _verdict(self, text: str) -> Verdict | None:
        context = " ".join([self.question, *self._said])
        try:
            return self.checker.check_sentence(text, context=context, on=self.on)
        except Exception:
            # Fail closed: a fault in the checker must never let a sentence of law through.
            return None


def refuse_markup(text: str) -> None:
    """Refuse what a model must not write anywhere: tags, links, images, code, hidden characters.

    Raises:
        DraftFaultError: `text` holds one of them.
    """
    if _MARKUP.search(text):
        raise DraftFaultError("markup")
    if _HIDDEN.search(text):
        raise DraftFaultError("characters")
