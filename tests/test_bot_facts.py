"""Own facts are read from the words told; questions, hypotheticals and hearsay give none."""

import time
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.facts import gather, read_facts
from guardrails.situation import conclude

_DATA = Path(__file__).parent / "data"
_ON = date(2026, 11, 22)
# Facts that must be absent where a case does not name them: a wrong one would change the answer.
_DECISIVE = frozenset(
    (
        "visa", "target_visa", "ever_j1", "step3", "waiver", "plan", "pgy", "termination",
        "spouse_visa", "j1_years_used", "h1b_years_used", "family_status", "home_years_served",
        "further_training",
    )
)  # fmt: skip


def _cases(name: str) -> list[tuple[str, dict[str, Any]]]:
    held = yaml.safe_load((_DATA / name).read_text(encoding="utf-8"))
    return [(text, expected) for text, expected in held]


def _wrong(text: str, expected: dict[str, Any]) -> dict[str, Any]:
    """Facts missing or different, and decisive facts that were not told."""
    found = {fact.name: fact.value for fact in read_facts(text)}
    wrong = {name: found.get(name) for name in expected if found.get(name) != expected[name]}
    extra = {name: found[name] for name in found if name in _DECISIVE and name not in expected}
    return wrong | extra


@pytest.mark.parametrize(("text", "expected"), _cases("facts_cases.yaml"))
def test_each_message_tells_its_facts(text: str, expected: dict[str, Any]) -> None:
    assert _wrong(text, expected) == {}


def test_nearly_all_later_messages_tell_their_facts() -> None:
    later = _cases("facts_unseen.yaml") + _cases("facts_unseen2.yaml")
    wrong = [text for text, expected in later if _wrong(text, expected)]
    assert len(wrong) <= 0.05 * len(later), wrong


@pytest.mark.parametrize(("text", "expected"), _cases("facts_cases.yaml"))
def test_every_quote_stands_in_the_message(text: str, expected: dict[str, Any]) -> None:
    del expected
    assert all(fact.quote and fact.quote in text for fact in read_facts(text))


def test_a_correction_takes_the_place_of_what_was_said() -> None:
    situation = gather(["I'm a J-1 resident in pathology"], "sorry, I meant H-1B, not J-1")
    assert situation.value("visa") == "h1b"
    assert situation.value("specialty") == "pathology"


def test_a_question_about_another_visa_changes_nothing() -> None:
    situation = gather(["I'm on J-1, PGY-2"], "what about H-1B?")
    assert situation.value("visa") == "j1"
    assert situation.value("pgy") == 2


def test_a_friend_s_visa_is_not_the_asker_s() -> None:
    earlier = ["my friend is on J-1, can he moonlight?"]
    assert gather(earlier, "ok").value("person") == "friend"
    own = gather(earlier, "and me? I'm on H-1B")
    assert own.value("visa") == "h1b"
    assert own.value("person") is None


def test_yesterday_is_dated_by_the_day_of_the_question() -> None:
    situation = gather([], "I was fired yesterday, I'm on H-1B", _ON)
    assert situation.value("termination_date") == "2026-11-21"
    assert gather([], "I was fired yesterday, I'm on H-1B").value("termination_date") is None


def test_told_facts_lead_to_the_sum() -> None:
    message = "I'm on J-1. IM 3 years, then cardiology 3, then CI 2. Does it fit?"
    texts = [conclusion.text for conclusion in conclude(gather([], message), _ON)]
    assert any("3 + 3 + 2 = 8 years" in text for text in texts)


def test_usual_lengths_are_called_usual() -> None:
    situation = gather([], "IM then nephrology then CI on J-1, does it fit?")
    assert "usual" in str(situation.value("plan"))


@pytest.mark.parametrize(
    "hostile",
    [
        "my friend on j-1 " * 60_000,
        "j1 h1b " * 140_000,
        "3 years im then " * 60_000,
        "," * 1_000_000,
    ],
)
def test_a_megabyte_of_hostile_text_is_read_in_seconds(hostile: str) -> None:
    start = time.perf_counter()
    read_facts(hostile)
    assert time.perf_counter() - start < 4
