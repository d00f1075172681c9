"""The sentence buffer lets nothing out before its end, however a model's text is cut."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.buffer import MAX_SENTENCE, OverlongError, SentenceBuffer, Unit

DRAFT = """Here is the rule. [[1:2]] Next, no shifts outside [[1:3]]. The U.S. office is one thing.
The ceiling is 6.5 years. [[rule:some-rule]] [[conclusion:1]]
- **One item** stands here [[2:1]]. And more.
- [[1:4]]
1. Numbered [1] and [2, 3].
| a | b [[1:1]] |
## A heading
[[9:9]] [4:2]
A tail without an end"""


def units(chunks):
    buffer = SentenceBuffer()
    found = [unit for chunk in chunks for unit in buffer.feed(chunk)]
    return found + buffer.close()


def test_a_draft_becomes_sentences_with_the_slots_they_lean_on():
    assert units([DRAFT]) == [
        Unit("Here is the rule.", cited=("1:2",)),
        Unit("Next, no shifts outside.", cited=("1:3",)),
        Unit("The U.S. office is one thing."),
        Unit("The ceiling is 6.5 years.", cited=("rule:some-rule", "conclusion:1")),
        Unit("One item stands here.", cited=("2:1",), layout="item"),
        Unit("And more.", layout="same-item"),
        Unit("", quoted=("1:4",), layout="item"),
        Unit("Numbered and.", layout="item"),
        Unit("a b", cited=("1:1",)),
        Unit("A heading"),
        Unit("", quoted=("9:9", "4:2")),
        Unit("A tail without an end"),
    ]


@given(st.lists(st.integers(min_value=1, max_value=12), min_size=1, max_size=80))
def test_where_the_chunks_are_cut_makes_no_difference(sizes):
    chunks, place, turn = [], 0, 0
    while place < len(DRAFT):
        size = sizes[turn % len(sizes)]
        chunks.append(DRAFT[place : place + size])
        place, turn = place + size, turn + 1
    assert units(chunks) == units([DRAFT])


@given(st.lists(st.text(alphabet="ab A.!?[]:1|-*#\n\r\u2028", max_size=8), max_size=40))
def test_any_text_at_all_gives_the_same_sentences_in_any_pieces(chunks):
    assert units(chunks) == units(["".join(chunks)])


def test_a_sentence_waits_until_its_end_is_certain():
    buffer = SentenceBuffer()
    assert buffer.feed("You may not moonlight.") == []
    assert buffer.feed(" [[1:") == []
    assert buffer.feed("2]] The") == []
    assert buffer.feed(" n") == [Unit("You may not moonlight.", cited=("1:2",))]


def test_a_slot_at_the_start_is_let_out_at_once():
    buffer = SentenceBuffer()
    assert buffer.feed("- [[1:1]]") == []
    assert buffer.feed(" H") == [Unit("", quoted=("1:1",), layout="item")]
    assert buffer.feed("ere.\n") == [Unit("Here.", layout="same-item")]


def test_a_number_or_an_abbreviation_does_not_end_a_sentence():
    buffer = SentenceBuffer()
    assert buffer.feed("It is 6.") == []
    assert buffer.feed("5 years in the U.S. under") == []
    assert [unit.text for unit in buffer.feed(" law. Now")] == []
    assert [unit.text for unit in buffer.feed(" we")] == ["It is 6.5 years in the U.S. under law."]


def test_a_run_without_an_end_is_refused_and_never_cut():
    buffer = SentenceBuffer()
    with pytest.raises(OverlongError):
        buffer.feed("word " * (MAX_SENTENCE // 5 + 1))


def test_a_table_row_is_held_until_its_line_ends():
    buffer = SentenceBuffer()
    assert buffer.feed("| J-1. Seven years | H-1B. Six years ") == []
    assert [unit.text for unit in buffer.feed("|\n")] == ["J-1.", "Seven years H-1B.", "Six years"]
