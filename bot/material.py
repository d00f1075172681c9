"""What a chat model may speak from: verified sentences, rules and conclusions, each in a slot."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from importlib.resources import files
from string import Template

from bot.draft import fits
from bot.parts import Parts
from bot.plan import Case, Plan
from bot.retrieve import visas_in
from bot.types import DraftSentence, Source
from bot.writer import Prompt
from guardrails.privacy import mask
from ingest.passages import Passage, Sentence, sentences

MAX_PASSAGES = 4
MAX_SENTENCES = 60


@dataclass(frozen=True, slots=True)
class Slot:
    """A sentence that stands ready; `lead_in` is the line that a list item hangs on.

    `rules` are those that its passage rests on.
    """

    sentence: DraftSentence
    lead_in: DraftSentence | None = None
    rules: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Material:
    """The slots by key ("1:2", "rule:id", "conclusion:1"), and as the model sees them."""

    slots: Mapping[str, Slot]
    listing: str
    # The reviewed wordings of each rule in play.
    rules: Mapping[str, tuple[str, ...]]
    # Titles of the passages, which may stand above their sentences where several things were asked.
    headings: tuple[str, ...] = ()


def collect(planned: Plan, case: Case, parts: Parts) -> Material:
    """The sentences of the passages that the draft rests on, where their scope fits the asker."""
    passages = _passages(planned, parts)
    named = visas_in(planned.standalone)
    slots: dict[str, Slot] = {}
    lines: list[str] = []
    for number, passage in enumerate(passages, start=1):
        lines.append(f"Passage {number}: {passage.heading}")
        for place, (sentence, lead_in) in enumerate(_usable(passage, case.visa, named), start=1):
            if len(slots) < MAX_SENTENCES:
                slots[f"{number}:{place}"] = _slot(passage, sentence, lead_in)
                lines.append(f"[[{number}:{place}]] {sentence.text}")
    rules = _rules(planned, passages, parts)
    for rule_id in rules:
        statement = parts.rulebook[rule_id].statement
        said = DraftSentence(statement, "rule", parts.rule_source(rule_id), rule_id)
        slots[f"rule:{rule_id}"] = Slot(said, rules=(rule_id,))
        lines.append(f"[[rule:{rule_id}]] {statement}")
    for number, conclusion in enumerate(planned.conclusions, start=1):
        source = parts.rule_source(conclusion.rule)
        said = DraftSentence(conclusion.text, "conclusion", source, conclusion.rule)
        slots[f"conclusion:{number}"] = Slot(said, rules=(conclusion.rule,))
        lines.append(f"[[conclusion:{number}]] {conclusion.text}")
    wordings = {rule_id: parts.rulebook[rule_id].own_sentences() for rule_id in rules}
    several = len(case.message.questions) > 1
    headings = tuple(p.heading for p in passages) if several else ()
    return Material(slots, "\n".join(lines), wordings, headings)


def _passages(planned: Plan, parts: Parts) -> list[Passage]:
    ids = dict.fromkeys(s.source.passage_id for s in planned.draft if s.source is not None)
    found = [parts.library.passage(i) for i in ids]
    return [p for p in found if p.guide_id != "rules"][:MAX_PASSAGES]


def _rules(planned: Plan, passages: Sequence[Passage], parts: Parts) -> list[str]:
    ids = [s.rule for s in planned.draft if s.rule] + [r for p in passages for r in p.rules]
    return [i for i in dict.fromkeys(ids) if i in parts.rulebook and parts.rule_source(i)]


def _usable(
    passage: Passage, visa: str | None, named: frozenset[str]
) -> list[tuple[Sentence, Sentence | None]]:
    """Whole sentences and list items; a table row says little outside its table."""
    every = [s for s in sentences(passage) if s.kind != "row"]
    by_text = {s.text: s for s in every}
    return [
        (s, by_text.get(s.lead_in) if s.lead_in else None)
        for s in every
        if not s.text.endswith(":") and fits(s.text, visa, named)
    ]


def _slot(passage: Passage, sentence: Sentence, lead_in: Sentence | None) -> Slot:
    head = _quoted(passage, lead_in) if lead_in else None
    return Slot(_quoted(passage, sentence), head, passage.rules)


def _quoted(passage: Passage, sentence: Sentence) -> DraftSentence:
    source = Source(passage.id, sentence.start, sentence.end)
    layout = "item" if sentence.kind == "item" else "text"
    return DraftSentence(sentence.text, "guide", source, layout=layout)


def prompt(planned: Plan, case: Case, material: Material) -> Prompt:
    """The prompt for one answer; whatever the person wrote or said goes out masked."""
    facts = "; ".join(f"{fact.name}: {fact.value}" for fact in case.situation.facts)
    user = Template(_read("question.md")).substitute(
        question=mask(planned.standalone).text or case.message.text,
        facts=mask(facts).text or "nothing was said",
        listing=material.listing,
    )
    return Prompt(_read("system.md"), user)


def prompt_version() -> str:
    """A hash of the prompt files, for the record of an answer."""
    return sha256((_read("system.md") + _read("question.md")).encode()).hexdigest()[:12]


@cache
def _read(name: str) -> str:
    return (files("bot") / "prompts" / name).read_text("utf-8")
