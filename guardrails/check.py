"""Verify or replace: the verdict on a sentence, and what may be shown instead."""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from typing import Literal

from .claims import Bound, Claim, Parsed, Parser
from .frames import Pattern, PatternIndex, Scene, bits_of, compile_frames
from .lexicon import Lexicon, describe, load_lexicon
from .rulebook import Rulebook, load_rulebook
from .text import Piece, normalise, same, sentences, without_citations

Outcome = Literal["consistent", "contradicts", "unverified", "off-topic"]
_ORDER: dict[Outcome, int] = {"off-topic": 0, "consistent": 1, "unverified": 2, "contradicts": 3}
MAX_REPLACEMENTS = 2
MAX_SENTENCES = 1000  # a longer text is not parsed further: the rest counts as unverified
MAX_CHARACTERS = 4000  # in one sentence


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


@dataclass(frozen=True, slots=True)
class _Carry:
    """What a sentence may refer to: the status and the topics last spoken of."""

    status: int = 0
    topic: int = 0


@dataclass(frozen=True, slots=True)
class _Residual:
    """What no frame explains: concepts, concepts of exceptions, numbers and words."""

    mask: int
    unless: int
    parts: tuple[str, ...]

    def __bool__(self) -> bool:
        return bool(self.mask or self.unless or self.parts)


@dataclass(frozen=True, slots=True)
class _Finding:
    outcome: Outcome
    rule: str | None
    reason: str
    scene: Scene | None = None
    near: tuple[Pattern, ...] = ()
    residual: _Residual | None = None
    gate: str = ""


