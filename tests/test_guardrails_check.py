import json
import random
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guardrails.check import MAX_REPLACEMENTS, Checker, default_checker
from guardrails.text import same

ON = date(2026, 11, 22)
SHOWN = ("consistent", "off-topic")
DEV = [
    json.loads(line)
    for line in (Path(__file__).parent / "data" / "guardrail_dev.jsonl")
    .read_text(encoding="utf-8")
    .splitlines()
]


@pytest.fixture(scope="module")
def checker() -> Checker:
    return default_checker()


def test_a_contradicted_sentence_gives_way_to_the_rule(checker):
    verdict = checker.check_sentence("J-1 residents may moonlight on weekends.", on=ON)
    assert verdict.verdict == "contradicts"
    assert verdict.rule == "j1-no-moonlighting"
    assert verdict.output == verdict.statement
    assert "weekends" not in verdict.output


def test_a_proved_sentence_stands(checker):
    text = "H-1B status is limited to six years in total."
    verdict = checker.check_sentence(text, on=ON)
    assert (verdict.verdict, verdict.output) == ("consistent", text)


@pytest.mark.parametrize(
    "text",
    [
        "May a J-1 resident moonlight?",
        "Suppose a J-1 resident moonlights.",
        "Ask the GME office whether the hospital is cap-exempt.",
    ],
)
def test_questions_hypotheticals_and_advice_to_ask_are_left_alone(checker, text):
    verdict = checker.check_sentence(text, on=ON)
    assert (verdict.verdict, verdict.output) == ("consistent", text)


@pytest.mark.parametrize(
    "text",
    [
        "J‑1 residents may moonlight.",
        "J-1 resi\u200bdents may moonlight.",
        "**J-1** residents may _moonlight_.",
        "- J-1 residents may moonlight",
        "| J-1 | moonlighting allowed |",
        "j1 residents can moonligt",
        "It isn't true that J-1 residents may not moonlight.",
        "J-1 residents are trained in hospitals. They may moonlight there.",
        "Many believe J-1 residents may not moonlight. That is a myth.",
        "If the program director agrees, J-1 residents may moonlight.",
        "Feel free to moonlight on your J-1!",
    ],
)
def test_disguises_do_not_get_a_false_sentence_shown(checker, text):
    assert checker.check_sentence(text, on=ON).verdict not in SHOWN


def test_an_approved_sentence_passes_letter_for_letter_only(checker):
    text = "The J-1 lasts nine lives for whoever asks."
    approved = frozenset([same(text)])
    assert checker.check_sentence(text, approved=approved, on=ON).verdict == "consistent"
    changed = text.replace("nine", "ten")
    assert checker.check_sentence(changed, approved=approved, on=ON).verdict not in SHOWN


def test_reviewed_wording_is_recognised(checker):
    rule = checker.rulebook["j1-no-moonlighting"]
    assert checker.is_exact(rule.statement.upper()) == rule.id
    assert checker.is_exact(rule.statement + " Sometimes.") is None


def test_the_topic_of_the_question_is_carried(checker):
    assert checker.check_sentence("They must wait here.", on=ON).verdict in SHOWN
    verdict = checker.check_sentence("It lasts ten years.", context="How long is the J-1?", on=ON)
    assert (verdict.verdict, verdict.rule) == ("contradicts", "j1-seven-year-limit")


PASSAGE = """Here is an overview.

1. J-1 residents may moonlight on weekends [1].
2. H-1B status is limited to six years in total [2].

Talk to your GME office early."""


def test_a_passage_keeps_all_but_the_bad_sentence(checker):
    report = checker.check_text(PASSAGE, on=ON)
    statement = checker.rulebook["j1-no-moonlighting"].statement
    bad = "J-1 residents may moonlight on weekends [1]."
    assert report.output == PASSAGE.replace(bad, statement)


def test_at_most_two_replacements_and_none_twice(checker):
    lies = [case["text"] for case in DEV if case["label"] == "contradicts"][:40]
    report = checker.check_text("\n\n".join(lies), on=ON)
    statements = [v.output for v in report.sentences if v.verdict not in SHOWN and v.output]
    assert len(statements) <= MAX_REPLACEMENTS
    assert len(set(statements)) == len(statements)


