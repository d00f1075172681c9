"""A program story that was read -> the sentences that answer it: level, signs, next questions."""

from __future__ import annotations

import re

from bot.draft import word_count
from bot.parts import Parts
from bot.phrases import phrase
from bot.stories import FoundSign, Story
from bot.types import DraftSentence, Layout, Source
from bot.understand import Message
from ingest.passages import sentences

MAX_SIGNS = 3
_QUOTE_WORDS = 14
# A question that asks what to make of a story, rather than how to do something about it.
_JUDGEMENT = re.compile(
    r"\b(?:red flags?|warning signs?|should i (?:be )?worr(?:y|ied)|malignant|toxic|"
    r"bad signs?|good sign|is (?:it|this|that) normal|"
    r"what do you think|thoughts|opinions?|make of (?:it|this|that)|how (?:bad|serious) is)\b",
    re.IGNORECASE,
)


# Who tells a plan of their own wants to know whether it works, not what to make of a program.
_OWN_PLAN = re.compile(
    r"\b(?:i (?:want|plan|intend|hope|would like|decided|am thinking)|want to|planning|"
    r"switch(?:ing)?|thinking of)\b",
    re.IGNORECASE,
)


def asks_for_judgement(message: Message, story: Story) -> bool:
    """Whether the story itself is what the answer must be about."""
    if all(found.sign.level == "good" for found in story.signs):
        return False
    if message.states_only:
        return not _OWN_PLAN.search(message.text)
    asked = " ".join(question.text for question in message.questions)
    return bool(_JUDGEMENT.search(asked))


def tell(story: Story, parts: Parts, budget: int) -> list[DraftSentence]:
    """The level, said to be a judgement; then each sign with its section and next question."""
    said = [_say(phrase(f"level_{story.level}")), _say(phrase("level_judgement"))]
    left = budget - sum(word_count(s.text) for s in said)
    quoted: set[str] = set()
    for found in story.signs[:MAX_SIGNS]:
        one = _sign(found, parts, quoted)
        words = sum(word_count(s.text) for s in one)
        if words > left and len(said) > 2:
            continue
        said += one
        left -= words
        quoted.add(found.quote)
    return said


def _sign(found: FoundSign, parts: Parts, quoted: set[str]) -> list[DraftSentence]:
    """One sign as a list item; words quoted before are not quoted again."""
    name = phrase("sign_name", name=found.sign.name)
    if found.quote not in quoted:
        words = found.quote.rstrip(".").split()
        quote = " ".join(words[:_QUOTE_WORDS]) + (" …" if len(words) > _QUOTE_WORDS else "")
        name = phrase("sign_quoted", name=found.sign.name, quote=quote)
    section = _lead(found.sign.section, parts) or _say(found.sign.why, layout="same-item")
    ask = phrase("sign_ask", whom=found.sign.whom, ask=found.sign.ask)
    return [_say(name, layout="item"), section, _say(ask, layout="same-item")]


def _lead(section: str, parts: Parts) -> DraftSentence | None:
    """The verdict of the sign's own section, word for word."""
    try:
        passage = parts.library.passage(section)
    except KeyError:
        return None
    first = sentences(passage)[:1]
    if not first:
        return None
    source = Source(passage.id, first[0].start, first[0].end)
    return DraftSentence(first[0].text, "guide", source, layout="same-item")


def _say(text: str, layout: Layout = "text") -> DraftSentence:
    return DraftSentence(text, "phrase", layout=layout)
