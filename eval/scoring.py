"""Scoring: one answer against its case, as a list of checks that a person can read."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from .cases import ANSWERED, Case, CaseTurn
from .replies import Reply, ReplySentence, plain, split_sentences
from .support import content, contradicts, numbers, supported_by, tokens, word_set

CheckName = Literal[
    "outcome", "includes", "excludes", "polarity", "truth", "rules", "person", "prose", "grounded",
    "quotes",
]  # fmt: skip
Cell = Literal["answered right", "answered wrong", "abstained right", "abstained wrong"]

# Share of an answer's sentences that must rest on a quote that says so.
GROUNDED = 0.5
# English prose has about two in five; a heap of keywords has next to none.
FUNCTION_WORDS = 0.12
# A reader on a phone sees about so many words before scrolling.
EARLY_WORDS = 80
_GLUE = word_set(
    "a an the and or but if of in on at to for from by with as than that this it is are was "
    "be been do does has have will would can could may must should you your not no only who "
    "which when there"
)
# What sends the asker away without telling anything; keywords in it are no answer.
_EVASIVE = re.compile(
    r"^\W*it (really |all )?depends( on (many|several|your|the|a lot of) [\w\s]{0,30})?\W*$"
    r"|\bi('m| am) (not able|unable)\b"
    r"|\bi can(not|'t) (say|tell|answer)"
    r"|\b(hard|difficult|impossible) to say\b|\bthere (are|is) no simple answer\b"
    r"|\b(questions?|matters?|issues?|topics?) (about|of|like|on|around)\b.*"
    r"\b(complex|complicated|attorney|lawyer|vary|varies)\b"
    r"|\b(please )?(consult|speak with|talk to|ask|contact) (an?|your) [\w\s-]{0,20}"
    r"(attorney|lawyer|expert|advisor) (about|for|regarding|on|whether|how|if)\b",
    re.IGNORECASE,
)
_WANTS_QUESTIONS = re.compile(
    r"\b(ask|asks|asking|questions?|qs|wording|phrase|word it)\b", re.IGNORECASE
)
_QUOTED = re.compile(r"[“\"]([^“”\"]{3,400})[”\"]")
_VISAS = {
    "j1": re.compile(r"\bj.?1\b", re.IGNORECASE),
    "h1b": re.compile(r"\bh.?1.?b\b", re.IGNORECASE),
    "j2": re.compile(r"\bj.?2\b", re.IGNORECASE),
    "h4": re.compile(r"\bh.?4\b", re.IGNORECASE),
}

# Sentence, question -> the id of the rule it contradicts, or None.
Violations = Callable[[str, str], list[tuple[str, str]]]
# Guide id, start, end -> the stored words, or None where the guide is not ours.
Stored = Callable[[str, int, int], str | None]
# Passage id -> its whole text, or None.
PassageText = Callable[[str], str | None]


@dataclass(frozen=True, slots=True)
class Oracle:
    """What scoring looks up: the rulebook's checker and the stored guides; all may be absent."""

    violations: Violations = lambda text, question: []
    stored: Stored = lambda guide, start, end: None
    passage: PassageText = lambda passage_id: None
    fixed: str = ""  # every fixed, reviewed reply and phrase of ours, in one text


@dataclass(frozen=True, slots=True)
class Check:
    """One thing looked at: whether it holds and what was found."""

    name: CheckName
    ok: bool
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Score:
    """The verdict on one answer; `right` when every check holds."""

    checks: tuple[Check, ...]
    cell: Cell
    claims: int = 0  # sentences that state something
    supported: int = 0  # of them, resting on a quote that says so
    pairs: int = 0  # sentence-citation pairs
    precise: int = 0  # of them, the citation supports the sentence
    cited: int = 0  # citations
    exact: int = 0  # of those that could be looked up, equal to the stored words
    looked_up: int = 0
    alone: bool | None = None  # some cited passage alone holds the answer
    early: bool | None = None  # the first words hold all that was asked for
    rule_violations: tuple[str, ...] = ()
    # Sentences that the checker rejects though they stand word for word in a reviewed guide: a
    # fault of the guide or of the checker, for their authors to settle, not of the answer.
    disputed: tuple[str, ...] = ()
    groups: tuple[bool, ...] = field(default=())

    @property
    def right(self) -> bool:
        """Whether nothing is wrong."""
        return all(check.ok for check in self.checks)

    def ok(self, name: CheckName) -> bool:
        """Whether a check holds; one that did not apply holds."""
        return all(check.ok for check in self.checks if check.name == name)

    def to_json(self) -> dict[str, Any]:
        """As stored in results and logs."""
        return {**asdict(self), "right": self.right}


