"""Does a quote support a sentence? A deterministic test: words, numbers, negation, named things."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from .replies import plain

# Share of a sentence's content words that its quotes must hold. Chosen on the planted answers of
# tests/data/eval: below 0.6 a wrong citation of the same topic passes, above 0.8 a fair
# restatement fails.
COVERAGE = 0.7

_WORD = re.compile(r"[a-z0-9]+(?:[.,]\d+)?")


def word_set(text: str) -> frozenset[str]:
    """The words of a list written as running text."""
    return frozenset(text.split())


_NEGATORS = word_set(
    "no not never none neither nor cannot without cant wont dont doesnt isnt arent didnt "
    "wouldnt shouldnt couldnt mustnt hasnt havent wasnt werent prohibited forbidden barred "
    "bars unauthorised unauthorized unavailable ineligible impossible"
)
_FUNCTION = word_set(
    "a an the and or but if then so of in on at to for from by with as than that this these "
    "those it its is are was were be been being am do does did has have had will would can "
    "could may might must shall should i you he she we they them their his her your our my "
    "me us who whom which what when where how why there here about into over under again "
    "also only very just not no up out s t re ll ve d m one any some each every all even "
    "because since though although while already own yes"
)
_COUNTED = "zero one two three four five six seven eight nine ten eleven twelve"
_NUMBERS = {word: str(value) for value, word in enumerate(_COUNTED.split(" "))} | {
    "fifteen": "15",
    "twenty": "20",
    "thirty": "30",
    "forty": "40",
    "sixty": "60",
    "eighty": "80",
    "ninety": "90",
    "hundred": "100",
}
# "one of", "one day" and the like are not counts that a quote has to repeat.
_WEAK_NUMBERS = frozenset({"0", "1"})
_NAMES = re.compile(
    r"\b(j-?1|j-?2|h-?1b|h-?4|o-?1|f-?1|conrad|hhs|\bva\b|intealth|ecfmg|acgme|amia|abpm|abpath|"
    r"ds-?2019|i-?140|i-?485|i-?612|step 3|uscis)\b",
    re.IGNORECASE,
)
_OPENING = re.compile(r"^\W*(?:yes|no)\s*[,:.;–-]\s*", re.IGNORECASE)
_CONTRAST = re.compile(
    r",?\s+(?:and|but)?\s*(?:not|never|rather than)\s+"
    r"(?:an?|the|by|in|for|to|from|on|just|only)\b[^.,;:]*"
)
_CLAUSE = re.compile(
    r"[.;:]\s+|,\s+(?:but|because|and|so|though|although|since|which|of which)\s+|\s+because\s+",
    re.IGNORECASE,
)
_VISA_SIGNS = re.compile(r"\b([jhofel])[\s-]?(\d)[\s-]?(b)?\b", re.IGNORECASE)


def tokens(text: str) -> list[str]:
    """Lower-case words with number words as digits and visa names joined (j-1 -> j1)."""
    joined = _VISA_SIGNS.sub(lambda m: "".join(p or "" for p in m.groups()), plain(text).lower())
    words: list[str] = _WORD.findall(joined.replace("n't", " not").replace("'", ""))
    return [_NUMBERS.get(word, word.rstrip(".,")) for word in words]


def content(text: str) -> set[str]:
    """Stems of the words that carry meaning."""
    return {_stem(word) for word in tokens(text) if word not in _FUNCTION}


def numbers(text: str) -> set[str]:
    """The counts in a text; visa names and form numbers are not among them."""
    return {w.replace(",", "") for w in tokens(text) if w[0].isdigit()} - _WEAK_NUMBERS


def is_negated(text: str) -> bool:
    """Whether a sentence denies.

    A leading yes or no, and a contrast ("…, not the hospital"), do not count.
    """
    bare = _CONTRAST.sub("", _OPENING.sub("", plain(text)))
    return any(word in _NEGATORS for word in tokens(bare))


def names(text: str) -> set[str]:
    """Statuses, bodies and forms named."""
    return {re.sub(r"[\s-]", "", name).lower() for name in _NAMES.findall(plain(text))}


@lru_cache(maxsize=50_000)
def supports(quote: str, sentence: str) -> bool:
    """Whether the quote says what the sentence says, as far as words can tell."""
    said, source = _flat(sentence), _flat(quote)
    if not said or not source:
        return False
    if said in source:
        return True
    need = content(sentence)
    if not need:
        return True
    have = content(quote)
    if len(need & have) < COVERAGE * len(need):
        return False
    if not numbers(sentence) <= numbers(quote):
        return False
    if not names(sentence) <= names(quote) | {"intealth", "ecfmg"} & names(sentence):
        return False
    return not any(_denies(part, quote) for part in clauses(sentence))


def clauses(text: str) -> list[str]:
    """The parts of a sentence that each have a sign of their own."""
    return [part for part in _CLAUSE.split(plain(text)) if content(part)]


def _denies(clause: str, quote: str) -> bool:
    """Whether the quote's clause on the same matter has the other sign."""
    said = content(clause)
    matching = [part for part in clauses(quote) if len(content(part) & said) >= 0.8 * len(said)]
    if len(said) < 2 or not matching:
        return False
    nearest = max(matching, key=lambda part: len(content(part) & said))
    return is_negated(nearest) != is_negated(clause)


def supported_by(quotes: Sequence[str], sentence: str) -> bool:
    """Whether one quote, or all of them together, support the sentence."""
    return any(supports(quote, sentence) for quote in quotes) or (
        len(quotes) > 1 and supports(" ".join(quotes), sentence)
    )


def contradicts(sentence: str, target: str) -> bool:
    """Whether a sentence says the target with another sign or another number.

    Only near restatements are judged, clause by clause, so that a sentence about something else is
    never called a contradiction.
    """
    return _other_number(sentence, target) or any(
        _is_restated(ours, theirs) and is_negated(ours) != is_negated(theirs)
        for ours in clauses(sentence)
        for theirs in clauses(target)
    )


def _other_number(sentence: str, target: str) -> bool:
    mine, right = numbers(sentence), numbers(target)
    return bool(mine - right and right - mine) and _is_restated(sentence, target)


def _is_restated(ours: str, theirs: str) -> bool:
    """Whether two clauses speak of the same: most words shared, both ways, and the same names."""
    mine = {w for w in content(ours) - _NEGATORS if not w[0].isdigit()}
    right = {w for w in content(theirs) - _NEGATORS if not w[0].isdigit()}
    shared = len(mine & right)
    if shared < 4 or names(ours) != names(theirs):
        return False
    return shared >= 0.75 * min(len(mine), len(right)) and shared >= 0.6 * max(
        len(mine), len(right)
    )


def _flat(text: str) -> str:
    return " ".join(tokens(text))


def _stem(word: str) -> str:
    """A light stem: enough that waive, waiver and waived are one word."""
    if word[0].isdigit() or len(word) < 5:
        return word
    for ending in ("ations", "ation", "ments", "ment", "ings", "ing", "ers", "ies", "ied", "er"):
        if word.endswith(ending) and len(word) - len(ending) >= 4:
            return word[: -len(ending)].rstrip("ei")
    for ending in ("es", "ed", "s", "e", "y", "d"):
        if word.endswith(ending) and len(word) - len(ending) >= 4:
            return word[: -len(ending)].rstrip("ei")
    return word
