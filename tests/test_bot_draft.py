"""Passages give the sentences that answer, whole lists and only what fits the asker."""

import pytest

from bot.draft import draft, fits
from bot.retrieve import Ranked
from bot.types import Question
from ingest.passages import Passage

LONG = " ".join(f"Filler sentence number {n} says nothing of use to the reader." for n in range(12))


def passage(text: str, name: str = "g#a", guide: str = "g") -> Ranked:
    found = Passage(name, guide, "A heading?", ("G",), text, 100, 100 + len(text))
    return Ranked(found, 1.0, 0.8, 9.0)


def texts(question: str, *ranked: Ranked, budget: int = 150, visa: str | None = None) -> list[str]:
    return [s.text for s in draft(Question(question, question), ranked, budget, visa)]


def test_a_short_passage_is_quoted_whole_and_exactly():
    body = "Verdict first. Then the reason.\n\n- a step\n- another step"
    ranked = passage("Verdict first. Then the reason:\n\n- a step\n- another step")
    drafted = draft(Question("q", "q"), [ranked], 150, None)
    assert [s.text for s in drafted] == [
        "Verdict first.",
        "Then the reason:",
        "a step",
        "another step",
    ]
    assert [s.layout for s in drafted] == ["text", "text", "item", "item"]
    for sentence in drafted:
        start = sentence.source.start - ranked.passage.start
        assert ranked.passage.text[start : start + len(sentence.text)] == sentence.text
    assert body


def test_of_a_long_passage_the_verdict_and_the_sentence_asked_for_are_kept():
    ranked = passage(f"The verdict stands here. {LONG} Premium processing costs extra.")
    kept = texts("what about premium processing?", ranked, budget=60)
    assert kept[0] == "The verdict stands here."
    assert "Premium processing costs extra." in kept


def test_a_list_keeps_its_lead_in_or_is_left_out_whole():
    items = "\n".join(f"- item {n} about lawyers" for n in range(3))
    kept = texts(
        "lawyers?", passage(f"Verdict. {LONG}\n\nAsk these lawyers:\n\n{items}"), budget=60
    )
    assert kept[-4:] == ["Ask these lawyers:", *(f"item {n} about lawyers" for n in range(3))]


def test_the_yes_or_no_of_a_second_passage_is_not_taken_for_this_answer():
    second = passage("Yes, that is so. The fee is paid by the hospital.", "g#b")
    kept = texts("who pays?", passage("The hospital pays."), second)
    assert "Yes, that is so." not in kept
    assert "The fee is paid by the hospital." in kept


@pytest.mark.parametrize(
    ("sentence", "visa", "named", "told"),
    [
        ("An H-1B worker has up to 60 days.", "j1", frozenset(), False),
        ("An H-1B worker has up to 60 days.", "j1", frozenset({"h1b"}), True),
        ("An H-1B worker has up to 60 days.", "h1b", frozenset(), True),
        ("An H-1B worker has up to 60 days.", None, frozenset(), True),
        ("Keep copies of all letters.", "j1", frozenset(), True),
        ("J-1 and H-1B physicians alike may appeal.", "j1", frozenset(), True),
    ],
)
def test_a_sentence_about_another_visa_is_told_only_when_asked_for(sentence, visa, named, told):
    assert fits(sentence, visa, named) is told
