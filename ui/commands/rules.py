"""`waymark rules`: list, read or lint the rulebook."""

from __future__ import annotations

import argparse
import json

from corpus.authorities import load_authorities
from guardrails.rulebook import Rule, lint, load_cases, load_rulebook, rules_folder
from ui.cli import UsageError


def list_rules(given: argparse.Namespace) -> int:
    """One line for each rule."""
    rulebook = load_rulebook()
    if given.json:
        rows = [
            {"id": r.id, "topic": r.topic, "title": r.title, "statement": r.statement}
            for r in rulebook
        ]
        print(json.dumps(rows, ensure_ascii=False))
        return 0
    for rule in sorted(rulebook, key=lambda r: (r.topic, r.id)):
        print(f"{rule.topic:22} {rule.id:44} {rule.short}")
    return 0


def show_rule(given: argparse.Namespace) -> int:
    """One rule, written so that a doctor can trust it."""
    rulebook = load_rulebook()
    if given.id not in rulebook:
        raise UsageError(f"rules: there is no rule '{given.id}'; see `waymark rules list`")
    print(in_plain_text(rulebook[given.id]))
    return 0


def in_plain_text(rule: Rule) -> str:
    """The rule with authority, scope, dates, exceptions and cases."""
    authorities = load_authorities()
    lines = [rule.title, "", rule.statement, ""]
    for authority_id in rule.authorities:
        if authority_id in authorities:
            a = authorities[authority_id]
            lines.append(f"Authority: {a.title} <{a.url}> (text checked: {a.checked})")
    scope = rule.scope.model_dump(exclude_defaults=True)
    if scope:
        lines.append("Holds for: " + "; ".join(f"{k}: {', '.join(v)}" for k, v in scope.items()))
    for name, parameter in rule.parameters.items():
        for start, value in sorted(parameter.values.items()):
            lines.append(
                f"Value: {name.replace('_', ' ')} = {value} {parameter.unit}, from {start}"
            )
    if rule.as_of:
        lines.append(f"As of: {rule.as_of} (this can change; check the authority)")
    lines.append(f"Reviewed: {rule.reviewed}, next review by {rule.review_by}")
    if rule.exceptions:
        lines += ["", "Exceptions"] + [f"- {item.text}" for item in rule.exceptions]
    if rule.also_true:
        lines += ["", "Also true"] + [f"- {text}" for text in rule.also_true]
    cases = load_cases(rules_folder() / rule.topic / f"{rule.id}.yaml")
    if cases.must_flag:
        lines += ["", "Recognised as wrong, for example"] + [f"- {t}" for t in cases.must_flag[:3]]
        lines += ["", "Left as they are, for example"] + [f"- {t}" for t in cases.must_pass[:3]]
    lines += ["", f"Rule {rule.id}"]
    return "\n".join(lines)


def lint_rules(given: argparse.Namespace) -> int:
    """Every fault in a rule file, one line each; fails when there is one."""
    found = lint()
    known = load_authorities()
    rulebook = load_rulebook()
    faults = [str(problem) for problem in found if not problem.warning]
    faults += [
        f"{rule.topic}/{rule.id}.yaml: authorities: unknown '{source}'; add it to authorities.yaml"
        for rule in rulebook
        for source in rule.authorities
        if source not in known
    ]
    warnings = [f"warning: {problem}" for problem in found if problem.warning]
    summary = f"{len(rulebook)} rules, {len(faults)} faults, {len(warnings)} warnings"
    print(*warnings, *faults, summary, sep="\n")
    return 1 if faults else 0
