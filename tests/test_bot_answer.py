"""Whole answers by the real bot on the shipped guides."""

import pytest

from bot.types import Turn


@pytest.fixture
def ask(waymark, today):
    """Ask a conversation and get the last answer."""

    def converse(*turns: str):
        history: list[Turn] = []
        for message in turns:
            answer = waymark.answer(message, history, on=today)
            history.append(Turn(message, answer))
        return history[-1].answer

    return converse


def test_every_sentence_that_is_not_a_phrase_is_cited_and_every_quote_is_exact(waymark, ask):
    answer = ask("How long may a physician train on a J-1, and what counts?")
    assert answer.outcome == "answer"
    for sentence in answer.sentences:
        assert sentence.origin == "phrase" or sentence.citations
    for citation in answer.citations:
        guide = waymark.parts.library.guide(citation.guide_id)
        assert guide.text[citation.start : citation.end] == citation.quote
        assert citation.authorities


def test_the_askers_own_clock_comes_first(ask):
    answer = ask("I'm on J-1. Internal medicine 3 years, cardiology 3, informatics 2. Does it fit?")
    assert answer.sentences[0].origin == "conclusion"
    assert "3 + 3 + 2 = 8" in answer.text


def test_a_j1_doctor_is_never_told_that_a_switch_to_h1b_is_open(ask):
    answer = ask("I am a J-1 resident. Can I switch to H-1B for my fellowship?")
    assert "cannot" in answer.sentences[0].text.lower()
    assert "waiver" in answer.text


def test_a_new_fact_replaces_the_old_one(ask):
    answer = ask(
        "I am a J-1 resident.", "Sorry, I meant H-1B, not J-1.", "Do I owe two years at home?"
    )
    assert {fact.name: fact.value for fact in answer.facts}["visa"] == "h1b"
    assert "no two-year" in answer.text


def test_a_false_premise_is_corrected_with_its_rule(ask):
    answer = ask("H-1B lasts eight years, right? Can I do a long fellowship on it?")
    assert [c.rule for c in answer.corrections] == ["h1b-six-year-cap"]
    assert answer.corrections[0].authorities


def test_an_identifier_is_masked_and_the_rest_is_answered(ask):
    answer = ask("My SEVIS number is N0012345678. How long can I stay after my J-1 program ends?")
    assert "N0012345678" not in str(answer.to_json())
    assert answer.outcome == "answer"
    assert "30 days" in answer.text


def test_what_the_guides_do_not_know_is_not_guessed(ask):
    answer = ask("Which wine goes with grilled trout?")
    assert answer.outcome == "abstain"
    assert not answer.citations


def test_a_crisis_puts_help_first(ask):
    answer = ask("I want to end my life, my program director ruined everything")
    assert answer.outcome == "crisis"
    assert "988" in " ".join(answer.text.split()[:60])


def test_a_deadline_names_an_attorney_in_the_first_sixty_words(ask):
    answer = ask("My hospital ended my H-1B contract yesterday. How long can I stay?")
    assert "attorney" in " ".join(answer.text.split()[:60])


def test_a_program_story_gets_a_level_its_signs_and_the_next_question(ask):
    answer = ask(
        "Three fellows left this year and everyone says personal reasons. Is that a red flag?"
    )
    assert "level: worrying" in answer.text
    assert "Next question" in answer.text
    assert answer.citations


def test_the_same_question_always_gets_the_same_answer(ask):
    first, second = (ask("Who pays the H-1B fees?") for _ in range(2))
    assert first.text == second.text
    assert first.citations == second.citations


def test_an_answer_to_one_question_is_neither_a_word_nor_a_lecture(ask):
    for question in (
        "What is Conrad 30?",
        "Can I moonlight on a J-1?",
        "What is a Statement of Need?",
    ):
        assert 15 <= len(ask(question).text.split()) <= 180
