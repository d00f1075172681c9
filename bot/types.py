"""What flows through one question: the nouns of the main path."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from guardrails.situation import Conclusion, Fact

Outcome = Literal["answer", "clarify", "abstain", "refuse", "crisis", "smalltalk"]
Origin = Literal["guide", "rule", "conclusion", "phrase"]
Standing = Literal["exact", "proved", "replaced", "off-topic"]
# How a sentence is laid out: running text, an item or step of a list, the next sentence of the
# same item, a table's header or row, a small heading.
Layout = Literal["text", "item", "step", "same-item", "header", "row", "heading"]


@dataclass(frozen=True, slots=True)
class Question:
    """One question of a message.

    `text` is as asked; `standalone` has follow-ups resolved; `context` is what else the asker
    said that helps to find the passage; `carried` is what an earlier turn was about.
    """

    text: str
    standalone: str
    context: str = ""
    carried: str = ""


@dataclass(frozen=True, slots=True)
class Source:
    """Where a sentence stands: a passage and code point offsets into its guide's stored text."""

    passage_id: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class DraftSentence:
    """A sentence proposed for the answer; `source` is None for a phrase of ours."""

    text: str
    origin: Origin
    source: Source | None = None
    rule: str | None = None
    layout: Layout = "text"


@dataclass(frozen=True, slots=True)
class AuthorityLink:
    """An official source as shown beside a citation."""

    title: str
    url: str
    checked: str = ""


@dataclass(frozen=True, slots=True)
class Citation:
    """The exact words that a sentence rests on; `quote` is guide text start..end."""

    number: int
    passage_id: str
    guide_id: str
    guide_title: str
    heading: str
    quote: str
    start: int
    end: int
    authorities: tuple[AuthorityLink, ...]
    reviewed: str | None
    trust: Literal["reviewed", "imported"]
    as_of: str | None = None


@dataclass(frozen=True, slots=True)
class AnswerSentence:
    """A sentence as shown, with the citations it rests on and why it was let through."""

    text: str
    citations: tuple[int, ...]
    origin: Origin
    verdict: Standing
    rule: str | None = None
    layout: Layout = "text"


@dataclass(frozen=True, slots=True)
class Correction:
    """A false premise of the question, or a sentence of a draft that was replaced."""

    said: str
    statement: str
    rule: str
    authorities: tuple[AuthorityLink, ...] = ()
    of: Literal["question", "draft"] = "question"


@dataclass(frozen=True, slots=True)
class Answer:
    """What the asker sees, with everything needed to check it (contract: Answer)."""

    outcome: Outcome
    text: str
    standalone: str
    sentences: tuple[AnswerSentence, ...] = ()
    citations: tuple[Citation, ...] = ()
    corrections: tuple[Correction, ...] = ()
    facts: tuple[Fact, ...] = ()
    conclusions: tuple[Conclusion, ...] = ()
    follow_ups: tuple[str, ...] = ()
    model: str = "extractive"
    versions: dict[str, str] = field(default_factory=dict[str, str])
    elapsed_ms: dict[str, float] = field(default_factory=dict[str, float])

    def to_json(self) -> dict[str, Any]:
        """The answer as the contract's JSON object."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Turn:
    """One earlier exchange of the conversation."""

    message: str
    answer: Answer | None = None
