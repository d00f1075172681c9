"""What scoring looks up in our own rulebook and index; nothing is opened before it is asked for."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

import yaml

from .cases import Case
from .scoring import Oracle, Violations

if TYPE_CHECKING:
    from guardrails.check import Checker

_OPENING = re.compile(r"^\W*(?:yes|no)\s*[,:;.–-]\s*", re.IGNORECASE)


def default_oracle(on: date) -> Oracle:
    """The shipped rulebook's checker and the published index."""
    from bot.build import open_library
    from guardrails.check import default_checker

    library = open_library()

    def stored(guide_id: str, start: int, end: int) -> str | None:
        try:
            text = library.guide(guide_id).text
        except KeyError:
            return None
        return text[start:end] if 0 <= start < end else ""

    def passage(passage_id: str) -> str | None:
        try:
            return library.passage(passage_id).text
        except KeyError:
            return None

    return Oracle(violations_by(default_checker(), on), stored, passage, fixed_texts())


def violations_by(checker: Checker, on: date) -> Violations:
    """The sentences of a text that contradict a rule, each with the rule.

    "No, it cannot." is one denial and not two, so a sentence that opens with yes or no is only
    counted when it is rejected without its opening as well.
    """

    def violations(text: str, question: str) -> list[tuple[str, str]]:
        found: list[tuple[str, str]] = []
        for verdict in checker.check_text(text, context=question, on=on).sentences:
            if verdict.verdict != "contradicts":
                continue
            bare = _OPENING.sub("", verdict.text)
            if bare != verdict.text:
                again = checker.check_sentence(bare, context=question, on=on)
                if again.verdict != "contradicts":
                    continue
            found.append((verdict.rule or "a rule", verdict.text))
        return found

    return violations


def fixed_texts() -> str:
    """Every reviewed reply and phrase that the bot says as it stands."""
    from importlib.resources import files

    texts: list[str] = []
    for package, name in (("guardrails", "replies.yaml"), ("bot", "phrases.yaml")):
        source: object = yaml.safe_load((files(package) / name).read_text(encoding="utf-8"))
        texts += _strings(source)
    return "\n".join(texts)


def _strings(value: object) -> list[str]:
    if isinstance(value, str):
        return [value]
    items = value.values() if isinstance(value, dict) else value if isinstance(value, list) else []
    return [text for item in items for text in _strings(item)]


def relevant_passages(cases: Sequence[Case]) -> dict[str, list[str]]:
    """Case id -> passages that hold its answer: those named, and those of its rules and signs."""
    from bot.build import open_library

    passages = open_library().passages()
    by_mark: dict[str, list[str]] = {}
    for passage in passages:
        marks = [*(f"rule:{rule}" for rule in passage.rules), *(f"sign:{s}" for s in passage.signs)]
        for mark in marks:
            by_mark.setdefault(mark, []).append(passage.id)
    found: dict[str, list[str]] = {}
    for case in cases:
        marks = [*(f"rule:{rule}" for rule in case.rules), *(f"sign:{sign}" for sign in case.signs)]
        ids = [*case.expected_passages, *(i for mark in marks for i in by_mark.get(mark, ()))]
        if ids:
            found[case.id] = list(dict.fromkeys(ids))
    return found
