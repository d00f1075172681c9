"""Crises, refusals and small talk come first; ordinary questions always reach the answer."""

import re
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from guardrails.cues import CueRule, parse_weights
from guardrails.intents import PhraseLexicon
from guardrails.safety import Notice, assess, deadline, in_domain, scope, unrelated

_DATA = Path(__file__).parent / "data"


def _load(name: str):
    return yaml.safe_load((_DATA / name).read_text(encoding="utf-8"))


def _graded(name: str) -> list[tuple[str, str, str]]:
    return [
        (outcome, kind, text)
        for outcome, kinds in _load(name).items()
        if outcome != "ordinary"
        for kind, texts in kinds.items()
        for text in texts
    ]


_CASES = _graded("safety_cases.yaml")
_LATER = (
    _graded("safety_unseen.yaml")
    + _graded("safety_unseen2.yaml")
    + _graded("safety_unseen3.yaml")
    + _graded("safety_unseen4.yaml")
)
_ORDINARY: list[str] = [
    *_load("safety_ordinary.yaml"),
    *_load("safety_unseen.yaml")["ordinary"],
    *_load("safety_unseen2.yaml")["ordinary"],
    *_load("safety_unseen3.yaml")["ordinary"],
    *_load("safety_unseen4.yaml")["ordinary"],
]


@pytest.mark.parametrize(("outcome", "kind", "text"), _CASES)
def test_each_case_meets_its_outcome(outcome: str, kind: str, text: str) -> None:
    assert assess(text).outcome == outcome, kind


def test_most_cases_of_the_later_sets_meet_their_outcome() -> None:
    missed = [text for outcome, _, text in _LATER if assess(text).outcome != outcome]
    assert len(missed) <= 0.04 * len(_LATER), missed


def _met(text: str) -> str:
    outcome = assess(text).outcome
    outside = outcome == "answer" and (scope(text) or unrelated(text))
    return "abstain" if outside else outcome


@pytest.mark.parametrize(
    ("outcome", "least"),
    [("crisis", 0.88), ("refuse", 0.8), ("abstain", 0.93), ("smalltalk", 0.95), ("answer", 0.95)],
)
def test_oblique_words_meet_their_outcome_in_most_cases(outcome: str, least: float) -> None:
    texts: list[str] = _load("safety_oblique.yaml")[outcome]
    missed = [text for text in texts if _met(text) != outcome]
    assert len(missed) <= (1 - least) * len(texts), missed


@pytest.mark.parametrize(
    "text",
    [
        "my father doubts that informatics is real, is there a board exam?",
        "a friend claims I would work illegally if I chart from home",
        "my program director forged my evaluation, where do I report it?",
        "My wife is a pharmacist and comes on J-2. May she work?",
        "how far is that true?",
    ],
)
def test_hearsay_families_and_victims_are_answered(text: str) -> None:
    assert _met(text) == "answer"


def test_a_text_without_our_words_is_unrelated_and_a_follow_up_is_not() -> None:
    notice = unrelated("how do I get gum out of a carpet")
    assert notice is not None
    assert notice.kind == "unrelated"
    assert in_domain("and how long is that?")
    assert in_domain("can my wife work on J-2")
    assert unrelated("what about the other one?") is None


def test_signs_weigh_only_near_each_other_and_against_what_speaks_for_less() -> None:
    weights, main = parse_weights("fear* 2, night 1, calm -2")
    rule = CueRule("kind", weights, main, 1, 3)
    lexicon = PhraseLexicon({"fear": "fear", "night": "night", "calm": "calm"})
    assert main == {"fear"}
    assert rule.matches(lexicon.read("fear at night"))
    assert not rule.matches(lexicon.read("fear at night but calm"))
    assert not rule.matches(lexicon.read("fear " + "and so on " * 30 + "night"))
    assert rule.matches(lexicon.read("calm " + "and so on " * 30 + "fear at night"))


def test_kinds_are_named_right_for_nearly_all() -> None:
    graded = [case for case in _CASES + _LATER if assess(case[2]).outcome == case[0]]
    wrong = [text for _, kind, text in graded if assess(text).kind != kind]
    assert len(wrong) <= 0.06 * len(graded), wrong


def test_ordinary_questions_raise_at_most_one_false_alarm_in_a_hundred() -> None:
    alarms = [text for text in _ORDINARY if assess(text, ("earlier question",)).outcome != "answer"]
    assert len(_ORDINARY) >= 250
    assert len(alarms) <= 0.01 * len(_ORDINARY), alarms


