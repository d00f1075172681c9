"""Guarded sentences become numbered, laid-out Markdown with exact quotes."""

from datetime import date

from bot.compose import compose, lay_out
from bot.guard import Guarded
from bot.types import AnswerSentence, Source
from corpus.guide import Guide
from ingest.passages import Passage

TEXT = "## One\n\nFirst fact. Second fact.\n\n## Two\n\nThird fact.\n"


class OneGuide:
    """A library of one guide with two passages."""

    def __init__(self) -> None:
        self.only = Guide("g", "A guide", "j1", "reviewed", date(2026, 1, 2), (), TEXT)

    def passage(self, passage_id: str) -> Passage:
        start, end = (8, 33) if passage_id == "g#one" else (43, 54)
        return Passage(passage_id, "g", passage_id[2:], ("A guide",), TEXT[start:end], start, end)

    def guide(self, guide_id: str) -> Guide:
        assert guide_id == "g"
        return self.only


def said(text: str, passage: str = "g#one") -> Guarded:
    start = TEXT.index(text)
    return Guarded(text, "guide", "exact", Source(passage, start, start + len(text)))


def compose_all(*sentences: Guarded):
    return compose(sentences, OneGuide(), lambda passage, guide: ())


def test_citations_are_numbered_in_order_of_appearance():
    composed = compose_all(said("Third fact.", "g#two"), said("First fact."))
    assert [c.passage_id for c in composed.citations] == ["g#two", "g#one"]
    assert [c.number for c in composed.citations] == [1, 2]
    assert composed.text == "Third fact. [1] First fact. [2]"


def test_sentences_of_one_passage_share_a_citation_whose_quote_spans_them():
    composed = compose_all(said("Second fact."), said("First fact."))
    (citation,) = composed.citations
    assert citation.quote == TEXT[citation.start : citation.end] == "First fact. Second fact."
    assert composed.text == "Second fact. First fact. [1]"


def test_a_phrase_carries_no_citation():
    composed = compose_all(Guarded("In short:", "phrase", "exact", None), said("First fact."))
    assert composed.sentences[0].citations == ()
    assert composed.citations[0].reviewed == "2026-01-02"


def line(text: str, layout="text", *numbers: int) -> AnswerSentence:
    return AnswerSentence(text, numbers, "guide", "exact", None, layout)


def test_items_steps_rows_and_headings_are_laid_out():
    text = lay_out(
        [
            line("Lead:", "text", 1),
            line("one", "step", 1),
            line("and more", "same-item", 1),
            line("two", "step", 1),
            line("Other", "heading"),
            line("a | b", "header", 2),
            line("1 | 2", "row", 2),
        ]
    )
    assert text == (
        "Lead:\n\n1. one and more\n2. two [1]\n\n**Other**\n\n| a | b |\n|---|---|\n| 1 | 2 [2] |"
    )


def test_a_new_list_starts_at_one_again():
    text = lay_out([line("a", "step"), line("between"), line("b", "step")])
    assert text == "1. a\n\nbetween\n\n1. b"
