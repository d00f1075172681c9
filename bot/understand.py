"""What a message asks: its questions, made to stand alone, and what earlier turns were about."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from bot.types import Question, Turn

# More than three answers at once are not read; the rest of a message still serves as context.
MAX_QUESTIONS = 3
_CARRIED_WORDS = 30
# From this many words on, a message's statements are looked up one by one as well.
LONG_MESSAGE = 30
MAX_CLAIMS = 4

_SENTENCE = re.compile(r"[^.!?\n]+(?:[.!?]+(?=\s|$)|\n|$)|[^\s][^\n]*?[.!?]+(?=\s)")
_INTERROGATIVE = re.compile(
    r"^\s*(?:so|and|but|also|ok|okay|well|then|pls|please|hi|hello|now)?[\s,]*"
    r"(?:how|what|whats|which|who|whom|whose|when|where|why|can|could|may|might|do|does|did|is|are|"
    r"am|was|were|will|would|should|shall|must|has|have|had|any|anyone|does|isn't|don't|"
    r"aren't|can't)\b",
    re.IGNORECASE,
)
_ASKING = re.compile(
    r"\b(?:should i|can i|could i|do i|am i|what (?:should|can|do|are|is)|how (?:do|can|to|"
    r"long|many|much)|"
    r"is (?:it|that|this|there)|thoughts|any (?:idea|advice|tips)|advise|explain|tell me|wondering|"
    r"orientation|overview|pls|plz|please|help|info|checklist|tips|vs|versus|confused|"
    r"not sure (?:if|whether)|right\s*\??$|correct\s*\??$|true\s*\??$)\b",
    re.IGNORECASE,
)
_STATEMENT = re.compile(
    r"^\s*(?:hi|hello|hey|ok|sorry|actually|well|so|and|but|no|yes)?[\s,.!]*"
    r"(?:i|i'm|im|i've|ive|i'd|my|we|our|they|he|she|the|a|an|three|two|one|several|program|it|"
    r"there|step|pgy)\b",
    re.IGNORECASE,
)
_ELLIPTICAL = re.compile(
    r"^\s*(?:and|but|or|so|then|also|ok|okay|even|what about|how about|what if|same|why|"
    r"why not|how so|"
    r"really|which (?:of|ones?|would|is|matters?|should)|yes|yeah|yep|sure|no|nope|"
    r"the (?:first|second|third|last)|for how long|since when|"
    r"if so|if not|in that case|does that|is that|would that|are there)\b",
    re.IGNORECASE,
)
_ANAPHOR = re.compile(
    r"\b(?:it|its|that|this|those|these|they|them|their|there|others?|such|one|ones|he|she|"
    r"him|her|both|"
    r"either|neither|instead|else|same)\b",
    re.IGNORECASE,
)
_TOPIC = re.compile(
    r"\b(?:j-?\s?[12]|h-?\s?1\s?-?b?|h-?4|o-?1|green ?cards?|waivers?|conrad|step ?3|usmle|"
    r"ecfmg|intealth|ds-?2019|212|"
    r"moonlight\w*|fellowships?|residenc\w+|residents?|informatics|malignant|toxic|visas?|"
    r"acgme|dio|gme|spouse|wife|husband|"
    r"interview\w*|match|i-?140|niw|lottery|cap|programs?|fellows?|sponsor\w*|attorney|"
    r"lawyer|documents?|"
    r"red flags?|mentor\w*|hours|dismiss\w*|fired|resign\w*|transfer\w*|contract)\b",
    re.IGNORECASE,
)
_HEARSAY = re.compile(
    r"\b(?:heard|read|told|tells?|says?|said|claims?|thinks?|believes?|swears?|supposedly|"
    r"apparently|"
    r"someone|somebody|people|friends?|forum|reddit|recruiter|website|lawyer|plan|planning|"
    r"want|offers?|"
    r"offered|since|because|so)\b",
    re.IGNORECASE,
)
# Who repeats what others say wants to know whether it is so.
_TOLD = re.compile(
    r"\b(?:heard|read (?:that|on|in)|saw the news|(?:told|tells|says?|said|swears?|claims?|"
    r"thinks?) (?:me|that|i|my|the|we|it)|"
    r"everyone says|people say|apparently|supposedly)\b",
    re.IGNORECASE,
)
_REPORTER = re.compile(
    r"^\s*(?:and|but|also|so|because|since)?\s*(?:[\w'’-]+\s+){0,5}?"
    r"(?:heard|read|told|tells?|says?|said|claims?|swears?|thinks?|believes?|insists?|"
    r"writes?|wrote|saw)\s+"
    r"(?:(?:me|us|him|her|everyone|on (?:the |a )?\w+|online|somewhere|here)\s+)?(?:that\s+)?",
    re.IGNORECASE,
)
_TAGGED = re.compile(
    r"[,\s]+(?:(?:is |am i |are they )?(?:right|correct|true|ok|okay|yes)|isn['’]?t it|no"
    r"|thats? (?:right|true))\s*\?+\s*$",
    re.IGNORECASE,
)
# What one asks at the end of any story: the story says what about.
_GENERIC = re.compile(
    r"\bwhat (?:do|should|can|could|would) (?:i|we) do\b|\bwhat now\b|\bcan i leave\b|"
    r"\bany (?:advice|tips|idea)\b"
    r"|\bis (?:that|this|it) (?:malignant|normal|legal|allowed|ok|okay|right|true)\b|"
    r"\bam i (?:losing|safe|ok|in trouble)\b",
    re.IGNORECASE,
)
_SWAP = re.compile(
    r"^\s*(?:and|but|so|ok(?:ay)?)?[\s,]*(?:(?:what|how) about|and|same for|and for|for|"
    r"and on|on)\s+"
    r"(?:the |a |an |my |in |on |with |for |if i(?:'m| am| was| were) on (?:an? )?)?"
    r"(?P<new>[\w\- /]{2,30}?)(?: visa| status| holders?)?\s*[?.!]*\s*$",
    re.IGNORECASE,
)
_VISA = re.compile(r"\b(?:j-?\s?[12]|h-?\s?1\s?-?b|h-?4|o-?1|f-?1)\b", re.IGNORECASE)
_YES = re.compile(
    r"^\s*(?:yes|yeah|yep|yup|sure|please(?: do)?|ok(?:ay)?|go on|tell me(?: more)?|"
    r"more)[\s,.!]*(?:please)?[\s.!]*$",
    re.IGNORECASE,
)
_ORDINAL = re.compile(r"\bthe (first|second|third|last)(?: one| option)?\b", re.IGNORECASE)
_WHY = re.compile(
    r"^\s*(?:but\s+)?(?:why(?: not| is that| so)?|how come|how so|says who|source|"
    r"really)\s*[?.!]*\s*$",
    re.IGNORECASE,
)
_ORDINALS = {"first": 0, "second": 1, "third": 2, "last": -1}


@dataclass(frozen=True, slots=True)
class Message:
    """A message as understood; `states_only` means it asks nothing."""

    text: str
    questions: tuple[Question, ...]
    states_only: bool
    # What a long message says beside its questions: plans and hearsay, each worth a look.
    claims: tuple[str, ...] = ()
    # The asker wants more about what was just shown ("why?"), not something new.
    wants_more: bool = False


def understand(history: Sequence[Turn], message: str) -> Message:
    """Split a message into at most three questions that stand alone."""
    text = " ".join(message.split())
    chosen = _chosen_follow_up(history, text)
    if chosen:
        return Message(text, (Question(text, chosen),), states_only=False)
    asked, stated = _split(text)
    carried = _carried(history, text)
    if not asked:
        states_only = not (_ASKING.search(text) or _TOLD.search(text)) and bool(
            _STATEMENT.match(text)
        )
        question = Question(text, _resolve(history, text, carried), carried=carried)
        claims = _claims(text, stated)
        return Message(text, (question,), states_only, claims, _wants_more(history, text))
    context = " ".join(stated)
    questions = tuple(
        Question(part, _resolve(history, part, carried, context), context=context, carried=carried)
        for part in asked[:MAX_QUESTIONS]
    )
    claims = _claims(text, stated)
    return Message(text, questions, False, claims, wants_more=_wants_more(history, text))


def _claims(text: str, stated: Sequence[str]) -> tuple[str, ...]:
    """The statements of a long message that speak about our subjects, most telling first."""
    if len(text.split()) < LONG_MESSAGE:
        return ()
    telling = [(len(_TOPIC.findall(s)) + 2 * bool(_HEARSAY.search(s)), s) for s in stated]
    telling = [(weight, s) for weight, s in telling if weight and len(s.split()) >= 5]
    return tuple(s for _, s in sorted(telling, key=lambda pair: -pair[0])[:MAX_CLAIMS])


def with_question_marks(text: str) -> str:
    """The message with a mark after each question that was typed without one."""
    return " ".join(
        f"{part.rstrip('.!')}?" if _INTERROGATIVE.match(part) and not part.endswith("?") else part
        for part in sentences_of(text)
    )


def reported_claims(text: str) -> tuple[str, ...]:
    """What others told the asker, or what is put up for a nod, as plain statements.

    "My friend says the limit is six years" gives "the limit is six years"; "I can skip it, right?"
    gives "I can skip it".
    """
    claims: list[str] = []
    for part in sentences_of(text):
        told = _REPORTER.match(part)
        tag = _TAGGED.search(part)
        if told:
            claims.append(part[told.end() :])
        elif tag:
            claims.append(part[: tag.start()])
    plain = (claim.strip(" ,.!?\"'") for claim in claims)
    return tuple(f"{claim[:1].upper()}{claim[1:]}." for claim in plain if len(claim.split()) >= 4)


def sentences_of(text: str) -> list[str]:
    """The sentences of a message; people drop capitals and full stops, so only marks count."""
    return [part.strip() for part in re.findall(r"[^.!?\n]+[.!?]*", _protect(text)) if part.strip()]


def _protect(text: str) -> str:
    # Abbreviations and decimals must not end a sentence.
    text = re.sub(
        r"\b(U\.S\.|Dr\.|vs\.|e\.g\.|i\.e\.|yrs?\.|approx\.)", _undotted, text, flags=re.I
    )
    return re.sub(r"(?<=\d)\.(?=\d)", "\u2024", text)


def _undotted(match: re.Match[str]) -> str:
    return match.group().replace(".", "")


def _split(text: str) -> tuple[list[str], list[str]]:
    parts = sentences_of(text)
    asked = [p for p in parts if p.endswith("?") or _INTERROGATIVE.match(p)]
    if not asked:
        asked = [p for p in parts if _ASKING.search(p)]
    if len(parts) == 1:
        return asked, ([] if asked else parts)
    stated = [p for p in parts if p not in asked]
    return _merge_fragments(asked), stated


def _merge_fragments(asked: list[str]) -> list[str]:
    """A two-word question ("why?", "or not?") belongs to the one before it."""
    merged: list[str] = []
    for part in asked:
        if merged and len(re.findall(r"\w+", part)) < 4:
            merged[-1] = f"{merged[-1]} {part}"
        else:
            merged.append(part)
    return merged


def dependence(text: str) -> float:
    """How much a message leans on what was said before: 0 not at all, 1 wholly."""
    if _GENERIC.search(text) and len(text.split()) <= 12:
        return 0.9
    words = re.findall(r"\w+", text)
    topics = len(_TOPIC.findall(text))
    if _ELLIPTICAL.match(text):
        return 1.0 if topics < 3 else 0.7
    if topics == 0:
        return 0.9 if len(words) <= 14 else 0.6
    if _ANAPHOR.search(text):
        return 0.7 if topics < 3 else 0.4
    return 0.5 if len(words) <= 5 else 0.25


def _carried(history: Sequence[Turn], text: str) -> str:
    """What the last turn was about, as far as the message leans on it.

    A turn's standalone question holds what it took over itself, so one turn back is enough.
    """
    if not history or dependence(text) <= 0.25:
        return ""
    said = _said(history[-1])
    if len(history) > 1 and not _asks(history[-1].message):
        # A turn that only adds a fact leaves the question before it open.
        said = f"{_said(history[-2])} {said}"
    return " ".join(said.split()[-_CARRIED_WORDS:])


def _said(turn: Turn) -> str:
    return turn.answer.standalone if turn.answer and turn.answer.standalone else turn.message


def _asks(text: str) -> bool:
    return "?" in text or bool(_INTERROGATIVE.match(text) or _ASKING.search(text))


def _resolve(history: Sequence[Turn], text: str, carried: str, context: str = "") -> str:
    """The question with what it leans on put before it."""
    leans = dependence(text) >= 0.5
    if context and leans:
        text = f"{context} {text}"
        leans = dependence(context) >= 0.5
    if not carried:
        return text
    swap = _SWAP.match(text)
    previous = history[-1].answer.standalone if history[-1].answer else history[-1].message
    if swap and previous and _VISA.search(swap["new"]) and _VISA.search(previous):
        return _VISA.sub(swap["new"].strip(), previous)
    return f"{carried} {text}" if leans else text


def _chosen_follow_up(history: Sequence[Turn], text: str) -> str | None:
    """A yes, or a count such as "the second one", means a follow-up that was offered."""
    if not history or history[-1].answer is None or not history[-1].answer.follow_ups:
        return None
    offered = history[-1].answer.follow_ups
    if _YES.match(text):
        return offered[0]
    ordinal = _ORDINAL.search(text)
    if ordinal and len(text.split()) <= 8:
        index = _ORDINALS[ordinal.group(1).lower()]
        if index < len(offered):
            return offered[index]
    return None


def _wants_more(history: Sequence[Turn], text: str) -> bool:
    return bool(history) and bool(_WHY.match(text))