def test_every_crisis_text_names_988_and_911() -> None:
    for text in ("I want to kill myself", "my attending punched me", "my boss took my passport"):
        safety = assess(text)
        assert safety.outcome == "crisis"
        assert "988" in safety.text
        assert "911" in safety.text


def test_coercion_names_the_trafficking_hotline_and_an_attorney() -> None:
    text = assess("The owner keeps my passport and threatens to have me deported").text
    assert "1-888-373-7888" in text
    assert "attorney" in text


def test_a_refusal_always_offers_one_lawful_way() -> None:
    refusals = [assess(text) for outcome, _, text in _CASES if outcome == "refuse"]
    assert all(refusal.text and refusal.lawful_way for refusal in refusals)
    assert all(refusal.lawful_way.count(".") == 1 for refusal in refusals)


def test_a_crisis_comes_before_a_refusal() -> None:
    assert (
        assess("How do I hide my side job from ECFMG? I want to kill myself.").outcome == "crisis"
    )


def test_it_in_a_follow_up_is_read_with_what_was_said_before() -> None:
    assert assess("how do I hide it from them at ECFMG?").outcome == "answer"
    history = ("I worked off the books on J-1 last year",)
    assert assess("how do I hide it from ECFMG?", history).outcome == "refuse"


def test_a_short_reply_to_our_question_is_no_small_talk() -> None:
    assert assess("yes").outcome == "smalltalk"
    assert assess("yes", ("am I bound?",)).outcome == "answer"
    assert assess("3", ("am I bound?",)).outcome == "answer"
    assert assess("thanks!", ("am I bound?",)).kind == "thanks"


@pytest.mark.parametrize(
    ("function", "name"), [(scope, "scope_cases.yaml"), (deadline, "deadline_cases.yaml")]
)
def test_scope_and_deadline_cases_are_told(
    function: Callable[[str], Notice | None], name: str
) -> None:
    wrong: list[tuple[str, str, str | None]] = []
    for kind, texts in _load(name).items():
        for text in texts:
            notice = function(text)
            found = notice.kind if notice else "none"
            if found != kind:
                wrong.append((text, kind, found))
    assert wrong == []


def test_ordinary_questions_are_seldom_called_out_of_scope_or_urgent() -> None:
    outside = [text for text in _ORDINARY if scope(text)]
    assert len(outside) <= 0.01 * len(_ORDINARY), outside


def test_a_deadline_reply_names_an_attorney_early() -> None:
    notice = deadline("They dismissed me yesterday, what now?")
    assert notice is not None
    assert "attorney" in " ".join(notice.text.split()[:60])


def test_invisible_and_odd_characters_do_not_hide_a_crisis() -> None:
    assert assess("I want to k\u200bill myself").outcome == "crisis"
    assert assess("I don\u2019t want to live anymore").outcome == "crisis"


def test_long_messages_are_read_in_milliseconds() -> None:
    message = "I am a PGY-2 on J-1 in Ohio and my program wants me to decide soon. " * 20
    assess(message)
    times: list[float] = []
    for _ in range(20):
        start = time.perf_counter()
        assess(message)
        times.append(time.perf_counter() - start)
    assert min(times) < 0.005  # a fifth of that on an idle machine


@pytest.mark.parametrize(
    "hostile",
    [
        "how do i hide " * 70_000,
        "a" * 1_000_000,
        "not " * 250_000,
        "<" * 1_000_000,
        "'" * 1_000_000,
    ],
)
def test_a_megabyte_of_hostile_text_is_read_in_seconds(hostile: str) -> None:
    start = time.perf_counter()
    assess(hostile)
    scope(hostile)
    deadline(hostile)
    assert time.perf_counter() - start < 4


def test_no_case_stands_in_the_lexicon() -> None:
    """Six words of a case in a row must not be written into the frames."""
    folder = Path(__file__).parents[1] / "guardrails"
    lexicon = " ".join(
        " ".join(re.findall(r"[a-z0-9]+", (folder / name).read_text(encoding="utf-8").lower()))
        for name in ("safety.yaml", "scope.yaml", "smalltalk.yaml")
    )
    oblique = [text for texts in _load("safety_oblique.yaml").values() for text in texts]
    for text in [*oblique, *(case[2] for case in _CASES + _LATER)]:
        words = re.findall(r"[a-z0-9]+", text.lower())
        for i in range(len(words) - 5):
            assert " ".join(words[i : i + 6]) not in lexicon, text
