"""Read a program story: which signs it tells, in the asker's own words, and how grave they are."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files

import yaml
from pydantic import BaseModel, ConfigDict

from corpus.signs import Level, Sign
from guardrails.intents import IntentFrame, PhraseLexicon, Reading, fold, parse_steps
from guardrails.safety import assess, deadline

LEVELS: tuple[Level, ...] = ("good", "hard", "worrying", "reportable", "urgent")
MAX_CHARACTERS = 20_000
MAX_QUOTE = 30  # words
_HOURS_SIGN = "hours-over-80"
# More than 80 hours told as a number; 80 is the limit of the rule acgme-80-hours.
_OVER_80 = re.compile(
    r"\b(?:8[1-9]|9\d|1[0-6]\d)\s?(?:\+\s?)?-?(?:h|hr|hrs|hours?)\b", re.IGNORECASE
)
_SLACK = 5  # words that may stand between the words of a variant

_SENTENCE = re.compile(r"[^.?!;\n]+[.?!]*")
_ASKS = re.compile(
    r"^\W*(?:so|and|but|also|hi|hello|ok)?\W*(?:how|what|which|who|where|when|why|can|could|may|do|does|did|is|are|"
    r"should|would|will|must|has|have|am)\b",
    re.IGNORECASE,
)
# A question tells a story only where it speaks of one place: "my PD", "they", "us", "here".
_OWN = re.compile(r"\b(?:my|our|us|me|they|them|we|here|he|she)\b|\bthis (?:program|place)", re.I)
_NEGATORS = frozenset(
    {"no", "not", "never", "nobody", "none", "nothing", "without", "cannot", "refus", "nt"}
)
_SKIPPED_WORDS = (
    "a an the of for to in on at is are was were be been am my our your their his her its this "
    "that it they he she i we me us them him and or with by from as so very too just really all "
    "do does did has have had will would there"
)
_SKIPPED = frozenset(_SKIPPED_WORDS.split())


@dataclass(frozen=True, slots=True)
class FoundSign:
    """A sign and the asker's words that tell it."""

    sign: Sign
    quote: str


@dataclass(frozen=True, slots=True)
class Story:
    """The signs of a message, gravest first, and the level of the whole."""

    level: Level
    signs: tuple[FoundSign, ...]


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid")
    steps: str
    together: list[str] = []
    anywhere: list[str] = []
    unless: list[str] = []


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid")
    irregular: dict[str, str]
    no_typo: list[str]
    same: dict[str, str]
    veto: dict[str, list[str]]
    concepts: dict[str, str]
    frames: dict[str, list[_Entry]]


@dataclass(frozen=True, slots=True)
class _Telling:
    """How stories are told: lexicon and frames by sign, and words that count as one."""

    lexicon: PhraseLexicon
    frames: tuple[IntentFrame, ...]
    same: Mapping[str, str]
    veto: Mapping[str, list[str]]


@dataclass(frozen=True, slots=True)
class _Variant:
    sign: Sign
    words: frozenset[str]
    negated: bool


def read_story(message: str, signs: Iterable[Sign]) -> Story | None:
    """The story a message tells, or None where it tells none.

    Danger and dismissal make it urgent even where no sign of the list is found.
    """
    message = message[:MAX_CHARACTERS]
    listed = {sign.id: sign for sign in signs}
    index = _variants(tuple(listed.values()))
    whole = _telling().lexicon.read(message)
    frames = _possible(whole)
    known = frozenset(whole.concepts)
    found: dict[str, FoundSign] = {}
    for match in _SENTENCE.finditer(message):
        sentence = match.group()
        if _ASKS.match(sentence) and not _OWN.search(sentence):
            continue
        for sign_id in _signs_in(sentence, frames, known, index):
            if sign_id in listed:
                found.setdefault(sign_id, FoundSign(listed[sign_id], _quote(sentence)))
    danger = assess(message).outcome == "crisis" or deadline(message) is not None
    if not found and not danger:
        return None
    ordered = sorted(found.values(), key=lambda one: -LEVELS.index(one.sign.level))
    level: Level = "urgent" if danger else ordered[0].sign.level
    return Story(level, tuple(ordered))


def _possible(whole: Reading) -> Mapping[str, list[IntentFrame]]:
    """The frames whose every step stands somewhere in the message, by the concepts they end in."""
    possible: dict[str, list[IntentFrame]] = {}
    for frame in _telling().frames:
        if all(whole.has(step.concepts) for step in frame.steps):
            for concept in frame.steps[-1].concepts:
                possible.setdefault(concept, []).append(frame)
    return possible


