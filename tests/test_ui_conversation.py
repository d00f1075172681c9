"""What a browser keeps is read back without trust."""

from __future__ import annotations

import json
import runpy
from pathlib import Path

import pytest

from ui.conversation import MAX_EXCHANGES, MAX_MESSAGE, Exchange, erase, history, restored, stored

SCRIPTED = runpy.run_path(str(Path(__file__).parent / "browser" / "scripted.py"))
ANSWER = SCRIPTED["seven_years"]()


def test_a_conversation_comes_back_as_it_was():
    exchanges = [Exchange("one", ANSWER), Exchange("two", None, stopped=True)]
    assert restored(json.loads(json.dumps(stored(exchanges)))) == exchanges


@pytest.mark.parametrize(
    "raw",
    [
        None,
        "text",
        7,
        [],
        {},
        {"turns": "x"},
        {"turns": [1, None, {}, {"message": 3}, {"message": "  "}]},
        {"turns": {"message": "x"}},
    ],
)
def test_what_cannot_be_read_is_left_out(raw: object):
    assert restored(raw) == []


def test_a_damaged_answer_leaves_the_question():
    assert restored({"turns": [{"message": "q", "answer": {"outcome": "sure"}}]}) == [Exchange("q")]


def test_a_fact_that_cannot_be_true_is_not_taken_from_the_browser():
    raw = json.loads(json.dumps(stored([Exchange("q", ANSWER)])))
    raw["turns"][0]["answer"]["facts"][0]["value"] = "no-such-visa"
    assert restored(raw) == [Exchange("q")]


def test_no_more_is_kept_or_read_than_fits_a_browser():
    many = [Exchange(f"q{n}") for n in range(MAX_EXCHANGES + 5)]
    assert len(stored(many)["turns"]) == MAX_EXCHANGES
    raw = {"turns": [{"message": "x" * 50_000}] * 500}
    read = restored(raw)
    assert len(read) == MAX_EXCHANGES
    assert len(read[0].message) == MAX_MESSAGE


def test_erased_words_are_gone_from_questions_facts_and_what_was_understood():
    exchanges = [Exchange("I am on a J-1. And on a J-1 now?", ANSWER), Exchange("And fellowship?")]
    after = erase(exchanges, "on a J-1")
    assert "J-1" not in after[0].message
    assert after[0].answer is not None
    assert [fact.name for fact in after[0].answer.facts] == ["pgy"]
    assert after[1] == exchanges[1]


def test_erasing_a_short_word_does_not_touch_longer_ones():
    assert erase([Exchange("my visa is J-1, not J-12")], "J-1")[0].message.endswith("not J-12")


def test_erasing_nothing_changes_nothing():
    assert erase([Exchange("hello")], "  ") == [Exchange("hello")]


def test_the_bot_reads_every_turn():
    turns = history([Exchange("a", ANSWER), Exchange("b")])
    assert [turn.message for turn in turns] == ["a", "b"]
    assert turns[0].answer == ANSWER
