"""Every sentence is verified or replaced here; nothing reaches a reader before its verdict."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from bot.types import Correction, DraftSentence, Layout, Origin, Source, Standing
from guardrails.check import Checker

MAX_REPLACEMENTS = 2


@dataclass(frozen=True, slots=True)
class Guarded:
    """A sentence that may be shown."""

    text: str
    origin: Origin
    standing: Standing
    source: Source | None
    rule: str | None = None
    layout: Layout = "text"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What may be shown, and which sentences were replaced by which rule."""

    sentences: tuple[Guarded, ...]
    replaced: tuple[Correction, ...]


def guard(
    draft: Sequence[DraftSentence],
    *,
    is_reviewed: Callable[[DraftSentence], bool],
    checker: Checker,
    rule_source: Callable[[str], Source | None],
    context: str,
    on: date,
) -> Outcome:
    """Let through what is exact, prove the rest, replace what cannot be proved.

    `is_reviewed` says whether a sentence stands word for word in a reviewed guide, the rulebook
    or a conclusion: those speak verbatim. Everything else goes through the checker, which fails
    closed: an exception counts as unproved.
    """
    shown: list[Guarded] = []
    replaced: list[Correction] = []
    used: set[str] = set()
    for sentence in draft:
        if sentence.origin == "phrase" or is_reviewed(sentence):
            shown.append(_as_is(sentence, "exact"))
            continue
        standing, rule_id, statement = _judge(sentence.text, checker, context, on)
        if standing != "replaced":
            shown.append(_as_is(sentence, standing))
            continue
        if rule_id is None or rule_id in used or len(used) >= MAX_REPLACEMENTS:
            continue
        used.add(rule_id)
        replaced.append(Correction("", statement, rule_id, of="draft"))
        shown.append(
            Guarded(statement, "rule", "replaced", rule_source(rule_id), rule_id, sentence.layout)
        )
    return Outcome(tuple(shown), tuple(replaced))


def _as_is(sentence: DraftSentence, standing: Standing) -> Guarded:
    return Guarded(
        sentence.text, sentence.origin, standing, sentence.source, sentence.rule, sentence.layout
    )


def _judge(text: str, checker: Checker, context: str, on: date) -> tuple[Standing, str | None, str]:
    try:
        verdict = checker.check_sentence(text, context=context, on=on)
    except Exception:
        # Fail closed: a fault in the checker must never let a sentence of law through.
        return "replaced", None, ""
    if verdict.verdict == "consistent":
        return "proved", verdict.rule, ""
    if verdict.verdict == "off-topic":
        return "off-topic", None, ""
    return "replaced", verdict.rule, verdict.statement or ""