def _signs_in(
    sentence: str,
    frames: Mapping[str, list[IntentFrame]],
    known: frozenset[str],
    index: Mapping[str, tuple[_Variant, ...]],
) -> list[str]:
    """The ids of the signs that one sentence tells."""
    telling = _telling()
    told = _told_by_variants(_words(sentence), index)
    over = _OVER_80.search(sentence) is not None
    if not frames and not told and not over:
        return []
    reading = telling.lexicon.read(sentence)
    found = [_HOURS_SIGN] if over else []
    candidates = (way for concept in reading.concepts for way in frames.get(concept, ()))
    found += [way.kind for way in candidates if way.matches(reading, known)]
    found += [sign for sign in told if not reading.has(telling.veto.get(sign, ()))]
    return found


def _told_by_variants(
    words: list[str], index: Mapping[str, tuple[_Variant, ...]]
) -> tuple[str, ...]:
    candidates = (variant for word in sorted(set(words)) for variant in index.get(word, ()))
    told = (variant.sign.id for variant in candidates if _tells(words, variant))
    return tuple(dict.fromkeys(told))


def _quote(sentence: str) -> str:
    words = sentence.split()
    return " ".join(words[:MAX_QUOTE]) + (" …" if len(words) > MAX_QUOTE else "")


def _tells(words: list[str], variant: _Variant) -> bool:
    """All words of the variant stand close together, and the negation is the same."""
    if not variant.words.issubset(words):
        return False
    places = [i for i, word in enumerate(words) if word in variant.words]
    span = len(variant.words) + _SLACK
    for first in places:
        last = first + span
        window = words[first:last]
        if variant.words.issubset(window):
            around = words if variant.sign.level == "good" else words[max(0, first - 2) : last]
            return variant.negated == any(word in _NEGATORS for word in around)
    return False


def _words(text: str) -> list[str]:
    """Content words of a text in their plainest form; words that mean the same become one."""
    same = _telling().same
    words: list[str] = []
    for word in re.findall(r"[a-z0-9]+", fold(text).replace("n't", " not").replace("'", " ")):
        if word in _SKIPPED:
            continue
        stem = _stem(word)
        words.append(same.get(stem, stem))
    return words


@lru_cache(maxsize=8192)
def _stem(word: str) -> str:
    """A rough stem; the same for a variant and for a message is all that is needed."""
    word = _irregular().get(word, word)
    for ending in ("ingly", "edly", "ing", "ied", "ies", "ed", "es", "ly", "s", "e"):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            word = word[: -len(ending)]
            break
    return word[:-1] if len(word) > 3 and word[-1] == word[-2] else word


@cache
def _irregular() -> Mapping[str, str]:
    return {
        form.strip(): lemma
        for lemma, forms in _file().irregular.items()
        for form in forms.split(",")
    }


@lru_cache(maxsize=4)
def _variants(signs: tuple[Sign, ...]) -> Mapping[str, tuple[_Variant, ...]]:
    """The variants by their longest word, so that a sentence meets few of them."""
    index: dict[str, list[_Variant]] = {}
    for sign in signs:
        for phrase in sign.variants:
            words = _words(phrase)
            content = frozenset(word for word in words if word not in _NEGATORS)
            negated = len(content) < len(set(words))
            if content and len(content) + negated >= 2:
                longest = max(content, key=lambda word: (len(word), word))
                index.setdefault(longest, []).append(_Variant(sign, content, negated))
    return {word: tuple(variants) for word, variants in index.items()}


@cache
def _file() -> _File:
    text = files("bot").joinpath("stories.yaml").read_text(encoding="utf-8")
    return _File.model_validate(yaml.load(text, Loader=yaml.CSafeLoader))


@cache
def _telling() -> _Telling:
    told = _file()
    frames = tuple(
        _frame(sign, entry, told.concepts)
        for sign, entries in told.frames.items()
        for entry in entries
    )
    lexicon = PhraseLexicon(told.concepts, told.irregular, told.no_typo)
    same = {_stem(word): lemma for lemma, words in told.same.items() for word in words.split()}
    return _Telling(lexicon, frames, same, told.veto)


def _frame(sign: str, entry: _Entry, concepts: Mapping[str, str]) -> IntentFrame:
    steps = parse_steps(entry.steps)
    named = {name for step in steps for name in step.concepts}
    for names in (entry.together, entry.anywhere):
        named |= {part for name in names for part in name.split("|")}
    unknown = sorted((named | set(entry.unless)) - set(concepts))
    if unknown:
        raise ValueError(f"stories.yaml: frame of '{sign}' names unknown concepts {unknown}")
    return IntentFrame(
        sign, steps, tuple(entry.together), tuple(entry.anywhere), tuple(entry.unless)
    )
