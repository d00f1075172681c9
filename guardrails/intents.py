"""Who means to do what, to whom: concept frames found in plain text, without a model."""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

MAX_CHARACTERS = 20_000  # longer text is read at its beginning and its end only
DEFAULT_GAP = 8  # tokens between two steps of a frame
_CHAINS = 6  # ways kept to reach one span
_LONGEST_WORD = 24  # longer strings are no English words
_TYPO_LENGTH = 7  # shorter words have too many honest neighbours ("forged", "forced")

_TOKEN = re.compile(r"[a-z0-9]+(?:'[a-z]+)?|[?!;]|\n\s*\n|\.(?=[\s\"')\]]|$)")
_INVISIBLE = re.compile("[\u00ad\u034f\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff\ufe0e\ufe0f]")
_APOSTROPHES = str.maketrans({"\u2019": "'", "\u2018": "'", "\u02bc": "'", "\u00b4": "'", "`": "'"})
_ABBREVIATION = re.compile(r"\b(u\.s\.a?\.?|e\.g\.|i\.e\.|dr\.|mr\.|mrs\.|ms\.|vs\.|no\.)(?=\s)")
_ENDINGS = {"'m": "am", "'re": "are", "'ll": "will", "'ve": "have", "'d": "would"}
_SHORT_FORMS = (
    "anymore=any more, "
    "can't=can not, cant=can not, cannot=can not, won't=will not, wont=will not, dont=do not, "
    "doesnt=does not, didnt=did not, isnt=is not, wasnt=was not, arent=are not, couldnt=could "
    "not, wouldnt=would not, shouldnt=should not, havent=have not, hasnt=has not, aint=is "
    "not, im=i am, ive=i have, hes=he 's, shes=she 's, theyre=they are, whats=what 's, "
    "thats=that 's, theres=there 's, wanna=want to, gonna=going to, gotta=got to, gimme=give "
    "me, lemme=let me, u=you, ur=your, pls=please, plz=please, w=with, wo=without, "
    "bc=because, cuz=because, coz=because, ppl=people, smb=somebody, abt=about, shud=should, "
    "cud=could, wud=would, r=are, myslef=myself "
)
_SPELT_OUT = {
    short: tuple(words.split())
    for short, words in (form.split("=") for form in _SHORT_FORMS.strip().split(", "))
}
_VOWELS = frozenset("aeiou")
_UNINFLECTED = frozenset(
    ("the", "one", "are", "she", "his", "her", "him", "who", "for", "not", "you", "our", "can")
)  # "thing" is no form of "the"


def fold(text: str) -> str:
    """Lower-case text with invisible characters, accents and odd apostrophes taken out."""
    text = text.translate(_APOSTROPHES)
    if not text.isascii():
        text = _INVISIBLE.sub("", text)
        decomposed = unicodedata.normalize("NFKD", text)
        text = "".join(mark for mark in decomposed if not unicodedata.combining(mark))
    return text.lower()


def inflections(lemma: str) -> tuple[str, ...]:
    """The regular forms of an English verb or noun; a few that do not exist do no harm."""
    if len(lemma) < 3 or not lemma.isalpha() or lemma in _UNINFLECTED:
        return (lemma,)
    forms = [lemma, lemma + "s"]
    if lemma.endswith(("s", "x", "z", "ch", "sh", "o")):
        forms.append(lemma + "es")
    if lemma.endswith("e"):
        forms += [lemma + "d", lemma[:-1] + "ing"]
    elif lemma.endswith("y") and lemma[-2] not in _VOWELS:
        forms += [lemma[:-1] + "ies", lemma[:-1] + "ied", lemma + "ing"]
    else:
        forms += [lemma + "ed", lemma + "ing"]
        if lemma[-1] not in "aeiouwxy" and lemma[-2] in _VOWELS:
            forms += [lemma + lemma[-1] + "ed", lemma + lemma[-1] + "ing"]
    return tuple(forms)


