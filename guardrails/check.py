"""Verify or replace: the verdict on a sentence, and what may be shown instead."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from typing import Literal

from .claims import Parsed, Parser
from .frames import compile_frames
from .lexicon import Lexicon, describe, load_lexicon
from .masks import Masks
from .proof import NOTHING_LEFT, Finding, Judge, Outcome, closest, worst_of
from .rulebook import Rulebook, load_rulebook
from .scenes import Carry, Staging
from .text import Piece, normalise, same, sentences, without_citations

MAX_REPLACEMENTS = 2
MAX_SENTENCES = 1000  # a longer text is not parsed further: the rest counts as unverified
MAX_CHARACTERS = 4000  # in one sentence


FALLBACK = "I could not verify this point; ask your GME office or an immigration attorney."
_MAX_QUESTION_SENTENCES = 12


@dataclass(frozen=True, slots=True)
class Trace:
    """How a verdict came about: the clauses read, the frames met, what nothing explains."""

    clauses: tuple[str, ...]
    frames: tuple[str, ...]
    residual: tuple[str, ...]
    gate: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is thought of one sentence and what a user would be shown."""

    text: str
    verdict: Outcome
    rule: str | None
    statement: str | None
    reason: str
    output: str
    start: int
    end: int
    trace: Trace | None


@dataclass(frozen=True, slots=True)
class Report:
    """A whole answer with its sentences; `output` is what a user would be shown."""

    text: str
    output: str
    sentences: tuple[Verdict, ...]


