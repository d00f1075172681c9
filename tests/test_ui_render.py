"""Answers are shown with their verdict first, their sources, and nothing that could run."""

from __future__ import annotations

import re
import runpy
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from bot.types import Answer, AnswerSentence
from guardrails.situation import Fact
from ui.conversation import Exchange
from ui.facts import fact_value, facts_html, words_to_erase
from ui.guides import section_reader
from ui.render import (
    EXAMPLES,
    answer_html,
    answer_markdown,
    conversation_html,
)
from ui.sources import long_date, source_html

SCRIPTED = runpy.run_path(str(Path(__file__).parent / "browser" / "scripted.py"))
SECTION_OF = section_reader(SCRIPTED["ScriptedLibrary"]())
VOID = {"br", "img", "input", "meta", "link", "hr"}
ALL = ("seven_years", "corrected", "crisis", "hostile", "abstain")


class Outline(HTMLParser):
    """Collects tags and attributes, and checks that every tag is closed in order."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop() == tag


def outline(html: str) -> Outline:
    reader = Outline()
    reader.feed(html)
    reader.close()
    assert reader.open == []
    return reader


def text_of(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


@pytest.mark.parametrize("name", ALL)
def test_every_answer_is_well_formed(name: str):
    outline(answer_html(SCRIPTED[name](), 0, SECTION_OF))


@pytest.mark.parametrize("name", ALL)
def test_nothing_shown_can_run(name: str):
    answer = SCRIPTED[name]()
    message = '<script>evil()</script>"><img onerror=evil()>'
    html = conversation_html([Exchange(message, answer)], SECTION_OF) + facts_html(answer.facts)
    for tag, attributes in outline(html).tags:
        assert tag not in ("script", "img", "iframe", "object", "style")
        assert not any(name.startswith("on") for name in attributes)
        assert not (attributes.get("href") or "").lower().startswith(("javascript", "data"))


def test_the_verdict_stands_first_and_alone():
    html = answer_html(SCRIPTED["seven_years"](), 0, SECTION_OF)
    lead = re.search(r'<p class="lead">(.*?)</p>', html)
    assert lead
    assert text_of(lead.group(1)).startswith("A J-1 physician may train")
    assert html.index('class="lead"') < html.index("<ul>")


def test_the_verdict_also_leads_below_a_heading():
    answer = SCRIPTED["seven_years"]()
    heading = AnswerSentence("Years", (), "phrase", "exact", layout="heading")
    html = answer_html(replace(answer, sentences=(heading, *answer.sentences)), 0, SECTION_OF)
    assert html.index("<h3>") < html.index('class="lead"')


def test_a_bare_yes_takes_its_sentence_along():
    answer = SCRIPTED["seven_years"]()
    yes = AnswerSentence("Yes.", (), "phrase", "exact")
    html = answer_html(replace(answer, sentences=(yes, *answer.sentences)), 0, SECTION_OF)
    assert re.search(r'class="lead">.*Yes\..*A .*physician may train.*?</p>', html)


def test_a_citation_opens_its_card_with_exactly_the_quoted_words_marked():
    answer = SCRIPTED["seven_years"]()
    for citation in answer.citations:
        card = source_html(citation, 0, SECTION_OF(citation))
        words = "".join(re.findall(r"<mark>(.*?)</mark>", card))
        assert text_of(words).replace(" ", "") == text_of(citation.quote).replace(" ", "")
        assert "Reviewed 22 November 2026" in card
        assert "official text read" in card


def test_each_number_links_to_the_words_in_the_guide():
    html = answer_html(SCRIPTED["seven_years"](), 3, SECTION_OF)
    link = next(a for t, a in outline(html).tags if t == "a" and a.get("data-cite") == "3-1")
    assert (link["href"] or "").startswith("/guides?id=j1-seven-year-limit&words=")
    assert "Source 1" in (link["aria-label"] or "")


def test_when_the_guide_has_changed_the_quote_is_found_again_or_shown_alone():
    citation = SCRIPTED["seven_years"]().citations[0]
    moved = replace(citation, start=citation.start + 3, end=citation.end + 3)
    assert "<mark>" in SECTION_OF(moved)
    gone = replace(citation, quote="Words that stand nowhere.")
    assert SECTION_OF(gone) == ""
    assert "<mark>Words that stand nowhere.</mark>" in source_html(gone, 0, "")


def test_a_corrected_premise_comes_before_the_answer_with_its_rule():
    html = answer_html(SCRIPTED["corrected"](), 0, SECTION_OF)
    assert html.index("note correction") < html.index('class="lead"')
    assert "/rules?id=j1-no-moonlighting" in html
    assert text_of(html).count("Part of what you were told is not right.") == 1


def test_a_replaced_sentence_says_so():
    html = answer_html(SCRIPTED["corrected"](), 0, SECTION_OF)
    assert 'class="s replaced"' in html
    assert "Corrected before you saw it" in html


def test_a_crisis_answer_begins_with_numbers_to_tap():
    html = answer_html(SCRIPTED["crisis"](), 0, SECTION_OF)
    for number in ("911", "988", "1-888-409-0141"):
        assert f'<a class="phone" href="tel:{number}"' in html
    assert html.index('class="phones"') < html.index("Your safety comes")


def test_a_number_that_is_no_telephone_stays_text():
    shown = (AnswerSentence("Form 988 costs 911 dollars.", (), "phrase", "exact"),)
    assert "tel:" not in answer_html(Answer("answer", "", "", shown), 0, SECTION_OF)


def test_volatile_and_imported_sources_are_told_as_such():
    citation = replace(SCRIPTED["seven_years"]().citations[0], as_of="2026-10-07")
    assert "As of 7 October 2026" in source_html(citation, 0, "")
    imported = replace(citation, trust="imported", reviewed=None)
    assert "Not reviewed" in source_html(imported, 0, "")
    answer = replace(SCRIPTED["seven_years"](), citations=(imported,))
    html = answer_html(answer, 0, SECTION_OF)
    assert "as of 7 October 2026" in html
    assert "nobody has reviewed" in html


def shown_as(*layouts_and_texts: tuple[str, str]) -> str:
    sentences = tuple(
        AnswerSentence(text, (), "guide", "exact", layout=layout)
        for layout, text in layouts_and_texts
    )
    html = answer_html(Answer("answer", "", "", sentences), 0, SECTION_OF)
    outline(html)
    return html


def test_a_table_has_its_header_and_its_rows():
    html = shown_as(("header", "Plan | Sum"), ("row", "Medicine | 3"), ("row", "Surgery | 5"))
    assert html.count('<th scope="col">') == 2
    assert html.count("<td>") == 4


def test_steps_are_numbered_and_a_step_may_have_several_sentences():
    html = shown_as(("text", "Do this:"), ("step", "One."), ("same-item", "Now."), ("step", "Two."))
    assert html.count("<li>") == 2
    assert "<ol><li>" in html
    assert text_of(html.split("<li>")[1]).startswith("One. Now.")


def test_only_the_last_answer_offers_follow_ups():
    answer = SCRIPTED["seven_years"]()
    html = conversation_html([Exchange("a", answer), Exchange("b", answer)], SECTION_OF)
    assert html.count('class="next"') == 1


def test_the_empty_page_has_six_questions_and_a_failed_turn_can_be_asked_again():
    assert conversation_html([], SECTION_OF).count("data-ask=") == len(EXAMPLES) == 6
    html = conversation_html([Exchange("q")], SECTION_OF, error="It broke.")
    assert 'data-do="again"' in html
    assert 'role="alert"' in html


def test_every_fact_shows_its_words_and_can_be_changed_or_erased():
    html = facts_html((Fact("visa", "j1", "on a J-1"), Fact("j1_years_used", 3, "three years")))
    assert "Visa" in html
    assert "J-1" in html
    assert "You wrote: “on a J-1”" in html
    assert html.count('data-do="erase"') == html.count('data-do="change"') == 2
    assert "Years used on" in html


def test_of_a_long_quote_only_the_words_of_the_fact_are_erased():
    visa = Fact("visa", "j1", "I am a PGY-2 in internal medicine on a J 1")
    assert words_to_erase(visa) == "J 1"
    assert words_to_erase(Fact("visa", "j1", "on a J-1")) == "on a J-1"
    plan = Fact("plan", "medicine 3", "three years of internal medicine first")
    assert words_to_erase(plan) == plan.quote


def test_no_fact_is_said_to_be_none():
    assert "Nothing yet" in facts_html(())


def test_values_and_dates_are_written_as_people_write_them():
    assert fact_value(True) == "yes"
    assert fact_value("h1b") == "H-1B"
    assert long_date("2026-10-07") == "7 October 2026"
    assert long_date("soon") == "soon"


def test_a_copied_answer_brings_its_sources():
    text = answer_markdown(SCRIPTED["seven_years"]())
    assert "[1] The J-1 seven-year limit" in text
    assert "https://" in text
    assert text.endswith("General information, not legal advice.")
