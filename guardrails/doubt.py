"""What makes a whole sentence doubtful though each clause can be proved or says nothing."""

from __future__ import annotations

import re
from collections.abc import Iterable

from .claims import Claim, Parsed
from .masks import PLAIN, Masks, count, fold, union

# The law is told as it stands: a sentence on what has changed is proved by no frame.
_CHANGED = re.compile(
    r"\b(?:(?<!be )(?<!is )(?<!are )used to|formerly|until recently|"
    r"back then|in the past|once upon|nowadays|these days|"
    r"(?:is|be|are|was|were) (?:scrapped|abolished|repealed|dropped|relaxed|reversed|outdated|"
    r"superseded|overturned|lifted in|ended in|changed in)|"
    r"was (?:true|right|correct|the rule|the case)|old (?:rule|law|rumour|rumor)|"
    r"new (?:rule|law|skills list|regulation)|(?:before|until|since|after) (?:19|20)\d\d)\b"
)
_DISMISSED = re.compile(
    r"\b(?:misreading|courtesy|folklore|fiction|exaggerat\w+|overstat\w+|scare|legend|"
    r"gossip|rumou?r|"
    r"tale|custom|superstition|hearsay|not the whole|goes too far|half the story|half truth|"
    r"no rule|no law|recommendation|advisory|suggestion|guideline|old wives|outdated|obsolete)\b"
)
_LEGAL = re.compile(
    r"§|\b(?:nonimmigrant|statut\w+|cfr|the act|usc|regulations?|immigrant|immigration|consular|"
    r"grievance|beneficiary|petition\w*|graduate medical education|passports?)\b"
)


_TERMS = (24, 36, 72, 84)  # months: the home stay, waiver service, H-1B and J-1


def of_proof(parsed: Parsed, masks: Masks, covered: int, idle: int) -> str:
    """Return why a sentence of proved clauses is not proved as a whole, or an empty string."""
    whole = fold(union(claim.mask for claim in parsed.claims if not claim.foreign))
    left = whole & fold(masks.strong | masks.status) & ~covered & ~fold(idle)
    if left:
        return "a topic that no proved clause explains"
    text = _text(parsed.claims)
    if _CHANGED.search(text):
        return "tells of a change of the law"
    if any(claim.misplaced for claim in parsed.claims):
        return "a status with what belongs to another"
    if _widens(parsed, masks):
        return "a permission widened by what it concedes"
    return ""


def of_silence(parsed: Parsed, masks: Masks, carried: int) -> str:
    """Return why a sentence of clauses that say nothing ruled may still say it as a whole."""
    claims = parsed.claims
    foreign = sum(claim.foreign for claim in claims)
    text = _text(claims)
    mask = union(claim.mask for claim in claims)
    signed = mask & (masks.polar | masks.absolute)
    numbers = any(bound.number.is_time for claim in claims for bound in claim.numbers)
    people = mask & masks.people
    if foreign <= 1 and (parsed.cites or (_LEGAL.search(text) and (signed or people))):
        return "speaks of law"
    if _DISMISSED.search(text) and not foreign:
        return "a claim that is dismissed"
    if foreign:
        return ""
    if carried and mask & masks.rulings:
        return "may rule on what was spoken of before"
    if count(fold(mask & masks.topics)) > 1 and mask & (masks.fees | masks.status):
        return "speaks of more than one ruled topic"
    if signed and any(bound.number.high in _TERMS for c in claims for bound in c.numbers):
        return "a term of the law"
    if signed and mask & masks.visa and (people or numbers):
        return "speaks of a visa"
    if signed and numbers and mask & (masks.people | masks.limits | masks.noun):
        return "a length of time that is allowed or asked for"
    return ""


def _text(claims: Iterable[Claim]) -> str:
    return " ".join(claim.text for claim in claims)


def _widens(parsed: Parsed, masks: Masks) -> bool:
    granted = any(
        claim.mask & masks.permit and not claim.mask & masks.polar & ~PLAIN
        for claim in parsed.claims
        if claim.role == "main"
    )
    conceded = [
        claim
        for claim in parsed.claims
        if claim.role == "reported" and not claim.text.startswith("not ")
    ]
    return (granted and bool(conceded)) or any(c.mask & masks.turns for c in conceded)