class Checker:
    """Checks sentences against a rulebook; built once, pure and safe to share between threads."""

    def __init__(self, rulebook: Rulebook, lexicon: Lexicon) -> None:
        self.rulebook = rulebook
        self.lexicon = lexicon
        self.parser = Parser(lexicon)
        self.masks = Masks(lexicon)
        self.staging = Staging(self.masks)
        self.judge = Judge(rulebook, lexicon, compile_frames(rulebook, lexicon), self.masks)
        self._exact = dict(_own_pieces(rulebook))

    def is_exact(self, sentence: str) -> str | None:
        """Return the rule that has the sentence letter for letter among its reviewed ones."""
        return self._exact.get(same(sentence)) or None

    def check_sentence(
        self, text: str, *, context: str = "", approved: frozenset[str] | None = None, on: date
    ) -> Verdict:
        """Check one line as a unit: the worst of its sentences decides for all of it."""
        carry = self._carry_of(context)
        before, earlier = carry, ""
        worst: Finding | None = None
        findings: list[Finding] = []
        for number, piece in enumerate(sentences(text)):
            if number >= MAX_SENTENCES:
                findings.append(Finding("unverified", None, "text too long to check"))
                break
            said = text[piece.start : piece.end]
            if earlier and _is_bare_denial(said):
                findings[-1] = self.judge.judge(_all_denied(self._parsed(earlier)), before)
                continue
            before, earlier = carry, said
            finding, carry = self._find(said, carry, approved)
            findings.append(finding)
        worst = worst_of(findings) if findings else worst
        finding = worst or Finding("off-topic", None, "says nothing")
        return self._verdict(text, finding, 0, len(text), on)

    def check_text(
        self, text: str, *, context: str = "", approved: frozenset[str] | None = None, on: date
    ) -> Report:
        """Check a whole answer: bad sentences are replaced or dropped, all else stays verbatim."""
        carry = self._carry_of(context)
        before, earlier = carry, ""
        verdicts: list[Verdict] = []
        shown: set[str] = set()
        for number, piece in enumerate(sentences(text)):
            said = text[piece.start : piece.end]
            if number >= MAX_SENTENCES:
                finding = Finding("unverified", None, "text too long to check")
            elif earlier and _is_bare_denial(said):
                finding = self.judge.judge(_all_denied(self._parsed(earlier)), before)
                last = verdicts.pop()
                shown.discard(last.output)
                again = self._verdict(last.text, finding, last.start, last.end, on)
                verdicts.append(_limited(again, shown))
            else:
                before, earlier = carry, said
                finding, carry = self._find(said, carry, approved, piece)
            verdict = _limited(self._verdict(said, finding, piece.start, piece.end, on), shown)
            if verdict.output != said:
                # What follows is read after what is shown, not after what was said.
                carry = self._carry_after(verdict.output, before)
            verdicts.append(verdict)
        return Report(text, _assembled(text, verdicts), tuple(verdicts))

    def _carry_after(self, shown: str, before: Carry) -> Carry:
        carry = before
        for piece in sentences(shown):
            carry = self.staging.carried(self._parsed(shown[piece.start : piece.end]), carry, piece)
        return carry

    def premises(self, question: str, *, on: date) -> tuple[Verdict, ...]:
        """Return what an asker takes for granted and a rule plainly contradicts."""
        carry = Carry()
        found: list[Verdict] = []
        for piece in itertools.islice(sentences(question), _MAX_QUESTION_SENTENCES):
            said = question[piece.start : piece.end]
            parsed = self._parsed(said)
            if parsed.act == "question":
                finding = self._judge_premises(parsed, carry)
            else:
                finding = self.judge.judge(parsed, carry)
            if finding.outcome == "contradicts":
                found.append(self._verdict(said, finding, piece.start, piece.end, on))
            carry = self.staging.carried(parsed, carry, piece)
        return tuple(found)

    def answer_polarity(
        self, question: str, *, on: date
    ) -> tuple[str, Literal["yes", "no"]] | None:
        """Answer a yes/no question from the rules, or return None where that is not certain."""
        pieces = list(itertools.islice(sentences(question), _MAX_QUESTION_SENTENCES))
        if not pieces:
            return None
        carry = Carry()
        for piece in pieces[:-1]:
            parsed = self._parsed(question[piece.start : piece.end])
            carry = self.staging.carried(parsed, carry, piece)
        asked = question[pieces[-1].start : pieces[-1].end]
        if not _is_yes_no(asked):
            return None
        return self._polarity(self._parsed(asked), carry)

    def _judge_premises(self, parsed: Parsed, carry: Carry) -> Finding:
        assumed = tuple(claim for claim in parsed.claims if claim.premise)
        if not assumed:
            return Finding("off-topic", None, "takes nothing for granted")
        return self.judge.judge(Parsed(assumed, "assert"), carry)

    def _polarity(self, parsed: Parsed, carry: Carry) -> tuple[str, Literal["yes", "no"]] | None:
        scenes = [s for s in self.staging.scenes(parsed, carry) if s.claim.role == "main"]
        if len(scenes) != 1 or scenes[0].claim.denied or scenes[0].claim.dangling:
            return None
        scene = scenes[0]
        found = self.judge.index.matching(scene)
        wrong = [p for p in found if p.says == "wrong"]
        right = [p for p in found if p.says == "right"]
        if wrong and not right and not scene.unless_mask & self.masks.topics:
            return closest(wrong, scene).rule, "no"
        if right and not wrong and not self.judge.residual(scene, right, ()):
            return closest(right, scene).rule, "yes"
        return None

    def _read(
        self, said: str, carry: Carry, approved: frozenset[str] | None, piece: Piece | None = None
    ) -> tuple[Finding, Carry]:
        if len(said) > MAX_CHARACTERS:
            return Finding("unverified", None, "sentence too long to check"), carry
        key = same(said)
        parsed = self._parsed(said)
        after = self.staging.carried(parsed, carry, piece)
        if key in self._exact:
            rule = self._exact[key] or None
            return Finding("consistent", rule, "reviewed wording of the rule"), after
        if approved and key in approved:
            return Finding("consistent", None, "reviewed sentence"), after
        return self.judge.judge(parsed, carry), after

    def _find(
        self, said: str, carry: Carry, approved: frozenset[str] | None, piece: Piece | None = None
    ) -> tuple[Finding, Carry]:
        # Whatever goes wrong inside, nothing unproved is shown.
        try:
            return self._read(said, carry, approved, piece)
        except Exception as error:
            reason = f"the checker failed ({type(error).__name__}): not shown"
            return Finding("unverified", None, reason), carry

    def _parsed(self, said: str) -> Parsed:
        return self.parser.parse(without_citations(normalise(said).text))

    def _carry_of(self, context: str) -> Carry:
        if not context.strip():
            return Carry()
        carry = Carry()
        for number, piece in enumerate(sentences(context[:MAX_CHARACTERS])):
            if number > 20:
                break
            text = normalise(context[piece.start : piece.end]).text
            carry = self.staging.carried(self.parser.parse(text), carry, None)
        return carry

    def _trace(self, finding: Finding) -> Trace | None:
        scene = finding.scene
        if scene is None:
            return None
        names = ", ".join(describe(self.lexicon.names, scene.claim.mask))
        left = finding.residual or NOTHING_LEFT
        unless = [f"unless {name}" for name in describe(self.lexicon.names, left.unless)]
        return Trace(
            (f"{scene.claim.text} [{names}]",),
            tuple(f"{p.rule}#{p.index} {p.says}: {p.when}" for p in finding.near),
            (*describe(self.lexicon.names, left.mask), *unless, *left.parts),
            finding.gate,
        )

    def _reason(self, finding: Finding, trace: Trace | None) -> str:
        if finding.reason or trace is None or finding.scene is None:
            return finding.reason
        said = f"“{finding.scene.claim.text}”"
        if finding.outcome == "unverified":
            left = ", ".join(trace.residual) or "no frame of a rule says this"
            return f"{said} is not proved: {left}"
        verb = {"contradicts": "contradicts", "consistent": "agrees with"}.get(
            finding.outcome, "is beside"
        )
        denied = " (it is denied)" if finding.scene.claim.denied else ""
        return f"{said}{denied} {verb} {finding.rule}: {finding.near[0].when}"

    def _verdict(self, text: str, finding: Finding, start: int, end: int, on: date) -> Verdict:
        trace = self._trace(finding)
        statement = self.rulebook[finding.rule].told(on) if finding.rule else None
        keep = finding.outcome in ("consistent", "off-topic")
        output = text if keep else statement or FALLBACK
        return Verdict(
            text,
            finding.outcome,
            finding.rule,
            statement,
            self._reason(finding, trace),
            output,
            start,
            end,
            trace,
        )


