"""Messages are split into questions that stand alone."""

import pytest

from bot.types import Answer, Turn
from bot.understand import dependence, understand


def turn(message: str, *follow_ups: str) -> Turn:
    return Turn(message, Answer("answer", "", message, follow_ups=follow_ups))


def test_a_plain_question_stands_alone():
    message = understand([], "How long may a doctor stay on a J-1?")
    assert [q.standalone for q in message.questions] == ["How long may a doctor stay on a J-1?"]
    assert not message.states_only


def test_a_situation_before_a_question_is_its_context():
    message = understand(
        [], "I am a third year resident on J-1. My wife is pregnant. Can she work?"
    )
    (question,) = message.questions
    assert question.text == "Can she work?"
    assert "J-1" in question.context
    assert question.standalone.endswith("Can she work?")


def test_several_questions_are_kept_apart_up_to_three():
    message = understand(
        [], "Is Step 3 needed? Who pays the lawyer? What is Conrad 30? And the fees there?"
    )
    assert [q.text for q in message.questions] == [
        "Is Step 3 needed?",
        "Who pays the lawyer?",
        "What is Conrad 30?",
    ]


def test_a_fragment_belongs_to_the_question_before_it():
    message = understand([], "Will a night shift elsewhere break my J-1? or not?")
    assert len(message.questions) == 1


def test_what_about_another_visa_asks_the_last_question_again():
    message = understand([turn("How many years can I train on J-1?")], "what about H-1B?")
    assert message.questions[0].standalone == "How many years can I train on H-1B?"


@pytest.mark.parametrize("reply", ["yes", "Yes please", "sure", "tell me more"])
def test_yes_takes_the_first_follow_up_that_was_offered(reply):
    history = [turn("What is Conrad 30?", "How many slots has a state?", "Who may apply?")]
    assert understand(history, reply).questions[0].standalone == "How many slots has a state?"


def test_the_second_one_takes_the_second_follow_up():
    history = [turn("What is Conrad 30?", "How many slots has a state?", "Who may apply?")]
    assert understand(history, "the second one").questions[0].standalone == "Who may apply?"


def test_why_asks_for_more_of_the_same():
    assert understand([turn("Can I moonlight on a J-1?")], "why?").wants_more


def test_a_new_topic_takes_nothing_over():
    history = [turn("Can I moonlight on a J-1?")]
    asked = (
        "Which documents does Intealth want for the DS-2019 before a fellowship contract starts?"
    )
    assert understand(history, asked).questions[0].standalone == asked


def test_a_pronoun_takes_the_last_question_over():
    message = understand([turn("What is a Conrad 30 waiver?")], "how long does it take?")
    assert message.questions[0].standalone == "What is a Conrad 30 waiver? how long does it take?"


def test_a_turn_that_only_states_facts_is_seen_as_such():
    assert understand([], "I'm a PGY-2 in pediatrics on H-1B").states_only
    assert not understand([], "j1 maximum years").states_only


@pytest.mark.parametrize(
    ("text", "least", "most"),
    [
        ("and then?", 0.9, 1.0),
        ("how do I ask for it?", 0.6, 1.0),
        (
            "Does a J-1 fellowship at another hospital need a new DS-2019 and a new contract?",
            0.0,
            0.3,
        ),
    ],
)
def test_dependence_grows_with_what_is_left_unsaid(text, least, most):
    assert least <= dependence(text) <= most
