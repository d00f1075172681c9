"""The verdict on a clause: off every topic, proved, contradicted, or neither."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from .claims import Bound, Claim, Parsed
from .doubt import of_proof, of_silence
from .frames import Pattern, PatternIndex, Scene
from .lexicon import Lexicon
from .masks import PLAIN, Masks, count, fold, union
from .relevance import Relevance
from .rulebook import Rulebook
from .scenes import Carry, Staging
from .text import word_set

Outcome = Literal["consistent", "contradicts", "unverified", "off-topic"]
_ORDER: dict[Outcome, int] = {"off-topic": 0, "consistent": 1, "unverified": 2, "contradicts": 3}
_FREE_HEADS = word_set("residency specialty exam approval_time trip age rank application job")


@dataclass(frozen=True, slots=True)
class Residual:
    """What no frame explains: concepts, concepts of exceptions, numbers and words."""

    mask: int
    unless: int
    parts: tuple[str, ...]

    def __bool__(self) -> bool:
        return bool(self.mask or self.unless or self.parts)


@dataclass(frozen=True, slots=True)
class Finding:
    """A verdict within: the clause that decided it, the frames near it, what is left over."""

    outcome: Outcome
    rule: str | None
    reason: str
    scene: Scene | None = None
    near: tuple[Pattern, ...] = ()
    residual: Residual | None = None
    gate: str = ""


NOTHING_LEFT = Residual(0, 0, ())


class Judge:
    """Judges parsed sentences against the frames of a rulebook; pure."""

    def __init__(
        self, rulebook: Rulebook, lexicon: Lexicon, patterns: Sequence[Pattern], masks: Masks
    ) -> None:
        self.rulebook = rulebook
        self.lexicon = lexicon
        self.masks = masks
        self.staging = Staging(masks)
        self.index = PatternIndex(patterns, masks.status | masks.polar | masks.neutral)
        self._relevance = Relevance(rulebook, patterns, masks)

    def judge(self, parsed: Parsed, carry: Carry) -> Finding:
        """Return the worst finding among the clauses of a sentence."""
        if parsed.too_long:
            return Finding("unverified", None, "sentence too long to check")
        if parsed.act in ("question", "hypothetical"):
            return Finding("consistent", None, f"a {parsed.act} asserts nothing")
        matched = [
            (scene, self.index.matching(scene)) for scene in self.staging.scenes(parsed, carry)
        ]
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
            if not findings or worst_of(findings).outcome in ("off-topic", "consistent"):
                return Finding("consistent", None, "advice to ask or to think about it")
        if not findings:
            return Finding("off-topic", None, "asserts nothing")
        return self._weighed(worst_of(findings), parsed, matched, carry)

    def _weighed(
        self,
        finding: Finding,
        parsed: Parsed,
        matched: Sequence[tuple[Scene, list[Pattern]]],
        carry: Carry,
    ) -> Finding:
        """Take back a verdict that holds for every clause but not for the whole sentence."""
        if finding.outcome == "consistent":
            covered = idle = 0
            for scene, found in matched:
                covered |= union(fold(p.cover | p.cover_unless) for p in found)
                idle |= self._idle(scene)
            doubt = of_proof(parsed, self.masks, covered, idle)
        elif finding.outcome == "off-topic" and not finding.near:
            doubt = of_silence(parsed, self.masks, carry.status | carry.topic)
        else:
            return finding
        if not doubt:
            return finding
        return replace(finding, outcome="unverified", reason=doubt)

    def _judge_clause(
        self, scene: Scene, found: list[Pattern], shared: list[tuple[Pattern, int]]
    ) -> Finding:
        claim = scene.claim
        gate = "" if self._is_elsewhere(scene) else self._gate(scene)
        if not gate:
            return Finding("off-topic", None, "no ruled predicate", scene)
        # A negation without a target, or an exception not understood, may turn anything round.
        unclear = claim.dangling or scene.vague_exception
        said = scene.own | scene.whole | scene.if_mask | scene.unless_mask
        signed = self.masks.polar | self.masks.marker | ~PLAIN
        wrong = [
            p
            for p in found
            if p.says == "wrong"
            and not unclear
            and p.stated_in(scene, said, signed)
            and self._is_about(p, scene)
        ]
        right = [p for p in found if p.says != "wrong" and not (p.mention and claim.other_verb)]
        near = right
        if not right and not claim.denied and self._is_light(scene):
            near = [pattern for pattern, _ in shared]
        residual = self.residual(scene, right, shared)
        if claim.reported and not claim.denied:
            finding = self._reported(scene, wrong, right, residual, gate)
        elif claim.denied:
            finding = self._denied(scene, wrong, right, residual, gate)
        elif wrong and right and not residual and not _outweighs(wrong, right, scene):
            finding = self._unproved(
                scene, wrong, Residual(0, 0, ("rules that pull both ways",)), gate
            )
        elif wrong:
            best = closest(wrong, scene)
            finding = self._named("contradicts", best, scene, residual, gate)
        elif near and not residual:
            best = closest(near, scene)
            outcome: Outcome = "off-topic" if best.says == "neutral" else "consistent"
            finding = self._named(outcome, best, scene, residual, gate)
        else:
            finding = self._unproved(scene, right, residual, gate)
        return finding

    def _is_about(self, pattern: Pattern, scene: Scene) -> bool:
        """Say whether a wrong frame accounts for most of what the clause speaks of."""
        cover = fold(pattern.cover) | fold(pattern.cover_unless)
        left = fold(scene.own | scene.if_mask | scene.unless_mask) & ~cover & ~fold(self.masks.aux)
        topics = count(left & fold(self.masks.topics | self.masks.status))
        return topics < 2 and topics + count(left & fold(self.masks.polar)) < 3

    def _is_light(self, scene: Scene) -> bool:
        """Say whether a clause claims so little that its neighbours' proof carries it."""
        claim = scene.claim
        signed = claim.mask & (self.masks.polar | self.masks.marker & ~self.masks.mild)
        if signed or claim.numbers or claim.mask & self.masks.topics & ~PLAIN:
            return False
        return claim.mentions or not claim.mask & (self.masks.strong | self.masks.core)

    def _denied(
        self,
        scene: Scene,
        wrong: list[Pattern],
        right: list[Pattern],
        residual: Residual,
        gate: str,
    ) -> Finding:
        if wrong:
            best = closest(wrong, scene)
            if not self._odd(scene):
                return self._named("consistent", best, scene, residual, gate)
            return self._unproved(scene, wrong, residual, gate)
        if right and not residual:
            best = closest(right, scene)
            if best.says == "right" and not best.mention:
                return self._named("contradicts", best, scene, residual, gate)
        return self._unproved(scene, right, residual, gate)

    def _reported(
        self,
        scene: Scene,
        wrong: list[Pattern],
        right: list[Pattern],
        residual: Residual,
        gate: str,
    ) -> Finding:
        """A belief of others is shown only where it is right."""
        if wrong:
            return self._named("unverified", closest(wrong, scene), scene, NOTHING_LEFT, gate)
        if right and not residual:
            return self._named("consistent", closest(right, scene), scene, residual, gate)
        return self._unproved(scene, right, residual, gate)

    def _odd(self, scene: Scene) -> bool:
        return bool(scene.unless_mask & self.masks.topics)

    def _named(
        self, outcome: Outcome, best: Pattern, scene: Scene, residual: Residual, gate: str
    ) -> Finding:
        return Finding(outcome, best.rule, "", scene, (best,), residual, gate)

    def _unproved(
        self, scene: Scene, near: Sequence[Pattern], residual: Residual, gate: str
    ) -> Finding:
        rule = near[0].rule if near else self._relevance.closest_rule(scene.mask)
        return Finding("unverified", rule, "", scene, tuple(near), residual, gate)

    def _is_elsewhere(self, scene: Scene) -> bool:
        """Say whether a clause names one term of the field and claims nothing of it."""
        claim = scene.claim
        strange = len(claim.unknown) + 2 * claim.foreign
        says = self.masks.polar | self.masks.marker & ~self.masks.mild | self.masks.policy
        if strange < 2 + (not claim.foreign) or claim.mask & says or claim.dangling or claim.denied:
            return False
        if scene.if_mask & self.masks.topics or scene.unless_mask or claim.refers:
            return False
        if any(b.number.is_time and b.number.dimension == "months" for b in claim.numbers):
            return False
        terms = self.masks.strong | self.masks.core | self.masks.status
        return count(fold(scene.whole & terms)) <= 1

    def _gate(self, scene: Scene) -> str:
        """Say why a clause must be proved; empty where it is proved to say nothing ruled."""
        claim = scene.claim
        idle = self._idle(scene) & ~self.masks.heard
        own, everywhere = scene.own & ~idle, scene.whole
        strong = own & self.masks.strong
        status = own & self.masks.status
        negated = own & self.masks.topics & ~PLAIN
        says = (
            negated
            or own & self.masks.asserts
            or everywhere & self.masks.only_if
            or scene.if_mask & self.masks.topics
            or scene.unless_mask
            or own & (self.masks.polar | self.masks.marker & ~self.masks.mild)
            or claim.numbers
            or claim.dangling
        )
        if self._restricts(claim) and everywhere & (self.masks.topics | self.masks.status):
            return "a restriction"
        if own & self.masks.policy:
            return "volatile policy or support"
        if claim.foreign and not strong and (claim.foreign > 1 or not status):
            return ""
        if scene.foreign and not everywhere & self.masks.status:
            strongs = count(fold(everywhere & self.masks.strong))
            heard = self.masks.polar | self.masks.strong & ~PLAIN | self.masks.restricting
            mute = not everywhere & heard and not claim.dangling
            if strongs <= 1 and ((mute and not _timed(claim)) or scene.foreign > 1):
                return ""
        silent = (
            not own & (self.masks.polar | self.masks.asserts | self.masks.restricting)
            and not negated
        )
        if claim.foreign and silent and not claim.dangling and not _timed(claim):
            return ""
        topics = count(fold(own & self.masks.topics))
        in_domain = bool((everywhere & self.masks.strong) or (everywhere & self.masks.status))
        if in_domain:
            if says or claim.unknown or claim.elliptical or topics > 1 or (topics and status):
                return "ruled topic" if strong else "in a sentence on a ruled topic"
            if (topics or status) and not claim.mentions:
                return "ruled topic"
            return ""
        core = own & self.masks.core
        aux = count(fold(own & self.masks.topics & ~self.masks.core))
        if core and (says or not claim.mentions or topics > 1):
            return "shared term"
        if (
            aux
            and not claim.foreign
            and (own & (self.masks.polar | self.masks.absolute) or _measured(claim))
        ):
            return "shared terms"
        leans = claim.refers or not claim.has_verb
        if (
            leans
            and (scene.mask & ~own & (self.masks.topics | self.masks.status))
            and (says or claim.elliptical)
        ):
            return "refers to a ruled topic"
        return ""

    def residual(
        self, scene: Scene, right: Sequence[Pattern], shared: Sequence[tuple[Pattern, int]]
    ) -> Residual:
        """Gather what is left unexplained; topics may be explained by a neighbouring clause."""
        cover = cover_unless = 0
        for pattern in right:
            # A denial has to be what the frame states, not merely something it allows beside.
            beside = self.masks.denials
            cover |= pattern.stated | pattern.cover & ~beside
            cover_unless |= pattern.cover_unless
        if cover_unless & self.masks.served:
            cover_unless |= self.masks.served  # "until served or waived" is one exception
        lent = 0
        light = self.masks.topics if self._is_light(scene) else 0
        for pattern, beside in shared:
            lent |= pattern.cover & (beside | self.masks.status | light)
            cover_unless |= pattern.cover_unless
        claim = scene.claim
        free = self._free(claim, scene.everywhere) | self._idle(scene) | lent & self.masks.lendable
        # "before you can hold it" permits nothing
        conditions = scene.if_mask & ~(scene.before & self.masks.permit)
        left = (scene.own | conditions) & self.masks.must_cover & ~cover & ~free
        parts = [
            f"#{bound.number.high:g} {bound.number.dimension}"
            for bound in claim.numbers
            if not any(pattern.explains(bound) for pattern in right)
            and not self._harmless(bound, scene)
        ]
        parts += [
            f"#{bound.number.high:g} {bound.number.dimension} in a condition"
            for bound in scene.side_numbers
            if not _is_usual(
                bound, any(p.explains(bound) for p in (*right, *(p for p, _ in shared)))
            )
            and not self._harmless(bound, scene)
        ]
        parts += [f"“{word}”" for word in claim.unknown]
        if claim.dangling:
            parts.append("a negation")
        if self._restricts(claim):
            parts.append("a restriction")
        if scene.vague_exception:
            parts.append("an exception that no rule knows")
        unless = scene.unless_mask & self.masks.must_cover & ~cover_unless & ~self.masks.met & ~free
        return Residual(left, unless, tuple(parts))

    def _restricts(self, claim: Claim) -> bool:
        """Say whether a fragment such as "but only in some states" narrows what was said."""
        if claim.has_verb or claim.foreign or claim.mask & self.masks.status:
            return False
        return bool(claim.mask & self.masks.restricting) and not claim.mask & (
            self.masks.strong | self.masks.core
        )

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
        negative = claim.mask & (self.masks.polar | self.masks.topics) & ~PLAIN
        if negative:
            # "No X may do Y in case Z" stays true: what narrows a denial cannot falsify it.
            free |= bits["all"] | bits["any"] | self.masks.aux & ~bits["per_scope"] & ~bits["after"]
        if not claim.numbers and not claim.mask & self.masks.limits:
            free |= bits["dur"]  # "stays bound" tells no length
        if not everywhere & bits["ead"]:
            free |= bits["file"]
        return free | self.masks.mild | bits["issue"] | bits["named"]

    def _harmless(self, bound: Bound, scene: Scene) -> bool:
        if bound.number.dimension == "year":
            return True
        if bound.number.low == bound.number.high == _USUAL_LENGTHS.get(bound.head, -1):
            return bound.number.dimension == "months"
        return bound.head in _FREE_HEADS and not scene.mask & self.masks.limits