_YES_NO = re.compile(
    r"(?:so |but |and |ok |hi |hello |please |also |then |, )*"
    r"(?:is|are|can|may|do|does|did|will|would|must|has|have|could|should|am|was|shall)\b(?!n't)",
    re.IGNORECASE,
)


def _is_yes_no(asked: str) -> bool:
    plain = normalise(asked).text.strip().lower()
    if " or " in plain or not plain.rstrip("\"') ").endswith("?"):
        return False
    return _YES_NO.match(plain) is not None


def _own_pieces(book: Rulebook) -> Iterable[tuple[str, str]]:
    """Yield every reviewed sentence with its rule, whole and cut into sentences."""
    yield same(FALLBACK), ""
    for rule in book:
        for text in rule.own_sentences():
            yield same(text), rule.id
            for piece in sentences(text):
                yield same(text[piece.start : piece.end]), rule.id


_BARE_DENIAL = re.compile(
    r"(?:that|this|it|which|all of that|none of that)(?: is|'s| was)? "
    r"(?:simply |just |plainly |quite |all )?"
    r"(?:a (?:common |persistent |popular |dangerous |widespread )?"
    r"(?:myth|misconception|mistake|falsehood|error|rumou?r|misunderstanding)|"
    r"not (?:true|right|correct|so|the case|how it works|accurate)|"
    r"false|wrong|untrue|incorrect|mistaken|nonsense|inaccurate|outdated)|"
    r"(?:not true|wrong|false|myth|nope|incorrect|untrue)"
)


def _is_bare_denial(said: str) -> bool:
    plain = (
        normalise(without_citations(said)).text.lower().replace("isn't", "is not").strip(" .!\"'()")
    )
    return len(plain) < 60 and _BARE_DENIAL.fullmatch(plain) is not None


def _all_denied(parsed: Parsed) -> Parsed:
    claims = tuple(replace(claim, denied=True, reported=False) for claim in parsed.claims)
    return Parsed(claims, "assert")


def _limited(verdict: Verdict, shown: set[str]) -> Verdict:
    """Allow at most two replacements, none twice; other bad sentences are dropped."""
    if verdict.verdict in ("consistent", "off-topic"):
        return verdict
    if verdict.output in shown or len(shown) >= MAX_REPLACEMENTS:
        return replace(verdict, output="")
    shown.add(verdict.output)
    return verdict


_MARKER_AT_END = re.compile(r"(?:(?<=\n)|^)[ \t]*(?:[-*+•]|\(?[0-9a-zA-Z]{1,3}[.)])[ \t]*$")


def _assembled(text: str, verdicts: Sequence[Verdict]) -> str:
    parts: list[str] = []
    position = 0
    for verdict in verdicts:
        between = text[position : verdict.start]
        if not verdict.output:
            between = _MARKER_AT_END.sub("", between).rstrip(" \t")
        parts += [between, verdict.output]
        position = verdict.end
    parts.append(text[position:])
    return "".join(parts)


@lru_cache(maxsize=1)
def default_checker() -> Checker:
    """Return the checker of the packaged rules and lexicon, built on first use."""
    return Checker(load_rulebook(), load_lexicon())


__all__ = ["Checker", "Outcome", "Report", "Trace", "Verdict", "default_checker"]