@dataclass(frozen=True, slots=True)
class Span:
    """Tokens start..end (end excluded) that name a concept."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Reading:
    """A tagged text: its tokens, the sentence each stands in, and where each concept was found."""

    tokens: tuple[str, ...]
    sentences: tuple[int, ...]
    concepts: Mapping[str, tuple[Span, ...]]

    def starts_sentence(self, position: int) -> bool:
        """True where the token opens its sentence."""
        return position == 0 or self.sentences[position] != self.sentences[position - 1]

    def has(self, concepts: Iterable[str]) -> bool:
        """True where any of the concepts stands anywhere in the text."""
        return not self.concepts.keys().isdisjoint(concepts)

    def in_sentence(self, concepts: Iterable[str], sentence: int) -> bool:
        """True where any of the concepts stands in that sentence."""
        return any(
            self.sentences[span.start] == sentence
            for concept in concepts
            for span in self.concepts.get(concept, ())
        )


@dataclass(slots=True)
class _Node:
    following: "dict[str, _Node]" = field(default_factory=lambda: {})
    concepts: list[str] = field(default_factory=lambda: [])


class PhraseLexicon:
    """Words and phrases by concept; a word stands for all its forms, `=word` for itself alone."""

    def __init__(
        self,
        concepts: Mapping[str, str],
        irregular: Mapping[str, str] | None = None,
        no_typo: Iterable[str] = (),
    ) -> None:
        """Concepts and irregular forms come as comma-separated strings."""
        self._lemmas: dict[str, str] = {}
        for lemma, forms in (irregular or {}).items():
            for form in (lemma, *_listed(forms)):
                self._lemmas[form] = lemma
        phrases = [
            (concept, phrase.split())
            for concept, text in concepts.items()
            for phrase in _listed(text)
        ]
        words = {word for _, phrase in phrases for word in phrase if not word.startswith("=")}
        for word in sorted(words, key=lambda word: (len(word), word)):
            for form in inflections(word):
                self._lemmas.setdefault(form, self._lemmas.get(word, word))
        self._root = _Node()
        for concept, phrase in phrases:
            node = self._root
            for word in phrase:
                key = word if word.startswith("=") else self._lemmas[word]
                node = node.following.setdefault(key, _Node())
            node.concepts.append(concept)
        self._no_typo = frozenset(no_typo)
        self._near: dict[str, str] = {}
        for form, lemma in sorted(self._lemmas.items()):
            if len(form) >= _TYPO_LENGTH and form.isalpha():
                for near in _deletions(form):
                    self._near.setdefault(near, lemma)
        self._keys = lru_cache(maxsize=8192)(self._find_keys)

    def _find_keys(self, word: str) -> tuple[str, str]:
        """What a word of a text may meet in a phrase: its lemma, or itself alone."""
        return self._find_lemma(word), "=" + word

    def _find_lemma(self, word: str) -> str:
        known = self._lemmas.get(word)
        if known is not None or word in self._no_typo:
            return known or word
        if not _TYPO_LENGTH - 1 <= len(word) <= _LONGEST_WORD:
            return word
        if word in self._near:  # one letter left out
            return self._near[word]
        for near in _deletions(word):  # one letter too many
            if len(near) >= _TYPO_LENGTH and near in self._lemmas:
                return self._lemmas[near]
        for i in range(len(word) - 1):  # two letters exchanged
            swapped = word[:i] + word[i + 1] + word[i] + word[i + 2 :]
            if len(swapped) >= _TYPO_LENGTH and swapped in self._lemmas:
                return self._lemmas[swapped]
        return word

    def read(self, text: str) -> Reading:
        """Tag every concept in the text; linear in its length."""
        if len(text) > MAX_CHARACTERS:
            half = MAX_CHARACTERS // 2
            text = text[:half] + "\n\n" + text[-half:]
        tokens, sentences = _tokens(fold(text))
        keys = [self._keys(token) for token in tokens]
        found: dict[str, list[Span]] = {}
        first = self._root.following
        count = len(tokens)
        for start, (lemma, exact) in enumerate(keys):
            reached = [
                (node, start + 1)
                for node in (first.get(lemma), first.get(exact))
                if node is not None
            ]
            while reached:
                node, position = reached.pop()
                if node.concepts:
                    span = Span(start, position)
                    for concept in node.concepts:
                        found.setdefault(concept, []).append(span)
                if position == count or sentences[position] != sentences[start]:
                    continue
                for key in keys[position]:
                    further = node.following.get(key)
                    if further is not None:
                        reached.append((further, position + 1))
        concepts = {concept: tuple(spans) for concept, spans in found.items()}
        return Reading(tuple(tokens), tuple(sentences), concepts)


@dataclass(frozen=True, slots=True)
class Step:
    """One place of a frame: any of these concepts, at most `gap` tokens after the step before."""

    concepts: tuple[str, ...]
    gap: int
    at_start: bool


@dataclass(frozen=True, slots=True)
class IntentFrame:
    """Steps in order inside one sentence, with what must or must not stand around them.

    `together` names concepts that must stand in the same sentence, `anywhere` in the text (`a|b`
    means either); `unless` forbids concepts in the sentence, `unless_before` before the last step,
    `unless_anywhere` in the text, `not_after` within three tokens before the step `act`.
    """

    kind: str
    steps: tuple[Step, ...]
    together: tuple[str, ...] = ()
    anywhere: tuple[str, ...] = ()
    unless: tuple[str, ...] = ()
    unless_before: tuple[str, ...] = ()
    unless_anywhere: tuple[str, ...] = ()
    not_after: tuple[str, ...] = ()
    act: int = 0

    def matches(self, reading: Reading, known: frozenset[str] = frozenset()) -> bool:
        """True where the text holds this frame; `known` are concepts of what was said before."""
        for step in self.steps:
            if not reading.has(step.concepts):
                return False
        for named in self.anywhere:
            choices = named.split("|")
            if not reading.has(choices) and known.isdisjoint(choices):
                return False
        if self.unless_anywhere and reading.has(self.unless_anywhere):
            return False
        return any(self._holds(reading, chain) for chain in _chains(self.steps, reading))

    def _holds(self, reading: Reading, chain: tuple[Span, ...]) -> bool:
        sentence = reading.sentences[chain[0].start]
        if not all(reading.in_sentence(named.split("|"), sentence) for named in self.together):
            return False
        if self.unless and reading.in_sentence(self.unless, sentence):
            return False
        last = chain[-1].start
        if any(span.start < last for span in _within(reading, self.unless_before, sentence)):
            return False
        act = chain[self.act].start
        before = _within(reading, self.not_after, sentence)
        return not any(act - 3 <= span.end - 1 < act for span in before)


def with_derived(reading: Reading, derived: Mapping[str, tuple[tuple[Step, ...], ...]]) -> Reading:
    """The reading with the concepts that are chains of others, in the order they are given."""
    concepts = dict(reading.concepts)
    grown = Reading(reading.tokens, reading.sentences, concepts)
    for name, ways in derived.items():
        spans = {
            Span(chain[0].start, chain[-1].end)
            for steps in ways
            if all(grown.has(step.concepts) for step in steps)
            for chain in _chains(steps, grown)
        }
        if spans:
            spans.update(concepts.get(name, ()))
            concepts[name] = tuple(sorted(spans, key=lambda span: (span.start, span.end)))
    return grown


def parse_steps(text: str) -> tuple[Step, ...]:
    """Read `^seek >4 hide|omit > target`: `>` is a gap of at most 8 tokens, `>4` of at most 4."""
    steps: list[Step] = []
    gap = DEFAULT_GAP
    for part in text.split():
        if part.startswith(">"):
            gap = int(part[1:]) if len(part) > 1 else DEFAULT_GAP
        else:
            names = tuple(part.removeprefix("^").split("|"))
            steps.append(Step(names, gap, part.startswith("^")))
            gap = DEFAULT_GAP
    return tuple(steps)


def _within(reading: Reading, concepts: Iterable[str], sentence: int) -> list[Span]:
    return [
        span
        for concept in concepts
        for span in reading.concepts.get(concept, ())
        if reading.sentences[span.start] == sentence
    ]


def _chains(steps: tuple[Step, ...], reading: Reading) -> list[tuple[Span, ...]]:
    """Ways to place the steps in order, at most `_CHAINS` a last span: linear in the text."""
    chains: list[tuple[Span, ...]] = []
    for number, step in enumerate(steps):
        spans = [
            span
            for concept in step.concepts
            for span in reading.concepts.get(concept, ())
            if not step.at_start or reading.starts_sentence(span.start)
        ]
        if number == 0:
            chains = [(span,) for span in spans]
            continue
        by_end: dict[int, list[tuple[Span, ...]]] = {}
        for chain in chains:
            by_end.setdefault(chain[-1].end, []).append(chain)
        chains = []
        for span in spans:
            sentence = reading.sentences[span.start]
            earlier = [
                chain
                for end in range(span.start, span.start - step.gap - 1, -1)
                for chain in by_end.get(end, ())
                if reading.sentences[chain[0].start] == sentence
            ]
            chains += [(*chain, span) for chain in earlier[:_CHAINS]]
        if not chains:
            break
    return chains


def _listed(text: str) -> list[str]:
    return [" ".join(part.split()) for part in text.split(",") if part.strip()]


def _deletions(word: str) -> list[str]:
    return [word[:i] + word[i + 1 :] for i in range(len(word))]


def _tokens(text: str) -> tuple[list[str], list[int]]:
    text = _ABBREVIATION.sub(lambda match: match.group().replace(".", ""), text)
    tokens: list[str] = []
    sentences: list[int] = []
    sentence = 0
    for token in _TOKEN.findall(text):
        if not token[0].isalnum():
            if sentences and sentences[-1] == sentence:
                sentence += 1
            continue
        for part in _expanded(token):
            tokens.append(part)
            sentences.append(sentence)
    return tokens, sentences


@lru_cache(maxsize=8192)
def _expanded(token: str) -> tuple[str, ...]:
    if token in _SPELT_OUT:
        return _SPELT_OUT[token]
    if "'" not in token:
        return (token,)
    if token.endswith("n't"):
        return (token[:-3], "not")
    head, _, tail = token.partition("'")
    return (head, _ENDINGS.get("'" + tail, "'" + tail))