class Checker:
    """Checks sentences against a rulebook; built once, pure and safe to share between threads."""

    def __init__(self, rulebook: Rulebook, lexicon: Lexicon) -> None:
        self.rulebook = rulebook
        self.lexicon = lexicon
        self.parser = Parser(lexicon)
        self.patterns = compile_frames(rulebook, lexicon)
        self._exact = dict(_own_pieces(rulebook))
        self._masks = {
            kind: self._mask_of(kind)
            for kind in ("status", "strong", "weak", "polar", "marker", "noun", "neutral")
        }
        common = self._masks["status"] | self._masks["polar"] | self._masks["neutral"]
        self._index = PatternIndex(self.patterns, common)
        self._topics = self._masks["strong"] | self._masks["weak"]
        self._must_cover = self._masks["status"] | self._topics | self._masks["polar"] | self._masks["marker"]
        bits = lexicon.bits
        self._mild = bits["mere"] | bits["even"]
        self._absolute = bits["all"] | bits["any"] | bits["only"] | bits["never"]
        self._ci = bits["ci"]
        self._signed = self._masks["polar"] | self._topics
        self._restricting = bits["only"] | bits["some_exception"] | bits["rare"] | bits["comparative"]
        self._heard = sum(bits[name] * 3 for name in _ALWAYS_HEARD)
        self._limits = bits["limit"] | bits["unlimited"] | bits["beyond"]
        self._permit = bits["permit"]
        self._policy = bits["policy_topic"]
        self._lendable = self._masks["status"] | self._topics
        self._denials = self._masks["polar"] & ~_EVEN
        self._met = bits["end"]  # "until it is met"
        self._only_if = bits["only_if"]
        self._asserts = sum(bits[name] * 3 for name in _ASSERTIVE_TOPICS)
        self._aux = sum(bits[name] for name in lexicon.auxiliary)
        self._core = self._masks["weak"] & ~(self._aux * 3)
        self._signature = self._signatures()
        self._rarity = self._rarities()

    # ---- public

    def is_exact(self, sentence: str) -> str | None:
        """Return the rule of which the sentence is a reviewed wording, letter for letter, or None."""
        return self._exact.get(same(sentence)) or None

    def check_sentence(
        self, text: str, *, context: str = "", approved: frozenset[str] | None = None, on: date
    ) -> Verdict:
        """Check one line as a unit: the worst of its sentences decides, the output is for all of it."""
        carry = self._carry_of(context)
        before, earlier = carry, ""
        worst: _Finding | None = None
        findings: list[_Finding] = []
        for number, piece in enumerate(sentences(text)):
            if number >= MAX_SENTENCES:
                findings.append(_Finding("unverified", None, "text too long to check"))
                break
            said = text[piece.start : piece.end]
            if earlier and _is_bare_denial(said):
                findings[-1] = self._judge(_all_denied(self._parsed(earlier)), before)
                continue
            before, earlier = carry, said
            finding, carry = self._find(said, carry, approved)
            findings.append(finding)
        worst = _top(findings) if findings else worst
        finding = worst or _Finding("off-topic", None, "says nothing")
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
                finding = _Finding("unverified", None, "text too long to check")
            elif earlier and _is_bare_denial(said):
                finding = self._judge(_all_denied(self._parsed(earlier)), before)
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

    def _carry_after(self, shown: str, before: _Carry) -> _Carry:
        carry = before
        for piece in sentences(shown):
            carry = self._carried(self._parsed(shown[piece.start : piece.end]), carry, piece)
        return carry

    def premises(self, question: str, *, on: date) -> tuple[Verdict, ...]:
        """Return what an asker takes for granted and a rule plainly contradicts."""
        carry = _Carry()
        found: list[Verdict] = []
        for piece in itertools.islice(sentences(question), _MAX_QUESTION_SENTENCES):
            said = question[piece.start : piece.end]
            parsed = self._parsed(said)
            if parsed.act == "question":
                finding = self._judge_premises(parsed, carry)
            else:
                finding = self._judge(parsed, carry)
            if finding.outcome == "contradicts":
                found.append(self._verdict(said, finding, piece.start, piece.end, on))
            carry = self._carried(parsed, carry, piece)
        return tuple(found)

    def answer_polarity(self, question: str, *, on: date) -> tuple[str, Literal["yes", "no"]] | None:
        """Answer a yes/no question from the rules, or return None where that is not certain."""
        pieces = list(itertools.islice(sentences(question), _MAX_QUESTION_SENTENCES))
        if not pieces:
            return None
        carry = _Carry()
        for piece in pieces[:-1]:
            parsed = self._parsed(question[piece.start : piece.end])
            carry = self._carried(parsed, carry, piece)
        asked = question[pieces[-1].start : pieces[-1].end]
        if not _is_yes_no(asked):
            return None
        return self._polarity(self._parsed(asked), carry)

    # ---- one sentence

    def _judge_premises(self, parsed: Parsed, carry: _Carry) -> _Finding:
        assumed = tuple(claim for claim in parsed.claims if claim.premise)
        if not assumed:
            return _Finding("off-topic", None, "takes nothing for granted")
        return self._judge(Parsed(assumed, "assert"), carry)

    def _polarity(self, parsed: Parsed, carry: _Carry) -> tuple[str, Literal["yes", "no"]] | None:
        scenes = [s for s in self._scenes(parsed, carry) if s.claim.role == "main"]
        if len(scenes) != 1 or scenes[0].claim.denied or scenes[0].claim.dangling:
            return None
        scene = scenes[0]
        found = self._index.matching(scene)
        wrong = [p for p in found if p.says == "wrong"]
        right = [p for p in found if p.says == "right"]
        if wrong and not right and not scene.unless_mask & self._topics:
            return _closest(wrong, scene).rule, "no"
        if right and not wrong and not self._residual(scene, right, ()):
            return _closest(right, scene).rule, "yes"
        return None

    def _find(
        self, said: str, carry: _Carry, approved: frozenset[str] | None, piece: Piece | None = None
    ) -> tuple[_Finding, _Carry]:
        if len(said) > MAX_CHARACTERS:
            return _Finding("unverified", None, "sentence too long to check"), carry
        key = same(said)
        parsed = self._parsed(said)
        after = self._carried(parsed, carry, piece)
        if key in self._exact:
            rule = self._exact[key] or None
            return _Finding("consistent", rule, "reviewed wording of the rule"), after
        if approved and key in approved:
            return _Finding("consistent", None, "reviewed sentence"), after
        return self._judge(parsed, carry), after

    def _parsed(self, said: str) -> Parsed:
        return self.parser.parse(without_citations(normalise(said).text))

    def _judge(self, parsed: Parsed, carry: _Carry) -> _Finding:
        if parsed.too_long:
            return _Finding("unverified", None, "sentence too long to check")
        if parsed.act in ("question", "hypothetical"):
            return _Finding("consistent", None, f"a {parsed.act} asserts nothing")
        matched = [(scene, self._index.matching(scene)) for scene in self._scenes(parsed, carry)]
        shared = [
            (p, scene.claim.mask)
            for scene, found in matched
            if scene.claim.role == "main" and not scene.claim.denied
            for p in found
            if p.says != "wrong"
        ]
        findings = [
            self._judge_clause(scene, found, shared)
            for scene, found in matched
            if scene.claim.role == "main"
        ]
        if parsed.act == "ask" and not any(f.outcome == "contradicts" for f in findings[1:]):
            findings = findings[1:] if len(findings) > 1 else []
            if not findings or _top(findings).outcome in ("off-topic", "consistent"):
                return _Finding("consistent", None, "advice to ask or to think about it")
        if not findings:
            return _Finding("off-topic", None, "asserts nothing")
        return _top(findings)

    def _judge_clause(
        self, scene: Scene, found: list[Pattern], shared: list[tuple[Pattern, int]]
    ) -> _Finding:
        claim = scene.claim
        gate = self._gate(scene)
        if not gate:
            return _Finding("off-topic", None, "no ruled predicate", scene)
        # A negation without a target, or an exception not understood, may turn anything round.
        unclear = claim.dangling or scene.vague_exception
        wrong = [] if unclear else [p for p in found if p.says == "wrong"]
        right = [p for p in found if p.says != "wrong"]
        near = right
        if not right and not claim.denied and self._is_light(scene):
            near = [pattern for pattern, _ in shared]
        residual = self._residual(scene, right, shared)
        if claim.reported and not claim.denied:
            finding = self._reported(scene, wrong, gate)
        elif claim.denied:
            finding = self._denied(scene, wrong, right, residual, gate)
        elif wrong and right and not residual:
            finding = self._unproved(scene, wrong, _Residual(0, 0, ("rules that pull both ways",)), gate)
        elif wrong:
            best = _closest(wrong, scene)
            finding = self._named("contradicts", best, scene, residual, gate)
        elif near and not residual:
            best = _closest(near, scene)
            outcome: Outcome = "off-topic" if best.says == "neutral" else "consistent"
            finding = self._named(outcome, best, scene, residual, gate)
        else:
            finding = self._unproved(scene, right, residual, gate)
        return finding

    def _is_light(self, scene: Scene) -> bool:
        """Say whether a clause claims so little that its neighbours' proof carries it."""
        claim = scene.claim
        signed = claim.mask & (self._masks["polar"] | self._masks["marker"] & ~self._mild)
        if signed or claim.numbers or claim.mask & self._topics & ~_EVEN:
            return False
        return claim.mentions or not claim.mask & (self._masks["strong"] | self._core)

    def _denied(
        self, scene: Scene, wrong: list[Pattern], right: list[Pattern], residual: _Residual, gate: str
    ) -> _Finding:
        if wrong:
            best = _closest(wrong, scene)
            if not self._odd(scene):
                return self._named("consistent", best, scene, residual, gate)
            return self._unproved(scene, wrong, residual, gate)
        if right and not residual:
            best = _closest(right, scene)
            if best.says == "right":
                return self._named("contradicts", best, scene, residual, gate)
        return self._unproved(scene, right, residual, gate)

    def _reported(self, scene: Scene, wrong: list[Pattern], gate: str) -> _Finding:
        if wrong:
            best = _closest(wrong, scene)
            return self._named("unverified", best, scene, _NOTHING_LEFT, gate)
        return _Finding("off-topic", None, "reported, not claimed", scene, gate=gate)

    def _odd(self, scene: Scene) -> bool:
        return bool(scene.unless_mask & self._topics)

    def _named(
        self, outcome: Outcome, best: Pattern, scene: Scene, residual: _Residual, gate: str
    ) -> _Finding:
        return _Finding(outcome, best.rule, "", scene, (best,), residual, gate)

    def _unproved(
        self, scene: Scene, near: Sequence[Pattern], residual: _Residual, gate: str
    ) -> _Finding:
        rule = near[0].rule if near else self._default_rule(scene.mask)
        return _Finding("unverified", rule, "", scene, tuple(near), residual, gate)

    # ---- masks

    def _scenes(self, parsed: Parsed, carry: _Carry) -> list[Scene]:
        claims = _filled(parsed.claims, self._masks["polar"], self._masks["status"])
        everywhere = _any(claim.mask for claim in claims)
        whole = everywhere
        aside = [claim for claim in claims if claim.role in ("if", "unless")]
        side_numbers = tuple(bound for claim in aside for bound in claim.numbers)
        vague = any(
            claim.role == "unless" and not claim.mask & self._must_cover and not claim.refers
            for claim in claims
        )
        affirmed = _any(claim.mask for claim in claims if not claim.denied)
        status_bits = self._masks["status"]
        scenes: list[Scene] = []
        status, topic, listed = carry.status, 0, 0
        all_status = status_bits & _any(c.mask for c in claims if not c.before and c.role != "unless")
        if_status = status_bits & _any(c.mask for c in claims if c.role == "if" and not c.before)
        if_mask, unless_mask, meant = _conditions(
            claims, self._topics, self._masks["polar"] & ~self._met
        )
        for index, claim in enumerate(claims):
            if claim.dangling and not claim.mask & self._signed and (listed or carry.topic or claims[:index]):
                # A bare "not" in a cell or after a question: it is not permitted.
                claim = replace(claim, mask=claim.mask | self._permit << 1, dangling=False)
            mask = claim.mask
            own_status = mask & status_bits
            if own_status:
                status = own_status
            elif if_status:
                mask |= if_status
            else:
                before = any(c.mask & status_bits for c in claims[:index])
                mask |= status if before or not all_status else all_status
            own_topic = mask & self._topics & ~self._aux
            mask |= listed
            if not own_topic or claim.refers or not claim.has_verb:
                mask |= topic
                if not topic and (claim.refers or not claim.has_verb):
                    mask |= carry.topic
            if own_topic:
                topic = _positive(own_topic)
            own = claim.mask | listed
            if not claim.has_verb and claim.role == "main":
                listed |= _positive(claim.mask & (self._topics | status_bits | self._masks["noun"]))
            scenes.append(
                Scene(
                    claim,
                    mask | (if_mask & self._topics),
                    if_mask,
                    unless_mask,
                    everywhere if claim.denied else affirmed,
                    own,
                    sum(c.foreign for c in claims),
                    _any(c.mask for c in claims if c.before) | meant,
                    self._grants(claim),
                    side_numbers,
                    vague,
                    whole,
                    own_status,
                )
            )
        return scenes

    def _grants(self, claim: Claim) -> bool:
        """Say whether the clause permits something and denies nothing."""
        return bool(claim.mask & self._permit) and not claim.mask & self._masks["polar"] & ~_EVEN

    def _carried(self, parsed: Parsed, carry: _Carry, piece: Piece | None) -> _Carry:
        status = topic = 0
        for claim in parsed.claims:
            status |= _positive(claim.mask & self._masks["status"])
            topic |= _positive(claim.mask & self._topics)
        if piece is not None and piece.kind == "heading":
            return _Carry(status, topic)
        return _Carry(status or carry.status, topic or carry.topic)

    def _carry_of(self, context: str) -> _Carry:
        if not context.strip():
            return _Carry()
        carry = _Carry()
        for number, piece in enumerate(sentences(context[:MAX_CHARACTERS])):
            if number > 20:
                break
            text = normalise(context[piece.start : piece.end]).text
            carry = self._carried(self.parser.parse(text), carry, None)
        return carry

    def _gate(self, scene: Scene) -> str:
        """Say why a clause must be proved; empty where it is proved to say nothing ruled."""
        claim = scene.claim
        idle = self._idle(scene) & ~self._heard
        own, everywhere = scene.own & ~idle, scene.whole
        strong = own & self._masks["strong"]
        status = own & self._masks["status"]
        negated = own & self._topics & ~_EVEN
        says = negated or own & self._asserts or everywhere & self._only_if or scene.if_mask & self._topics or scene.unless_mask or own & (self._masks["polar"] | self._masks["marker"] & ~self._mild) or claim.numbers or claim.dangling
        if self._restricts(claim) and everywhere & (self._topics | self._masks["status"]):
            return "a restriction"
        if own & self._policy:
            return "volatile policy or support"
        if claim.foreign and not strong and (claim.foreign > 1 or not status):
            return ""
        if scene.foreign and not everywhere & self._masks["status"]:
            strongs = _count(_fold(everywhere & self._masks["strong"]))
            heard = self._masks["polar"] | self._masks["strong"] & ~_EVEN | self._restricting
            mute = not everywhere & heard and not claim.dangling
            if strongs <= 1 and (mute and not _timed(claim) or scene.foreign > 1):
                return ""
        silent = not own & (self._masks["polar"] | self._asserts | self._restricting) and not negated
        if claim.foreign and silent and not claim.dangling and not _timed(claim):
            return ""
        topics = _count(_fold(own & self._topics))
        in_domain = bool((everywhere & self._masks["strong"]) or (everywhere & self._masks["status"]))
        if in_domain:
            if says or claim.unknown or claim.elliptical or topics > 1 or (topics and status):
                return "ruled topic" if strong else "in a sentence on a ruled topic"
            if (topics or status) and not claim.mentions:
                return "ruled topic"
            return ""
        core = own & self._core
        aux = _count(_fold(own & self._topics & ~self._core))
        if core and (says or not claim.mentions or topics > 1):
            return "shared term"
        if aux and not claim.foreign and (own & (self._masks["polar"] | self._absolute) or _measured(claim)):
            return "shared terms"
        leans = claim.refers or not claim.has_verb
        if leans and (scene.mask & ~own & (self._topics | self._masks["status"])) and (says or claim.elliptical):
            return "refers to a ruled topic"
        return ""

    def _residual(
        self, scene: Scene, right: Sequence[Pattern], shared: Sequence[tuple[Pattern, int]]
    ) -> _Residual:
        """Gather what is left unexplained; topics may be explained by a neighbouring clause."""
        cover = cover_unless = 0
        for pattern in right:
            # A denial has to be what the frame states, not merely something it allows beside.
            cover |= pattern.stated | pattern.cover & ~self._denials
            cover_unless |= pattern.cover_unless
        lent = 0
        light = self._topics if self._is_light(scene) else 0
        for pattern, beside in shared:
            lent |= pattern.cover & (beside | self._masks["status"] | light)
            cover_unless |= pattern.cover_unless
        claim = scene.claim
        free = self._free(claim, scene.everywhere) | self._idle(scene) | lent & self._lendable
        # "before you can hold it" permits nothing
        conditions = scene.if_mask & ~(scene.before & self._permit)
        left = (scene.own | conditions) & self._must_cover & ~cover & ~free
        parts = [
            f"#{bound.number.high:g} {bound.number.dimension}"
            for bound in claim.numbers
            if not any(pattern.explains(bound) for pattern in right)
            and not self._harmless(bound, scene)
        ]
        parts += [
            f"#{bound.number.high:g} {bound.number.dimension} in a condition"
            for bound in scene.side_numbers
            if not _is_usual(bound, any(p.explains(bound) for p in (*right, *(p for p, _ in shared))))
            and not self._harmless(bound, scene)
        ]
        parts += [f"“{word}”" for word in claim.unknown]
        if claim.dangling:
            parts.append("a negation")
        if self._restricts(claim):
            parts.append("a restriction")
        if scene.vague_exception:
            parts.append("an exception that no rule knows")
        unless = scene.unless_mask & self._must_cover & ~cover_unless & ~self._met & ~free
        return _Residual(left, unless, tuple(parts))

    def _restricts(self, claim: Claim) -> bool:
        """Say whether a fragment such as "but only in some states" narrows what was said."""
        if claim.has_verb or claim.foreign or claim.mask & self._masks["status"]:
            return False
        return bool(claim.mask & self._restricting) and not claim.mask & (self._masks["strong"] | self._core)

    def _idle(self, scene: Scene) -> int:
        """Return the side concepts that mean nothing here, as what they matter with is absent."""
        around = scene.mask | scene.everywhere
        idle = 0
        for concept, partners in self.lexicon.matters_with:
            if not around & partners:
                idle |= concept
        return idle

    def _free(self, claim: Claim, everywhere: int) -> int:
        bits = self.lexicon.bits
        free = 0
        negative = claim.mask & (self._masks["polar"] | self._topics) & ~_EVEN
        if negative:
            # "No X may do Y in case Z" stays true for any Z: what narrows a denial cannot falsify it.
            free |= bits["all"] | bits["any"] | self._aux & ~bits["per_scope"] & ~bits["after"]
        if not everywhere & bits["ead"]:
            free |= bits["file"]
        return free | self._mild | bits["issue"] | bits["named"]

    def _harmless(self, bound: Bound, scene: Scene) -> bool:
        if bound.number.dimension == "year":
            return True
        return bound.head in _FREE_HEADS and not scene.mask & self._limits

    def _mask_of(self, kind: str) -> int:
        mask = 0
        for name, its_kind in self.lexicon.kinds.items():
            if its_kind == kind:
                mask |= self.lexicon.bits[name] * 3
        return mask

    # ---- rules for replacement

    def _signatures(self) -> tuple[tuple[str, int], ...]:
        found: dict[str, int] = {}
        for pattern in self.patterns:
            found[pattern.rule] = found.get(pattern.rule, 0) | _fold(pattern.named)
        keep = _EVEN & (self._masks["status"] | self._topics)
        return tuple((rule, mask & keep) for rule, mask in sorted(found.items()))

    def _rarities(self) -> dict[int, float]:
        counts: dict[int, int] = {}
        for _, signature in self._signature:
            for bit in bits_of(signature):
                counts[bit] = counts.get(bit, 0) + 1
        return {bit: math.log(1 + len(self._signature) / number) for bit, number in counts.items()}

    def _default_rule(self, mask: int) -> str | None:
        """Return the rule that shares most with a clause: its statement takes the place."""
        asked = _fold(mask) & (self._topics | self._masks["status"])
        best: tuple[float, str] | None = None
        for rule, signature in self._signature:
            shared = signature & asked
            if not shared:
                continue
            score = sum(self._rarity[bit] for bit in bits_of(shared)) - _count(signature) / 50
            score += rule == self.rulebook[rule].fact
            if best is None or score > best[0]:
                best = (score, rule)
        return best[1] if best else None

    # ---- results

    def _trace(self, finding: _Finding) -> Trace | None:
        scene = finding.scene
        if scene is None:
            return None
        names = ", ".join(describe(self.lexicon.names, scene.claim.mask))
        left = finding.residual or _NOTHING_LEFT
        unless = [f"unless {name}" for name in describe(self.lexicon.names, left.unless)]
        return Trace(
            (f"{scene.claim.text} [{names}]",),
            tuple(f"{p.rule}#{p.index} {p.says}: {p.when}" for p in finding.near),
            (*describe(self.lexicon.names, left.mask), *unless, *left.parts),
            finding.gate,
        )

    def _reason(self, finding: _Finding, trace: Trace | None) -> str:
        if finding.reason or trace is None or finding.scene is None:
            return finding.reason
        said = f"“{finding.scene.claim.text}”"
        if finding.outcome == "unverified":
            left = ", ".join(trace.residual) or "no frame of a rule says this"
            return f"{said} is not proved: {left}"
        verb = {"contradicts": "contradicts", "consistent": "agrees with"}.get(finding.outcome, "is beside")
        denied = " (it is denied)" if finding.scene.claim.denied else ""
        return f"{said}{denied} {verb} {finding.rule}: {finding.near[0].when}"

    def _verdict(self, text: str, finding: _Finding, start: int, end: int, on: date) -> Verdict:
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