def test_a_dropped_item_takes_its_marker_along(checker):
    text = (
        "- J-1 residents may moonlight.\n- On J-1 you may moonlight.\n- Talk to your GME office.\n"
    )
    output = checker.check_text(text, on=ON).output
    assert output.count("- ") == 2
    assert output.endswith("- Talk to your GME office.\n")


def test_what_was_shown_is_shown_again(checker):
    texts = [case["text"] for case in DEV]
    random.Random(7).shuffle(texts)
    for start in range(0, len(texts), 6):
        once = checker.check_text("\n\n".join(texts[start : start + 6]), on=ON).output
        assert checker.check_text(once, on=ON).output == once


def test_a_contradicted_sentence_is_never_repeated(checker):
    for case in DEV:
        if case["label"] == "contradicts":
            assert case["text"] not in checker.check_sentence(case["text"], on=ON).output


def test_threads_and_order_change_nothing(checker):
    texts = [case["text"] for case in DEV]
    expected = {text: checker.check_sentence(text, on=ON) for text in texts}
    shuffled = random.Random(1).sample(texts, len(texts))
    with ThreadPoolExecutor(4) as pool:
        found = pool.map(lambda text: checker.check_sentence(text, on=ON), shuffled)
        assert all(verdict == expected[verdict.text] for verdict in found)


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=200))
def test_any_text_gets_a_verdict(text):
    checker = default_checker()
    report = checker.check_text(text, on=ON)
    assert checker.check_text(text, on=ON) == report
    assert checker.check_sentence(text, on=ON).text == text


@pytest.mark.parametrize(
    "part",
    [
        "H-1B lasts eight years. ",
        "not ",
        '"J-1 ',
        "moonlighting ",
        "if unless ",
        "7 + ",
        "| J-1 ",
        "((",
        "J-1 may not not ",
    ],
)
def test_a_megabyte_of_hostile_text_is_read_in_time(checker, part):
    text = part * (1_000_000 // len(part))
    start = time.process_time()
    checker.check_text(text, on=ON)
    checker.check_sentence(text, on=ON)
    assert time.process_time() - start < 8  # two readings


def test_a_sentence_takes_a_fraction_of_a_millisecond(checker):
    texts = [case["text"] for case in DEV]
    for text in texts:
        checker.check_sentence(text, on=ON)
    start = time.process_time()
    for text in texts:
        checker.check_sentence(text, on=ON)
    assert (time.process_time() - start) / len(texts) < 0.002  # 0.2 ms on an idle machine


@pytest.mark.parametrize(
    ("question", "rules"),
    [
        ("Since Conrad needs only two years, may I leave then?", ["conrad30-service-years"]),
        ("I can moonlight on my J-1, right?", ["j1-no-moonlighting"]),
        ("I am on a J-1 with the home requirement. How do I get a waiver?", []),
        ("Can I moonlight on a J-1?", []),
        ("My friend says that J-1 residents can moonlight. Is that so?", []),
    ],
)
def test_only_plainly_false_premises_are_found(checker, question, rules):
    assert [verdict.rule for verdict in checker.premises(question, on=ON)] == rules


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("Can I moonlight on a J-1?", ("j1-no-moonlighting", "no")),
        ("Is the H-1B a dual intent visa?", ("h1b-dual-intent", "yes")),
        ("Do I need Step 3 for an H-1B petition?", ("h1b-step3-required-by-law", "yes")),
        ("Should I choose J-1 or H-1B?", None),
        ("How long is the J-1?", None),
        ("Is the cafeteria open?", None),
    ],
)
def test_a_yes_or_no_is_given_only_when_sure(checker, question, answer):
    assert checker.answer_polarity(question, on=ON) == answer


def test_the_reason_names_clause_and_rule(checker):
    verdict = checker.check_sentence("J-1 residents may moonlight.", on=ON)
    assert "moonlight" in verdict.reason
    assert verdict.trace is not None
    assert verdict.trace.frames[0].startswith("j1-no-moonlighting")
