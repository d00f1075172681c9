"""What comes before an answer: help in a crisis, a refusal, a short reply, "not in my guides"."""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict

from guardrails.cues import CueRule, parse_weights
from guardrails.intents import (
    IntentFrame,
    PhraseLexicon,
    Reading,
    Step,
    fold,
    parse_steps,
    with_derived,
)

Outcome = Literal["answer", "refuse", "crisis", "smalltalk"]

_MARKUP = re.compile(
    r"<script\b.{0,5000}?(?:</script\s*>|$)|<[/!]?[a-z][^<>]{0,2000}(?:>|$)", re.S | re.I
)
_CODE = re.compile(
    r"javascript:|\{\{.{0,80}\}\}|\$\{.{0,80}\}|\bdrop\s+table\b|\bunion\s+select\b|"
    r"\bselect\s+\S{1,40}\s+from\s+\w+|\binsert\s+into\s+\w+\s+values|\brm\s+-rf\b|"
    r"\.\./\.\./|\bexec\s*\(|__import__|onerror\s*=|<\?php|\bor\s+'?1'?\s*=\s*'?1",
    re.I,
)
_WORD = re.compile(r"[^\W\d_]+")
_CAPITAL = re.compile(r"(?<=[a-z,;:] )[A-Z][a-z]{2,}|(?<=Dr\. )[A-Z][a-z]+")
_STRETCHED = re.compile(r"(\w)\1{2,}")
_NO_VOWEL = re.compile(r"[bcdfghjklmnpqrstvwxz]{4,}")
_CONSONANTS = re.compile(r"[bcdfghjklmnpqrstvwxz]{6,}")
_ONE_LETTER = re.compile(r"(.)\1{3,}")
_GREETING = 16  # words; longer small talk is answered as a question
_LONG = 40  # words; nobody greets at such length
_ODD = re.compile(
    r"q[^u]|[jqvxz][bcdfgjkmnpqvwxz]|[bcdfghkmpstwz]j|[bcdfghklmnpstvw]q|[bdfghjkmpvw][xz]|"
    r"wp|dk|kf|fg|gf|hg|vb|sdf|dfg"
)
_ROWS = ("qwertyuiop", "qwertzuiop", "asdfghjkl", "zxcvbnm", "poiuytrewq", "lkjhgfdsa", "mnbvcxz")


@dataclass(frozen=True, slots=True)
class Safety:
    """How a message must be met first; `text` is fixed and reviewed, and empty for an answer."""

    outcome: Outcome
    kind: str
    text: str
    lawful_way: str


@dataclass(frozen=True, slots=True)
class Notice:
    """A kind with its one-sentence reply: outside the guides, or an urgent legal matter."""

    kind: str
    text: str


class _FrameEntry(BaseModel):
    model_config = ConfigDict(extra="forbid")
    steps: str
    together: list[str] = []
    anywhere: list[str] = []
    unless: list[str] = []
    unless_before: list[str] = []
    unless_anywhere: list[str] = []
    not_after: list[str] = []
    act: int = 0


class _CueEntry(BaseModel):
    model_config = ConfigDict(extra="forbid")
    weights: str
    threshold: float
    least_main: int


class _FrameFile(BaseModel):
    model_config = ConfigDict(extra="forbid")
    irregular: dict[str, str]
    no_typo: list[str]
    concepts: dict[str, str]
    derived: dict[str, list[str]] = {}
    frames: dict[str, dict[str, list[_FrameEntry]]]
    cues: dict[str, dict[str, _CueEntry]] = {}


class _Refusal(BaseModel):
    model_config = ConfigDict(extra="forbid")
    text: str
    lawful_way: str


class _Replies(BaseModel):
    model_config = ConfigDict(extra="forbid")
    reviewed: object
    crisis: dict[str, str]
    refuse: dict[str, _Refusal]
    smalltalk: dict[str, str]
    scope: dict[str, str]
    deadline: dict[str, str]


class _Talk(BaseModel):
    model_config = ConfigDict(extra="forbid")
    phrases: dict[str, str]
    follow_up: str
    acronyms: str
    foreign: dict[str, str]
    english: str
    proper: str
    common: str
    foreign_crisis: list[str]


@dataclass(frozen=True, slots=True)
class FrameBook:
    """A lexicon with its frames, by group and in the order of the file."""

    lexicon: PhraseLexicon
    derived: Mapping[str, tuple[tuple[Step, ...], ...]]
    groups: Mapping[str, tuple[IntentFrame, ...]]
    cues: Mapping[str, tuple[CueRule, ...]]

    def read(self, text: str) -> Reading:
        """The text with all its concepts, plain and derived."""
        return with_derived(self.lexicon.read(text), self.derived)

    def first(
        self, group: str, reading: Reading, known: frozenset[str] = frozenset()
    ) -> str | None:
        """The kind of the first frame of the group that the text holds, else of its small signs."""
        for frame in self.groups[group]:
            if frame.matches(reading, known):
                return frame.kind
        for rule in self.cues.get(group, ()):
            if rule.matches(reading):
                return rule.kind
        return None


