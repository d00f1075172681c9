"""The vocabulary: surface phrases -> concepts, found by longest match in linear time."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import TypeVar, cast

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from rapidfuzz.distance import OSA

from .text import word_set

M = TypeVar("M", bound=BaseModel)
TYPO_MIN_LENGTH = 4
TYPO_TWO_EDITS_FROM = 9

_TOKEN = re.compile(
    r"""
      (?:ina|section|sec\.?|§{1,2})\s?212\s?\(\s?e\s?\)(?:\([a-z0-9]{1,4}\))*
    | (?:form\s)?(?:ds-?\s?2019s?|i-?\d{2,3}[a-z]?s?|n-?\d{3}|g-?28|wh-?4)\b
    | (?:\d{1,3}\s)?
      (?:c\.?\s?f\.?\s?r\.?|u\.?\s?s\.?\s?c\.?|fed\.\s?reg\.|ina|sections?|sec\.|§{1,2})\s?
      (?:part\s)?\d[\d.]*(?:\([a-z0-9]{1,4}\))*
    | 212\s?\(\s?e\s?\) | \d{3}\s?\([a-z]\)(?:\([a-z0-9]{1,4}\))*
    | h\s?-?\s?1\s?-?\s?b\d?s?\b | \b[jh]\s?-?\s?[1-4]s?\b
    | \b[foblkt]-?[12][ab]?s?\b | \beb-?\s?[123][a-c]?\b
    | w/o\b | b4\b | (?:dr|mr|mrs|ms|prof)\.(?=\s) | u\.\s?s\.a?\.? | u\.\s?k\.?
    | \$\s?\d[\d,]*(?:\.\d+)?k?\b
    | \d{1,3}(?:,\d{3})+ | \d+\.\d+ | \.\d+ | \d+
    | [a-z]+(?:'[a-z]+)?
    | [^\sa-z0-9]
    """,
    re.VERBOSE,
)
_STATUS = re.compile(r"(h)\W*1\W*b|([jh])\W*([1-4])|([foblkt])-?([12][ab]?)|eb\W*([123])[a-c]?")

_CONTRACTIONS = {
    "can't": "can not", "cannot": "can not", "cant": "can not", "won't": "will not",
    "wont": "will not",
    "shan't": "shall not", "ain't": "is not", "aint": "is not", "it's": "it is",
    "that's": "that is",
    "there's": "there is", "here's": "here is", "what's": "what is", "who's": "who is",
    "let's": "let",
    "he's": "he is", "she's": "she is", "dont": "do not", "doesnt": "does not", "didnt": "did not",
    "isnt": "is not", "arent": "are not", "wasnt": "was not", "werent": "were not",
    "hasnt": "has not",
    "havent": "have not", "hadnt": "had not", "couldnt": "could not", "wouldnt": "would not",
    "shouldnt": "should not", "mustnt": "must not", "neednt": "need not", "dosnt": "does not",
    "doesn": "does not", "u": "you", "ur": "your", "r": "are", "ppl": "people", "w/o": "without",
    "wo": "without", "gonna": "going to", "wanna": "want to", "gotta": "have to", "yrs": "years",
    "yr": "year", "mos": "months", "mo": "month", "mth": "month", "mths": "months", "wks": "weeks",
    "wk": "week", "hrs": "hours", "hr": "hour", "pls": "please", "thru": "through", "b4": "before",
    "bc": "because", "cuz": "because", "coz": "because", "gc": "greencard", "pd": "programdirector",
    "nite": "night", "avg": "average", "univ": "university", "hosp": "hospital", "usc": "citizen",
    "spouce": "spouse",
    "govt": "government", "gov": "government", "felow": "fellow", "dept": "department",
    "tho": "though", "till": "until", "cos": "because", "docs": "doctors", "doc": "doctor",
    "info": "information", "im": "i am",
    "youre": "you are", "theyre": "they are", "ive": "i have", "thats": "that is",
    "whats": "what is",
    "moonlite": "moonlight", "moonliting": "moonlighting", "&": "and", "imo": "", "tbh": "",
    "fyi": "", "btw": "", "lol": "",
}  # fmt: skip
_IRREGULAR = {
    "held": "hold", "began": "begin", "begun": "begin", "went": "go", "gone": "gone", "goes": "go",
    "left": "leave", "leaving": "leave", "spent": "spend", "kept": "keep", "got": "get",
    "gotten": "get",
    "getting": "get", "lost": "lose", "losing": "lose", "paid": "pay", "took": "take",
    "taken": "take",
    "done": "do", "did": "do", "does": "do", "doing": "do", "was": "be", "were": "be", "is": "be",
    "are": "be", "been": "be", "am": "be", "being": "be", "has": "have", "had": "have",
    "having": "have",
    "made": "make", "gave": "give", "given": "give", "came": "come", "wrote": "write",
    "written": "write", "ran": "run", "running": "run", "sent": "send", "met": "meet",
    "told": "tell",
    "said": "say", "thought": "think", "found": "find", "fell": "fall", "fallen": "fall",
    "bought": "buy", "brought": "bring", "taught": "teach", "chose": "choose", "chosen": "choose",
    "knew": "know", "known": "know", "saw": "see", "seen": "see", "stood": "stand", "won": "win",
    "broke": "break", "broken": "break", "grew": "grow", "grown": "grow", "wore": "wear",
    "cancelled": "cancel", "cancelling": "cancel", "labour": "labor", "licence": "license",
    "licensed": "license", "licensing": "license", "programme": "program", "programmes": "program",
    "fulfil": "fulfill", "fulfilled": "fulfill", "fulfilling": "fulfill", "fulfils": "fulfill",
    "practise": "practice", "practising": "practice", "centre": "center", "favourable": "favorable",
    "children": "child", "wives": "wife", "lives": "live", "dying": "die", "lying": "lie",
    "tied": "tie", "lies": "lie", "ties": "tie", "dies": "die", "used": "use", "using": "use",
    "uses": "use",
    "bound": "bound", "counselling": "counsel", "enrolment": "enrollment", "moonlit": "moonlight",
    "does't": "do", "ceilings": "ceiling",
}  # fmt: skip
_KEEP = word_set(
    "need exceed proceed succeed feed speed seed bed red shed during something nothing "
    "anything everything morning evening king ring bring spring sing thing string wing "
    "being ceiling status visas bus this his its us as is was has yes plus thus always "
    "perhaps unless across access process success address less class pass miss loss boss "
    "business express news series species us census canvas bias basis note none care bare "
    "fare cape indeed hundred wed sing cling fling swing sling sterling sibling"
)
_STATUS_IN_PHRASE = frozenset(("j1", "h1b", "j2", "h4"))
_VOWEL = re.compile(r"[aeiouy]")


@lru_cache(maxsize=20_000)
def stem(word: str) -> str:
    """Return the word without its inflection; both lexicon and text go through it."""
    if word in _IRREGULAR:
        base = _IRREGULAR[word]
        return base if base == word else stem(base)
    if word in ("notes", "noted", "noting", "cares", "caring", "cared"):
        return "note" if word[0] == "n" else "care"
    if word in _KEEP or len(word) < 4 or not word.isalpha():
        return word
    if word.endswith("ies") and len(word) > 4:
        word = f"{word[:-3]}y"
    elif word.endswith(("sses", "shes", "ches", "xes", "zes")):
        word = word[:-2]
    elif word.endswith("s") and not word.endswith(("ss", "us", "is")):
        word = word[:-1]
    if word in _KEEP:
        return word
    for ending in ("ied", "ing", "ed"):
        base = word[: -len(ending)]
        if word.endswith(ending) and len(base) >= 2 and _VOWEL.search(base):
            word = f"{base}y" if ending == "ied" else _undoubled(base)
            break
    return word[:-1] if len(word) > 3 and word.endswith("e") and not word.endswith("ee") else word


def _undoubled(base: str) -> str:
    doubled = len(base) > 3 and base[-1] == base[-2] and base[-1] not in "lsze"
    return base[:-1] if doubled else base


@dataclass(frozen=True, slots=True)
class Token:
    """A word with its place in the normal form; `stem` is what the lexicon sees."""

    text: str
    stem: str
    start: int
    end: int


def tokens(text: str) -> list[Token]:
    """Cut normalised text into words, numbers, form numbers, statuses and punctuation."""
    found: list[Token] = []
    for match in _TOKEN.finditer(text.lower()):
        word = match.group()
        start, end = match.span()
        if word.isalpha() and word not in _CONTRACTIONS:
            found.append(Token(word, stem(word), start, end))
        else:
            found.extend(
                Token(part, stem(part) if part.isalpha() else part, start, end)
                for part in _parts(word)
            )
    return found


@lru_cache(maxsize=20_000)
def _parts(word: str) -> tuple[str, ...]:
    if word in _CONTRACTIONS:
        return tuple(_CONTRACTIONS[word].split())
    if word[-1] == "." and word[:-1].isalpha() and word[0] not in "u":
        return (word[:-1],)
    if word[0].isdigit() and word.replace(",", "").replace(".", "").isdigit():
        return (word.replace(",", ""),)
    if word[0].isalpha() and "'" in word:
        base, _, tail = word.partition("'")
        if tail == "t" and base.endswith("n"):
            return (base[:-1], "not")
        return (base,)
    if "101(a)(15)(" in word:
        letter = word.split("101(a)(15)(")[1][:1]
        return ({"h": "h1b", "j": "j1"}.get(letter, "§"),)
    if "212" in word and "e" in word.split("212")[1][:4]:
        return ("212e",)
    if status := _STATUS.fullmatch(word.rstrip("s")):
        if word[0] == "e":
            return (f"eb{status.group(6)}",)
        return ("h1b" if status.group(1) else re.sub(r"\W", "", word.rstrip("s")),)
    if re.match(r"(?:form\s)?(?:ds|i|n|g|wh)\W?\s?\d", word):
        return (re.sub(r"form|\W|s$", "", word),)
    if word.startswith("u.") or word.startswith("u ."):
        return ("uk" if "k" in word else "us",)
    if word[0] == "$":
        return (word.replace(" ", "").replace(",", ""),)
    if len(word) > 3 and any(c.isdigit() for c in word):
        return ("§",)
    return (word,)


class _Sheet(BaseModel):
    """The lexicon file: sections of concept -> comma-separated phrases."""

    model_config = ConfigDict(extra="forbid")

    status: dict[str, str]
    strong: dict[str, str]
    weak: dict[str, str]
    polar: dict[str, str]
    marker: dict[str, str]
    noun: dict[str, str]
    neutral: dict[str, str]
    foreign: str
    operators: dict[str, str]
    combine: dict[str, str] = Field(default_factory=dict[str, str])
    matters_with: dict[str, str] = Field(default_factory=dict[str, str])
    auxiliary: str
    groups: dict[str, str] = Field(default_factory=dict[str, str])
    implies: dict[str, list[str]] = Field(default_factory=dict[str, list[str]])


class _InertSheet(BaseModel):
    """The second lexicon file: harmless words, the verbs among them apart."""

    model_config = ConfigDict(extra="forbid")

    verbs: str
    mention: str
    words: str


@dataclass(frozen=True, slots=True)
class Entry:
    """What a phrase means: signed concepts, or an operator, or nothing (inert, foreign)."""

    concepts: tuple[tuple[str, int], ...] = ()
    operator: str = ""
    foreign: bool = False


@dataclass(slots=True)
class _Node:
    next: dict[str, _Node] = field(default_factory=dict[str, "_Node"])
    entry: Entry | None = None


class LexiconError(ValueError):
    """A lexicon file that cannot be used."""


class Lexicon:
    """Concepts with their kinds and bits, and the phrase trie; immutable after loading."""

    def __init__(self, sheet: _Sheet, inert: _InertSheet) -> None:
        self.kinds: dict[str, str] = {}
        self.root = _Node()
        self._known: set[str] = set()
        self._by_length: dict[tuple[str, int], list[str]] = {}
        self._typos: dict[str, str | None] = {}
        self.implies = sheet.implies
        self.auxiliary = frozenset(sheet.auxiliary.split())
        self.groups = sheet.groups
        for kind in ("status", "strong", "weak", "polar", "marker", "noun", "neutral"):
            section = cast(dict[str, str], getattr(sheet, kind))
            for name, phrases in section.items():
                self._add_concept(kind, name, phrases)
        for name, phrases in sheet.operators.items():
            for phrase in _phrases(phrases):
                self._insert(phrase, Entry(operator=name))
        for word in _phrases(sheet.foreign.replace("\n", ",")):
            self._insert(word, Entry(foreign=True))
        for word in f"{inert.verbs} {inert.mention} {inert.words}".split():
            self._insert(word.replace("_", " "), Entry())
        self.mention = frozenset(stem(word) for word in inert.mention.split())
        self.verbs = frozenset(stem(word) for word in inert.verbs.split()) | self.mention
        self.bits = {name: 1 << (2 * i) for i, name in enumerate(sorted(self.kinds))}
        self.matters_with = tuple(
            (self.bits[name] * 3, sum(self.bits[other] * 3 for other in partners.split()))
            for name, partners in sheet.matters_with.items()
        )
        self.names = {bit: name for name, bit in self.bits.items()}
        self.names |= {bit << 1: f"{name}-" for name, bit in self.bits.items()}
        self.combine = tuple(
            (self.bits[name], tuple(map(self._signed, parts.split())))
            for name, parts in sheet.combine.items()
        )
        self._index_domain_words()

    def _signed(self, name: str) -> int:
        return self.bits[name.rstrip("-")] << name.endswith("-")

    def _add_concept(self, kind: str, name: str, phrases: str) -> None:
        sign = -1 if name.endswith("-") else 1
        concept = name.rstrip("+-")
        self.kinds.setdefault(concept, kind)
        for phrase in _phrases(phrases):
            named = ((concept, sign),)
            if kind != "status" and (status := _STATUS_IN_PHRASE & set(phrase.split())):
                named += tuple((name, 1) for name in sorted(status))
            self._insert(phrase, Entry(named))

    def _insert(self, phrase: str, entry: Entry) -> None:
        node = self.root
        for token in tokens(phrase.replace(" s ", " ")):
            if token.text in "-/'":
                continue
            self._known.add(token.stem)
            node = node.next.setdefault(token.stem, _Node())
        held = node.entry
        if held is None or not (held.concepts or held.operator):
            node.entry = entry
        elif entry.concepts or entry.operator:
            node.entry = Entry(held.concepts + entry.concepts, held.operator or entry.operator)

    def _index_domain_words(self) -> None:
        for word in self._domain_words(self.root):
            self._by_length.setdefault((word[0], len(word)), []).append(word)
        for words in self._by_length.values():
            words.sort()

    def _domain_words(self, node: _Node) -> set[str]:
        found: set[str] = set()
        stack = [node]
        while stack:
            for word, below in stack.pop().next.items():
                if len(word) >= TYPO_MIN_LENGTH - 1 and word.isalpha():
                    found.add(word)
                stack.append(below)
        return found

    def knows(self, word: str) -> bool:
        """Say whether the stem occurs anywhere in the lexicon."""
        return word in self._known

    def repaired(self, word: str) -> str | None:
        """Return the known stem that a misspelt one stands for, or None; never for numbers."""
        if len(word) < TYPO_MIN_LENGTH or not word.isalpha():
            return None
        if word not in self._typos:
            if len(self._typos) > 20_000:
                self._typos.clear()
            self._typos[word] = self._nearest(word)
        return self._typos[word]

    def _nearest(self, word: str) -> str | None:
        most = 2 if len(word) >= TYPO_TWO_EDITS_FROM else 1
        best: tuple[int, str] | None = None
        for length in range(len(word) - most, len(word) + most + 1):
            for candidate in self._by_length.get((word[0], length), ()):
                distance = OSA.distance(word, candidate, score_cutoff=most)
                if distance <= most and (best is None or distance <= best[0]):
                    best = (distance, candidate)
        return best[1] if best else None


def _phrases(text: str) -> Iterable[str]:
    return (part.strip() for part in text.split(",") if part.strip())


def load_lexicon(folder: Path | None = None) -> Lexicon:
    """Read lexicon.yaml and lexicon_inert.yaml (default: packaged); raises LexiconError."""
    root = folder or Path(str(files("guardrails")))
    sheet = _validated(_Sheet, root / "lexicon.yaml")
    return Lexicon(sheet, _validated(_InertSheet, root / "lexicon_inert.yaml"))


def _validated(model: type[M], file: Path) -> M:
    try:
        raw = cast(object, yaml.load(file.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader))
        return model.model_validate(raw)
    except (yaml.YAMLError, ValidationError, OSError) as error:
        allowed = ", ".join(model.model_fields)
        raise LexiconError(f"{file}: {error}; sections allowed: {allowed}") from error


def describe(names: Mapping[int, str], mask: int) -> list[str]:
    """Name the signed concepts of a mask, for explanations."""
    found: list[str] = []
    while mask:
        bit = mask & -mask
        found.append(names[bit])
        mask ^= bit
    return found
