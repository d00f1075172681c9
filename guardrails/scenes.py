"""Put each clause into its scene: what it takes over from question, heading and neighbours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from .claims import Claim, Parsed
from .frames import Scene
from .masks import PLAIN, Masks, fold, union
from .text import Piece


@dataclass(frozen=True, slots=True)
class Carry:
    """What a sentence may refer to: the status and the topics last spoken of."""

    status: int = 0
    topic: int = 0


class Staging:
    """Builds the scenes of a sentence and what the next one may refer to."""

    def __init__(self, masks: Masks) -> None:
        self.masks = masks

    def scenes(self, parsed: Parsed, carry: Carry) -> list[Scene]:
        """Return one scene for each clause, conditions and inherited topics added."""
        claims = _filled(parsed.claims, self.masks.polar, self.masks.status)
        everywhere = union(claim.mask for claim in claims)
        whole = everywhere
        aside = [claim for claim in claims if claim.role in ("if", "unless")]
        sums_up = any("+" in claim.text for claim in claims)
        all_numbers = tuple(bound for claim in claims for bound in claim.numbers)
        side_numbers = tuple(bound for claim in aside for bound in claim.numbers)
        vague = any(
            claim.role == "unless" and not claim.mask & self.masks.must_cover and not claim.refers
            for claim in claims
        )
        affirmed = union(claim.mask for claim in claims if not claim.denied)
        status_bits = self.masks.status
        scenes: list[Scene] = []
        status, topic, listed = carry.status, 0, 0
        all_status = status_bits & union(
            c.mask for c in claims if not c.before and c.role != "unless"
        )
        if_status = status_bits & union(c.mask for c in claims if c.role == "if" and not c.before)
        if_mask, unless_mask, meant = _conditions(
            claims, self.masks.topics, self.masks.polar & ~self.masks.met
        )
        for index, claim in enumerate(claims):
            if (
                claim.dangling
                and not claim.mask & self.masks.signed
                and (listed or carry.topic or claims[:index])
            ):
                # A bare "not" in a cell or after a question: it is not permitted.
                claim = replace(claim, mask=claim.mask | self.masks.permit << 1, dangling=False)
            mask = claim.mask
            own_status = mask & status_bits
            if own_status:
                status = own_status
            elif if_status:
                mask |= if_status
            else:
                before = any(c.mask & status_bits for c in claims[:index])
                mask |= status if before or not all_status else all_status
            own_topic = mask & self.masks.topics & ~self.masks.aux
            mask |= listed
            if not own_topic or claim.refers or not claim.has_verb:
                mask |= topic
                if not topic and (claim.refers or not claim.has_verb):
                    mask |= carry.topic
            if own_topic:
                topic = fold(own_topic)
            own = claim.mask | listed
            if not claim.has_verb and claim.role == "main":
                listed |= fold(claim.mask & (self.masks.topics | status_bits | self.masks.noun))
            scenes.append(
                Scene(
                    claim,
                    mask | (if_mask & self.masks.topics),
                    if_mask,
                    unless_mask,
                    everywhere if claim.denied else affirmed,
                    own,
                    sum(c.foreign for c in claims),
                    union(c.mask for c in claims if c.before) | meant,
                    self._grants(claim),
                    side_numbers,
                    vague,
                    whole,
                    own_status,
                    all_numbers,
                    sums_up,
                )
            )
        return scenes

    def _grants(self, claim: Claim) -> bool:
        """Say whether the clause permits something and denies nothing."""
        return bool(claim.mask & self.masks.permit) and not claim.mask & self.masks.polar & ~PLAIN

    def carried(self, parsed: Parsed, carry: Carry, piece: Piece | None) -> Carry:
        """Return what the sentence after this one may refer to."""
        status = topic = 0
        for claim in parsed.claims:
            status |= fold(claim.mask & self.masks.status)
            topic |= fold(claim.mask & self.masks.topics)
        if piece is not None and piece.kind == "heading":
            return Carry(status, topic)
        return Carry(status or carry.status, topic or carry.topic)


def _conditions(claims: Sequence[Claim], topics: int, acts: int) -> tuple[int, int, int]:
    """Gather what stands in conditions, and what "without it" or "until then" refers to."""
    if_mask = unless_mask = meant = spoken = 0
    for claim in claims:
        mask = claim.mask
        if claim.role in ("if", "unless") and claim.refers and not mask & (topics | acts):
            meant |= fold(spoken)
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
    low, high = signed & PLAIN, signed & ~PLAIN
    return (mask & ~polar) | low << 1 | high >> 1