def _outweighs(wrong: Sequence[Pattern], right: Sequence[Pattern], scene: Scene) -> bool:
    """Say whether the wrong frame tells more of the clause than any right one."""
    against, for_it = closest(wrong, scene), closest(right, scene)
    return not against.mention and against.weight > for_it.weight


def closest(patterns: Sequence[Pattern], scene: Scene) -> Pattern:
    """Return the pattern that names most of what the clause itself says."""
    return max(patterns, key=lambda p: (count(fold(p.named & scene.own)), p.weight, -p.order))


_USUAL_LENGTHS = {
    "home_req": 24,
    "go_home": 24,
    "homeward": 24,
    "service": 36,
    "conrad": 36,
    "waiver": 36,
}


def _is_usual(bound: Bound, explained: bool) -> bool:
    usual = _USUAL_LENGTHS.get(bound.head)
    return explained if usual is None else bound.number.high == usual


def _measured(claim: Claim) -> bool:
    """Say whether a length of time is claimed of anything but a residency."""
    return any(b.number.dimension != "year" and b.head not in _FREE_HEADS for b in claim.numbers)


def _timed(claim: Claim) -> bool:
    return any(
        (b.number.is_time or b.number.dimension in ("money", "ordinal"))
        and b.head not in _FREE_HEADS
        for b in claim.numbers
    )


def _worse(first: Finding | None, second: Finding) -> Finding:
    if first is None or _ORDER[second.outcome] > _ORDER[first.outcome]:
        return second
    return first


def worst_of(findings: Iterable[Finding]) -> Finding:
    """Return the first of the gravest findings; there must be one."""
    worst: Finding | None = None
    for finding in findings:
        worst = _worse(worst, finding)
    assert worst is not None
    return worst