_NOTHING_LEFT = _Residual(0, 0, ())
FALLBACK = "I could not verify this point; ask your GME office or an immigration attorney."
# Side concepts that make a clause worth proving even where what they matter with is not named.
_ALWAYS_HEARD = "marriage family averaged day_off reinstate us_grad in_us foreign_payer unpaid third_country".split()
_ASSERTIVE_TOPICS = (
    "cap_exempt dual_intent immigrant_intent unaccredited retaliation waiver_breach restart separate unlimited "
    "continuous already_counted nonimmigrant_intent j1_to_h1b h1b_to_j1 ci_residency only any all never"
).split()
_FREE_HEADS = frozenset("residency specialty exam approval_time trip age rank application job".split())


_MAX_QUESTION_SENTENCES = 12
_YES_NO = re.compile(
    r"(?:so |but |and |ok |hi |hello |please |also |then |, )*(?:is|are|can|may|do|does|did|will|would|must|has|have|could|should|am|was|shall)\b(?!n't)",
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


def _positive(mask: int) -> int:
    return _fold(mask)


def _fold(mask: int) -> int:
    """Return the concepts of a mask without their sign."""
    return (mask | mask >> 1) & _EVEN


_EVEN = int("01" * 1024, 2)


def _count(mask: int) -> int:
    return mask.bit_count()


def _closest(patterns: Sequence[Pattern], scene: Scene) -> Pattern:
    """Return the pattern that names most of what the clause itself says."""
    return max(patterns, key=lambda p: (_count(_fold(p.named & scene.own)), p.weight, -p.order))


def _any(masks: Iterable[int]) -> int:
    whole = 0
    for mask in masks:
        whole |= mask
    return whole


def _conditions(claims: Sequence[Claim], topics: int, acts: int) -> tuple[int, int, int]:
    """Gather what stands in conditions, and what "without it" or "until then" refers to."""
    if_mask = unless_mask = meant = spoken = 0
    for claim in claims:
        mask = claim.mask
        if claim.role in ("if", "unless") and claim.refers and not mask & (topics | acts):
            meant |= _fold(spoken)
        if claim.role == "if":
            if_mask |= mask
        elif claim.role == "unless":
            unless_mask |= mask
        spoken = mask & topics or spoken
    return if_mask, unless_mask, meant


def _filled(claims: Sequence[Claim], polar: int, status: int) -> list[Claim]:
    """Give an ellipsis ("the H-1B does not") what the clause before it says."""
    filled: list[Claim] = []
    for claim in claims:
        if claim.elliptical and filled:
            before = filled[-1]
            taken = before.mask
            if claim.elliptical < 0:
                taken = _negated(taken, polar)
            if claim.mask & status:
                taken &= ~status
            numbers = claim.numbers or before.numbers
            claim = replace(claim, mask=claim.mask | taken, dangling=False, numbers=numbers)
        filled.append(claim)
    return filled


def _negated(mask: int, polar: int) -> int:
    signed = mask & polar
    low, high = signed & _EVEN, signed & ~_EVEN
    return (mask & ~polar) | low << 1 | high >> 1


_BARE_DENIAL = re.compile(
    r"(?:that|this|it|which|all of that|none of that)(?: is|'s| was)? (?:simply |just |plainly |quite |all )?"
    r"(?:a (?:common |persistent |popular |dangerous |widespread )?(?:myth|misconception|mistake|falsehood|error|rumou?r|"
    r"misunderstanding)|not (?:true|right|correct|so|the case|how it works|accurate)|false|wrong|untrue|incorrect|mistaken|"
    r"nonsense|inaccurate|outdated)|(?:not true|wrong|false|myth|nope|incorrect|untrue)"
)


def _is_bare_denial(said: str) -> bool:
    plain = normalise(without_citations(said)).text.lower().replace("isn't", "is not").strip(" .!\"'()")
    return len(plain) < 60 and _BARE_DENIAL.fullmatch(plain) is not None


def _all_denied(parsed: Parsed) -> Parsed:
    claims = tuple(replace(claim, denied=True, reported=False) for claim in parsed.claims)
    return Parsed(claims, "assert")


_USUAL_LENGTHS = {"home_req": 24, "go_home": 24, "homeward": 24, "service": 36, "conrad": 36, "waiver": 36}


def _is_usual(bound: Bound, explained: bool) -> bool:
    usual = _USUAL_LENGTHS.get(bound.head)
    return explained if usual is None else bound.number.high == usual


def _measured(claim: Claim) -> bool:
    """Say whether a length of time is claimed of anything but a residency."""
    return any(b.number.dimension != "year" and b.head not in _FREE_HEADS for b in claim.numbers)


def _timed(claim: Claim) -> bool:
    return any(
        (b.number.is_time or b.number.dimension in ("money", "ordinal")) and b.head not in _FREE_HEADS
        for b in claim.numbers
    )


def _worse(first: _Finding | None, second: _Finding) -> _Finding:
    if first is None or _ORDER[second.outcome] > _ORDER[first.outcome]:
        return second
    return first


def _top(findings: Iterable[_Finding]) -> _Finding:
    worst: _Finding | None = None
    for finding in findings:
        worst = _worse(worst, finding)
    assert worst is not None
    return worst


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
