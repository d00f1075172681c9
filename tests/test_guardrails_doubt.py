"""A sentence is shown only where it is right as a whole."""

from __future__ import annotations

from datetime import date

import pytest

from guardrails.check import Checker, default_checker

ON = date(2026, 11, 22)


@pytest.fixture(scope="module")
def checker() -> Checker:
    return default_checker()


@pytest.mark.parametrize(
    "text",
    [
        "A no-objection letter did not work for physicians until recently.",
        "You may hold H-1B status for six years even if a waiver was refused.",
        "The H-1B waiver needs three years of service in a shortage area.",
        "Nobody minds an H-1B for a subject physician, as 22 CFR 41 says.",
    ],
)
def test_a_doubtful_sentence_is_never_shown(checker: Checker, text: str):
    assert checker.check_sentence(text, on=ON).output != text


def test_a_permission_after_a_ruled_topic_is_not_taken_for_small_talk(checker: Checker):
    context = "What may a J-1 fellow do for a company?"
    said = "Writing a little code for them is allowed too."
    assert checker.check_sentence(said, context=context, on=ON).output != said


def test_a_sum_of_training_years_contradicts_no_limit(checker: Checker):
    said = "On H-1B, residency and informatics take 3 + 2 = 5 years."
    assert checker.check_sentence(said, on=ON).verdict != "contradicts"


def test_a_date_is_no_length_of_time(checker: Checker):
    said = "The Conrad program was extended by an act of 3 February 2026."
    assert checker.check_sentence(said, on=ON).verdict != "contradicts"


def test_zero_shifts_are_no_permission(checker: Checker):
    said = "Zero hours of moonlighting are open to a J-1 resident."
    assert checker.check_sentence(said, on=ON).verdict != "contradicts"