def load_frames(name: str) -> FrameBook:
    """Read a frame file of this package; an unknown concept raises ValueError with its frame."""
    raw = yaml.load(_text(name), Loader=yaml.CSafeLoader)
    book = _FrameFile.model_validate(raw)
    lexicon = PhraseLexicon(book.concepts, book.irregular, book.no_typo)
    derived = {concept: tuple(map(parse_steps, ways)) for concept, ways in book.derived.items()}
    known = {*book.concepts, *derived}
    for concept, ways in derived.items():
        _refuse_unknown(name, f"derived concept '{concept}'", _step_names(ways), known)
    groups: dict[str, tuple[IntentFrame, ...]] = {}
    for group, kinds in book.frames.items():
        frames = [
            _frame(name, kind, entry, known) for kind, entries in kinds.items() for entry in entries
        ]
        groups[group] = tuple(frames)
    cues: dict[str, tuple[CueRule, ...]] = {}
    for group, rules in book.cues.items():
        cues[group] = tuple(_cue_rule(name, kind, entry, known) for kind, entry in rules.items())
    return FrameBook(lexicon, derived, groups, cues)


def assess(text: str, history: Sequence[str] = ()) -> Safety:
    """Judge one message; `history` is what the same person wrote before, oldest first."""
    replies = _replies()
    if any(phrase in text.lower() for phrase in _talk().foreign_crisis):
        return Safety("crisis", "self-harm", replies.crisis["self-harm"], "")
    book = _frames()
    reading = book.read(text)
    crisis = book.first("crisis", reading)
    if crisis is not None:
        kind = crisis.removesuffix("-unsure")
        return Safety("crisis", kind, replies.crisis[kind], "")
    known = frozenset(concept for said in history[-3:] for concept in book.read(said).concepts)
    refused = book.first("refuse", reading, known)
    if refused is not None:
        reply = replies.refuse[refused]
        return Safety("refuse", refused, reply.text, reply.lawful_way)
    talk = smalltalk(text, follows=bool(history))
    if talk is not None:
        return Safety("smalltalk", talk, replies.smalltalk[talk], "")
    return Safety("answer", "", "", "")


def scope(text: str) -> Notice | None:
    """The kind and honest reply where the text is plainly outside the guides, else None."""
    known = frozenset({"named"}) if names_somebody(text) else frozenset[str]()
    kind = _scope_frames().first("scope", _scope_reading(text), known)
    return Notice(kind, _replies().scope[kind]) if kind else None


def deadline(text: str) -> Notice | None:
    """The kind and first advice where a legal deadline may be running for the asker, else None."""
    kind = _scope_frames().first("deadline", _scope_reading(text))
    return Notice(kind, _replies().deadline[kind]) if kind else None


def in_domain(text: str) -> bool:
    """False where the words of other fields outweigh what little of our field the text holds.

    A text of common words only ("and how long is that?") may follow on anything, so it is True.
    """
    reading = _scope_reading(text)
    if reading.has(("subject", "visa_words")):
        return True
    ours = {span.start for span in reading.concepts.get("weak_subject", ())}
    known = _word_sets()
    strange = {
        token
        for position, token in enumerate(reading.tokens)
        if position not in ours
        and len(token) > 2
        and token not in known["english"]
        and token not in known["common"]
    }
    return len(strange) <= len(ours)


def unrelated(text: str) -> Notice | None:
    """An honest reply for a text with nothing of our field; for a search that finds little."""
    return None if in_domain(text) else Notice("unrelated", _replies().scope["unrelated"])


def names_somebody(text: str) -> bool:
    """True where a capitalised word is no word of ours: most likely a hospital or a person."""
    if text.isupper():
        return False
    known = _word_sets()
    return any(
        match.group().lower() not in known["proper"]
        and match.group().lower() not in known["english"]
        for match in _CAPITAL.finditer(text[:4_000])
    )


def smalltalk(text: str, *, follows: bool = False) -> str | None:
    """The kind of small talk, or None where the text may hold a question."""
    if not text.strip():
        return "empty"
    bare = _MARKUP.sub(" ", text[:20_000])
    words = _WORD.findall(bare)
    if len(words) > _LONG:
        return "other-language" if _foreign(bare[:1_000]) else None
    if _CODE.search(text[:20_000]) and len(_WORD.findall(_CODE.sub(" ", bare))) <= 6:
        return "markup"
    if not words:
        return _wordless(text, bare, follows)
    if _foreign(bare):
        return "other-language"
    if len(words) > _GREETING:
        return None
    folded = fold(bare)
    spoken = _spoken(_STRETCHED.sub(r"\1", folded)) or _spoken(folded)
    if spoken is not None:
        return None if spoken == "chat" and follows and _is_follow_up(words) else spoken
    return "gibberish" if _is_gibberish(bare) else None


def _wordless(text: str, bare: str, follows: bool) -> str | None:
    if bare != text and not any(mark.isalnum() for mark in bare):
        return "markup"
    if any(mark.isdigit() for mark in bare):
        return None if follows else "gibberish"
    if any(ord(mark) > 0x2000 and not mark.isspace() and mark.isprintable() for mark in bare):
        return "emoji"
    return "emoji" if re.fullmatch(r"\s*[:;=8xX]['-]?[)(DPp/|*]+\s*", bare) else "empty"


