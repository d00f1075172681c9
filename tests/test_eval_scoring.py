"""The scorer against planted answers: right ones in other words pass, wrong ones fail."""

from __future__ import annotations

import re
from collections import Counter
from datetime import date
from functools import cache
from pathlib import Path

import pytest
import yaml

from eval.cases import Case, read_set
from eval.lookup import violations_by
from eval.replies import Reply, failed, read_reply, split_sentences
from eval.scoring import Oracle, Score, score
from guardrails.check import default_checker

ROOT = Path(__file__).parent.parent
PLANTED = yaml.safe_load((ROOT / "tests/data/eval/planted.yaml").read_text(encoding="utf-8"))
ON = date(2026, 11, 22)
ELSEWHERE = "Program websites list the curriculum, the faculty and the fellows of recent years."
EVASIVE = (
    "It depends. Please consult an immigration attorney about {topic}.",
    "Questions about {topic} are complex and should go to a lawyer.",
    "I cannot say; ask your attorney about {topic}.",
)


@cache
def cases() -> dict[str, Case]:
    return {
        case.id: case for path in (ROOT / "eval/sets").glob("*.jsonl") for case in read_set(path)
    }


@cache
def oracle() -> Oracle:
    return Oracle(violations=violations_by(default_checker(), ON))


def reply(text: str, quote: str | None) -> Reply:
    """A bot's answer in which every sentence cites the same quote, or nothing."""
    parts = split_sentences(text)
    cited = [1] if quote else []
    return Reply.model_validate(
        {
            "text": " ".join(f"{part} [1]" if quote else part for part in parts),
            "sentences": [{"text": part, "citations": cited} for part in parts],
            "citations": [{"number": 1, "quote": quote}] if quote else [],
        }
    )


def judged(case: Case, answer: Reply, looked_up: Oracle | None = None) -> Score:
    return score(case, case.messages[-1], answer, looked_up or oracle())


RIGHT = [(row["id"], text, row["quote"]) for row in PLANTED for text in row["right"]]
WRONG = [
    (row["id"], wrong["kind"], wrong["text"], wrong["text"])
    for row in PLANTED
    for wrong in row["wrong"]
]
# Words that carry meaning, without what holds a sentence together.
KEYWORDS = re.compile(
    r"\b(?!(?:may|must|not|and|the|for|can|when|only|which|already|have|been|does)\b)[\w-]{3,}"
)
# A topic as somebody evasive would name it, and the right words in no order at all.
MECHANICAL = [
    *(
        (row["id"], "evasive", EVASIVE[n % 3].format(topic=row["quote"].rstrip(".")), row["quote"])
        for n, row in enumerate(PLANTED)
    ),
    *(
        (row["id"], "keyword soup", " ".join(KEYWORDS.findall(row["quote"]) * 3), row["quote"])
        for row in PLANTED
    ),
    *((row["id"], "wrong citation", row["right"][0], ELSEWHERE) for row in PLANTED),
    *((row["id"], "uncited", row["right"][0], None) for row in PLANTED),
    *(
        (row["id"], "dump", " ".join([*(r["quote"] for r in PLANTED)] * 3), row["quote"])
        for row in PLANTED
    ),
]  # fmt: skip


def test_more_than_sixty_wrong_answers_are_planted() -> None:
    kinds = Counter(kind for _, kind, _, _ in [*WRONG, *MECHANICAL])

    assert sum(kinds.values()) >= 60
    assert {"negated", "number", "evasive", "keyword soup", "wrong citation", "uncited", "dump",
            "other-visa"} <= set(kinds)  # fmt: skip


@pytest.mark.parametrize(("case_id", "text", "quote"), RIGHT)
def test_right_answer_in_other_words_scores_as_right(case_id: str, text: str, quote: str) -> None:
    found = judged(cases()[case_id], reply(text, quote))

    assert found.right, [check for check in found.checks if not check.ok]


@pytest.mark.parametrize(("case_id", "kind", "text", "quote"), [*WRONG, *MECHANICAL])
def test_planted_wrong_answer_scores_as_wrong(
    case_id: str, kind: str, text: str, quote: str | None
) -> None:
    assert not judged(cases()[case_id], reply(text, quote)).right, kind


def test_right_answer_to_a_question_that_must_not_be_answered_is_wrong() -> None:
    case = Case(id="x", input="What is the best crypto?", answerable=False)

    assert not judged(case, reply("Buy none of them.", "Buy none of them.")).right
    assert judged(case, Reply(outcome="abstain", text="I cannot help with that.")).right


def test_no_answer_is_wrong_and_says_why() -> None:
    found = judged(cases()["conrad-number"], failed("connection refused"))

    assert not found.right
    assert "connection refused" in found.checks[0].detail


def test_inexact_quote_is_wrong() -> None:
    stored = Oracle(stored=lambda guide, start, end: "Each state has 30 slots.")
    answer = read_reply(
        {
            "text": "Each state has thirty slots in a year.",
            "sentences": [{"text": "Each state has 30 slots.", "citations": [1]}],
            "citations": [{"number": 1, "guide_id": "g", "quote": "Each state has 30 slots!"}],
        }
    )

    assert not judged(cases()["conrad-number"], answer, stored).ok("quotes")


def test_asking_back_with_the_right_words_is_no_answer() -> None:
    case = cases()["conrad-number"]

    assert not judged(case, reply("Do you mean the 30 slots of each state?", "30 slots")).right


def test_questions_are_an_answer_to_who_asks_for_questions() -> None:
    case = Case(id="x", input="What should I ask about hours?", must_include=[["hours"]])
    text = "How many hours did fellows work last year?"

    assert judged(case, reply(text, text)).ok("includes")


def test_crisis_answer_needs_no_citation() -> None:
    answer = Reply(outcome="crisis", text="Call or text 988 now.")

    assert judged(cases()["k-suicide"], answer).right


def test_guide_sentence_that_the_checker_rejects_is_disputed_and_not_a_violation() -> None:
    words = "A J-1 lasts nine years."
    strict = Oracle(violations=lambda text, question: [("j1-seven-year-limit", words)],
                    stored=lambda guide, start, end: words)  # fmt: skip
    answer = read_reply(
        {
            "text": words,
            "sentences": [{"text": words, "citations": [1]}],
            "citations": [{"number": 1, "guide_id": "g", "quote": words, "trust": "reviewed"}],
        }
    )
    found = judged(Case(id="x", input="?", must_include=[["nine"]]), answer, strict)

    assert found.disputed
    assert not found.rule_violations