def score(case: Case, turn: CaseTurn, reply: Reply, oracle: Oracle) -> Score:
    """Judge one answer by every check that applies to it."""
    text = plain(reply.text)
    allowed = tuple(turn.outcome)
    stated = _assertive(reply, text, turn.input)
    groups = tuple(_found(group, stated) for group in turn.must_include)
    rejected = oracle.violations(_without_echo(reply.text, turn.input), turn.input)
    own = _own_words(reply, oracle)
    found = [f"{rule}: {words}" for rule, words in rejected if not _stands_in(own, words)]
    disputed = [f"{rule}: {words}" for rule, words in rejected if _stands_in(own, words)]
    checks = [_outcome(allowed, reply), _includes(turn, groups), _excludes(turn, text)]
    checks.append(Check("rules", not found, "; ".join(found)))
    tally = _tally(reply, oracle)
    answered = reply.outcome in ANSWERED and not reply.error
    substantive = bool(turn.must_include) and answered
    if substantive:
        checks += [_polarity(case, turn, text), _truth(turn, reply), _person(case, turn, text)]
        checks += [_prose(case, text), _grounded(tally)]
    if tally.looked_up:
        wrong = tally.looked_up - tally.exact
        checks.append(Check("quotes", not wrong, f"{wrong} inexact" if wrong else ""))
    right = all(check.ok for check in checks)
    return Score(
        checks=tuple(checks),
        cell=_cell(answered, right),
        **asdict(tally),
        alone=_alone(turn, reply, oracle) if substantive else None,
        early=_early(turn, text) if substantive else None,
        rule_violations=tuple(found),
        disputed=tuple(disputed),
        groups=groups,
    )


@dataclass(frozen=True, slots=True)
class _Tally:
    claims: int
    supported: int
    pairs: int
    precise: int
    cited: int
    exact: int
    looked_up: int


def _without_echo(text: str, question: str) -> str:
    """The text without the asker's own words where they are quoted back as such."""
    asked = _flat(question)
    return _QUOTED.sub(lambda m: "“…”" if _flat(m.group(1)) in asked else m.group(0), text)


def _own_words(reply: Reply, oracle: Oracle) -> str:
    """What is reviewed word for word, as one text: quotes, fixed replies, and conclusions.

    A phrase is let through, too, when the checker finds nothing in it read alone: "this can change"
    takes over the topic of the sentence before it, yet says nothing about it.
    """
    quotes = [
        citation.quote
        for citation in reply.citations
        if citation.trust == "reviewed"
        and oracle.stored(citation.guide_id, citation.start, citation.end) == citation.quote
    ]
    phrases = [
        sentence.text
        for sentence in reply.sentences
        if sentence.origin == "phrase" and not oracle.violations(sentence.text, "")
    ]
    conclusions = [str(conclusion.get("text", "")) for conclusion in reply.conclusions]
    own = (*quotes, *phrases, *conclusions, oracle.fixed)
    return " | ".join(_flat(text) for text in own)


def _stands_in(own: str, words: str) -> bool:
    """Whether a sentence, or a lead-in and its item each for itself, is reviewed text."""
    if _flat(words) in own:
        return True
    parts = [_flat(part) for part in re.split(r":\s+", words) if part.strip()]
    return len(parts) == 2 and all(part in own for part in parts)


def _flat(text: str) -> str:
    return " ".join(tokens(text))


def _cell(answered: bool, right: bool) -> Cell:
    if answered:
        return "answered right" if right else "answered wrong"
    return "abstained right" if right else "abstained wrong"


def _found(patterns: Sequence[str], text: str) -> bool:
    return any(re.search(pattern, text, re.IGNORECASE) for pattern in patterns)


def _assertive(reply: Reply, text: str, question: str) -> str:
    """What is stated: questions back and mere referrals are no answers.

    Who asks which questions to ask is answered with questions.
    """
    if reply.outcome not in ANSWERED:
        return text
    wants_questions = _WANTS_QUESTIONS.search(question)
    kept = (
        part
        for part in split_sentences(text)
        if (wants_questions or not part.endswith("?")) and not _EVASIVE.search(part)
    )
    return "\n".join(kept)


def _outcome(allowed: Sequence[str], reply: Reply) -> Check:
    if reply.error:
        return Check("outcome", False, f"no answer: {reply.error}")
    fine = not allowed or reply.outcome in allowed
    return Check("outcome", fine, "" if fine else f"{reply.outcome}, not {' or '.join(allowed)}")


def _includes(turn: CaseTurn, groups: Sequence[bool]) -> Check:
    missing = [
        " or ".join(group)
        for group, found in zip(turn.must_include, groups, strict=True)
        if not found
    ]
    return Check("includes", not missing, "; ".join(f"not found: {m}" for m in missing))