def _spoken(folded: str) -> str | None:
    """The kind where greetings, thanks and the like make up the whole text."""
    reading = _talk_lexicon().read(folded)
    covered = [False] * len(reading.tokens)
    kinds: list[str] = []
    for concept, spans in reading.concepts.items():
        kinds.append(concept)
        for span in spans:
            covered[span.start : span.end] = [True] * (span.end - span.start)
    if not covered or not all(covered):
        return None
    order = ("thanks", "farewell", "about", "greeting", "chat")
    return next((kind for kind in order if kind in kinds), None)


def _is_follow_up(words: list[str]) -> bool:
    return all(word.lower() in _word_sets()["follow_up"] for word in words)


def _is_gibberish(text: str) -> bool:
    words = [word for word in re.findall(r"\b[^\W_]+\b", text) if word.isalpha()]
    known = _word_sets()
    judged = [
        word
        for word in words
        if not (word.isupper() and len(word) <= 5) and word.lower() not in known["acronyms"]
    ]
    if not judged or any(word.lower() in known["english"] for word in judged):
        return False
    return sum(map(_is_mash, judged)) >= 0.6 * len(words)


def _is_mash(word: str) -> bool:
    word = word.lower()
    if len(word) < 4:
        return False
    if _NO_VOWEL.fullmatch(word) or _CONSONANTS.search(word) or _ONE_LETTER.search(word):
        return True
    if len(_ODD.findall(word)) >= 2 or (len(word) <= 6 and _ODD.search(word)):
        return True
    walked = {
        i + step
        for i in range(len(word) - 3)
        if any(word[i : i + 4] in row for row in _ROWS)
        for step in range(4)
    }
    return len(walked) > 0.7 * len(word)


def _foreign(text: str) -> bool:
    letters = [mark for mark in text if mark.isalpha()]
    if sum(ord(mark) > 0x24F for mark in letters) > len(letters) / 2:
        return True
    folded = _WORD.findall(fold(text))
    sets = _word_sets()
    english = sum(word in sets["english"] for word in folded)
    if english > 0.3 * len(folded):
        return False
    for language in _talk().foreign:
        hits = sum(word in sets[language] for word in folded)
        if hits >= 2 and hits > english and hits >= 0.3 * len(folded):
            return True
    return "¿" in text and english <= len(folded) / 5


def _step_names(ways: Iterable[tuple[Step, ...]]) -> list[str]:
    return [concept for steps in ways for step in steps for concept in step.concepts]


def _refuse_unknown(file: str, where: str, named: Iterable[str], known: Collection[str]) -> None:
    unknown = sorted({name for name in named if name not in known})
    if unknown:
        raise ValueError(f"{file}: {where} names unknown concepts {unknown}; add them to concepts")


def _frame(file: str, kind: str, entry: _FrameEntry, known: Collection[str]) -> IntentFrame:
    steps = parse_steps(entry.steps)
    named = _step_names([steps])
    for names in (entry.together, entry.anywhere):
        named += [part for name in names for part in name.split("|")]
    named += [*entry.unless, *entry.unless_before, *entry.unless_anywhere, *entry.not_after]
    _refuse_unknown(file, f"frame '{kind}'", named, known)
    return IntentFrame(
        kind,
        steps,
        tuple(entry.together),
        tuple(entry.anywhere),
        tuple(entry.unless),
        tuple(entry.unless_before),
        tuple(entry.unless_anywhere),
        tuple(entry.not_after),
        entry.act,
    )


def _cue_rule(file: str, kind: str, entry: _CueEntry, known: Collection[str]) -> CueRule:
    weights, main = parse_weights(entry.weights)
    _refuse_unknown(file, f"cues of '{kind}'", weights, known)
    return CueRule(kind, weights, main, entry.least_main, entry.threshold)


def _text(name: str) -> str:
    return files("guardrails").joinpath(name).read_text(encoding="utf-8")


@cache
def _frames() -> FrameBook:
    return load_frames("safety.yaml")


@cache
def _scope_frames() -> FrameBook:
    return load_frames("scope.yaml")


@lru_cache(maxsize=8)
def _scope_reading(text: str) -> Reading:
    return _scope_frames().read(text)


@cache
def _replies() -> _Replies:
    return _Replies.model_validate(yaml.load(_text("replies.yaml"), Loader=yaml.CSafeLoader))


@cache
def _talk() -> _Talk:
    return _Talk.model_validate(yaml.load(_text("smalltalk.yaml"), Loader=yaml.CSafeLoader))


@cache
def _talk_lexicon() -> PhraseLexicon:
    return PhraseLexicon(_talk().phrases)


@cache
def _word_sets() -> Mapping[str, frozenset[str]]:
    talk = _talk()
    lists = {
        "follow_up": talk.follow_up,
        "acronyms": talk.acronyms,
        "english": talk.english,
        "proper": talk.proper,
        "common": talk.common,
        **talk.foreign,
    }
    return {name: frozenset(words.replace(",", " ").split()) for name, words in lists.items()}
