"""What a question set may get wrong beyond its schema: unknown ids, unfair or idle checks."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from .cases import Case


def lint_cases(cases: Sequence[Case]) -> list[str]:
    """One message for each fault, naming case and key."""
    known = _known_ids()
    return [f"{case.id}: {fault}" for case in cases for fault in _faults(case, known)]


@lru_cache(maxsize=1)
def _known_ids() -> dict[str, set[str]]:
    from corpus.authorities import load_authorities
    from corpus.signs import load_signs
    from guardrails.rulebook import load_rulebook

    return {
        "rules": {rule.id for rule in load_rulebook()},
        "expected_authorities": set(load_authorities()),
        "signs": set(load_signs()),
    }


def _faults(case: Case, known: dict[str, set[str]]) -> list[str]:
    faults: list[str] = []
    for key, ids in known.items():
        faults += [
            f"key '{key}': '{name}' is unknown" for name in getattr(case, key) if name not in ids
        ]
    turns = case.messages
    checks = any(t.must_include or t.must_not for t in turns) or bool(case.outcome)
    if case.answerable and not checks:
        faults.append("nothing is checked: give must_include, must_not or outcome")
    for turn in turns:
        for number, group in enumerate(turn.must_include):
            if any(re.search(pattern, "", re.IGNORECASE) for pattern in group):
                faults.append(f"key 'must_include.{number}': a pattern matches the empty text")
        if turn.target:
            faults += _target_faults(turn.target, turn.must_include, turn.must_not)
    return faults


def _target_faults(
    target: str, groups: Sequence[Sequence[str]], must_not: Sequence[str]
) -> list[str]:
    """The author's own right answer must score as right, else the patterns are unfair."""
    faults = [
        f"key 'must_include.{number}': the target itself has none of: {' | '.join(group)}"
        for number, group in enumerate(groups)
        if not any(re.search(pattern, target, re.IGNORECASE) for pattern in group)
    ]
    return faults + [
        f"key 'must_not': the target itself holds {pattern}"
        for pattern in must_not
        if re.search(pattern, target, re.IGNORECASE)
    ]