def _excludes(turn: CaseTurn, text: str) -> Check:
    hits = [m.group(0) for p in turn.must_not if (m := re.search(p, text, re.IGNORECASE))]
    return Check("excludes", not hits, "; ".join(f"found: {hit}" for hit in hits))


def _polarity(case: Case, turn: CaseTurn, text: str) -> Check:
    if case.polarity is None or case.turns:
        return Check("polarity", True)
    opposite = "yes" if case.polarity == "no" else "no"
    opens = re.match(r"\W*(yes|no)\b(?!\s+\w+ing\b)", text, re.IGNORECASE)
    wrong = opens is not None and opens.group(1).lower() == opposite
    return Check("polarity", not wrong, f"opens with '{opposite}'" if wrong else "")


def _truth(turn: CaseTurn, reply: Reply) -> Check:
    if not turn.target:
        return Check("truth", True)
    told = split_sentences(turn.target)
    for said in split_sentences(plain(reply.text)):
        for right in told:
            if contradicts(said, right):
                return Check("truth", False, f"'{said}' against '{right}'")
    return Check("truth", True)


def _person(case: Case, turn: CaseTurn, text: str) -> Check:
    """An answer that speaks only of a visa that is not the asker's is for someone else."""
    own = _VISAS.get(case.facts.get("visa", ""))
    if own is None or own.search(text):
        return Check("person", True)
    others = [
        name
        for name, sign in _VISAS.items()
        if sign is not own and sign.search(text) and not sign.search(turn.input)
    ]
    fine = not others
    return Check("person", fine, "" if fine else f"speaks only of {', '.join(others)}")


def _prose(case: Case, text: str) -> Check:
    length = len(text.split())
    if length > case.max_words:
        return Check("prose", False, f"{length} words, more than {case.max_words}")
    # Rows of a table and sums are no sentences and are not meant to be.
    running = [line for line in text.splitlines() if "|" not in line and "=" not in line]
    spoken = [word for word in tokens("\n".join(running)) if word[0].isalpha()]
    if len(spoken) >= 12 and sum(w in _GLUE for w in spoken) < FUNCTION_WORDS * len(spoken):
        return Check("prose", False, "keywords without sentences")
    return Check("prose", True)


def _grounded(tally: _Tally) -> Check:
    if not tally.cited:
        return Check("grounded", False, "nothing is cited")
    share = tally.supported / tally.claims if tally.claims else 0.0
    detail = f"{tally.supported} of {tally.claims} sentences rest on a quote that says so"
    return Check("grounded", share >= GROUNDED, "" if share >= GROUNDED else detail)


def _tally(reply: Reply, oracle: Oracle) -> _Tally:
    claims = reply.claims() if reply.outcome in (*ANSWERED, "abstain", "crisis") else []
    # A bare "No." states nothing that a quote could support or fail to.
    claims = [c for c in claims if c.layout not in ("heading", "break") and content(c.text)]
    supported = pairs = precise = 0
    for claim in claims:
        quotes = [citation.quote for citation in reply.quotes(claim.citations)]
        supported += _is_supported(claim, quotes)
        pairs += len(quotes)
        precise += sum(_is_supported(claim, [quote]) for quote in quotes)
    exact, looked_up = 0, 0
    for citation in reply.citations:
        words = oracle.stored(citation.guide_id, citation.start, citation.end)
        if words is not None:
            looked_up += 1
            exact += words == citation.quote and bool(words)
    return _Tally(
        claims=len(claims),
        supported=supported,
        pairs=pairs,
        precise=precise,
        cited=len(reply.citations),
        exact=exact,
        looked_up=looked_up,
    )


def _is_supported(claim: ReplySentence, quotes: Sequence[str]) -> bool:
    if not quotes:
        return False
    if claim.origin == "conclusion":
        # Sums over the asker's own years: the rule's number must be in them, not every summand.
        return any(numbers(quote) & numbers(claim.text) for quote in quotes) or supported_by(
            quotes, claim.text
        )
    return supported_by(quotes, claim.text)


def _early(turn: CaseTurn, text: str) -> bool:
    first = " ".join(text.split()[:EARLY_WORDS])
    return all(_found(group, first) for group in turn.must_include)


def _alone(turn: CaseTurn, reply: Reply, oracle: Oracle) -> bool:
    """Whether one of the cited passages, read alone, holds everything asked for."""
    for citation in reply.citations:
        text = plain(oracle.passage(citation.passage_id) or citation.quote)
        if all(_found(group, text) for group in turn.must_include):
            return True
    return False


__all__ = ["Cell", "Check", "CheckName", "Oracle", "Score", "score"]
