"""The Rules page: browse the rulebook, read one rule, try a sentence against the checker."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any, cast
from urllib.parse import quote

from bot.types import AuthorityLink
from corpus.authorities import Authority
from guardrails.check import Verdict
from guardrails.rulebook import Rule, Rulebook, RulebookError, load_cases, rules_folder
from ui.facts import fact_value
from ui.guides import jump_html
from ui.prose import plain
from ui.sources import authorities_html, long_date
from ui.theme import page_html

TOPICS = {
    "j1": "J-1",
    "two-year-requirement": "The two-year home requirement",
    "waivers": "Waivers",
    "h1b": "H-1B",
    "exams": "Exams and certification",
    "green-card": "Green card",
    "choosing": "Choosing",
    "clinical-informatics": "Clinical informatics",
    "rights": "Rights in training",
    "dependents": "Family",
    "policy": "Policy in motion",
    "support": "Help and crisis lines",
}
_KINDS = {
    "law": "Law",
    "sponsor-policy": "Sponsor policy",
    "accreditation": "Accreditation",
    "board-rule": "Board rule",
    "volatile": "Policy in motion",
    "support": "Support",
}
_VERDICTS = {
    "consistent": (
        "Consistent",
        "The rulebook agrees, and nothing in the sentence is left unproved.",
    ),
    "contradicts": ("Contradicts a rule", "A reader sees the rule's own sentence in its place."),
    "unverified": (
        "Cannot be proved",
        "It speaks of a ruled matter and says more than can be proved.",
    ),
    "off-topic": ("No ruled matter", "It says nothing that a rule decides, so it stays as it is."),
}


def rules_page(
    book: Rulebook, *, query: str = "", sentence: str = "", verdict: Verdict | None = None
) -> str:
    """All rules by topic, or those with the words of `query`; above them the sentence to try."""
    words = query.lower().split()
    rules = [rule for rule in book if all(word in _searchable(rule) for word in words)]
    body = (
        "<h1>Rules</h1><p>The legal facts that every answer is checked against, each with its "
        f"authority and its dates. {len(book)} rules.</p>{_try_html(sentence, verdict)}"
        f"{_search_html(query)}{_list_html(rules)}"
    )
    return page_html("Rules - Waymark", "/rules", body)


def _searchable(rule: Rule) -> str:
    return " ".join([rule.id, rule.title, rule.statement, rule.short, *rule.also_true]).lower()


def _search_html(query: str) -> str:
    return (
        '<form class="search" role="search" action="/rules"><label class="sr" for="q">Search the '
        f'rules</label><input id="q" name="q" type="search" value="{escape(query)}" '
        'maxlength="300" '
        'placeholder="Search the rules" autocomplete="off"><button class="button">Search</button>'
        "</form>"
    )


def _list_html(rules: Sequence[Rule]) -> str:
    if not rules:
        return '<p class="note" role="status">No rule has all of these words.</p>'
    parts: list[str] = []
    names: list[tuple[str, str]] = []
    for topic, name in TOPICS.items():
        items = "".join(
            f'<li><a href="/rules?id={quote(rule.id)}">{plain(rule.title)}</a>'
            f"<p>{plain(rule.short)}</p></li>"
            for rule in rules
            if rule.topic == topic
        )
        if items:
            names.append((topic, name))
            parts.append(
                f'<section class="topic" id="{topic}"><h2>{plain(name)}</h2>'
                f"<ul>{items}</ul></section>"
            )
    return f'{jump_html(names)}<div class="rules">{"".join(parts)}</div>'


def _try_html(sentence: str, verdict: Verdict | None) -> str:
    shown = verdict_html(verdict) if verdict is not None else ""
    return (
        '<section id="try" class="try"><h2>Try a sentence</h2>'
        '<form method="post" action="/rules#try">'
        '<label for="sentence">Something you were told, or read</label>'
        '<textarea id="sentence" name="sentence" rows="2" maxlength="2000" required '
        f'placeholder="H-1B time starts again with each employer.">{escape(sentence)}</textarea>'
        f'<button class="button">Check it</button></form>{shown}</section>'
    )


def verdict_html(verdict: Verdict) -> str:
    """A verdict with its rule, the reason, what a reader would see, and how it came about."""
    name, meaning = _VERDICTS.get(verdict.verdict, (verdict.verdict, ""))
    rows: list[tuple[str, str]] = []
    if verdict.rule:
        address = f"/rules?id={quote(verdict.rule)}"
        rows.append(("Rule", f'<a href="{address}">{escape(verdict.rule)}</a>'))
    if verdict.statement:
        rows.append(("What the rule says", escape(verdict.statement)))
    rows.append(("Why", escape(verdict.reason)))
    if verdict.verdict != "consistent":
        rows.append(("What a reader would see", escape(verdict.output) or "nothing"))
    table = "".join(f"<dt>{label}</dt><dd>{value}</dd>" for label, value in rows)
    return (
        f'<div class="note verdict {escape(verdict.verdict)}" role="status">'
        f'<p class="tag">{name}</p>'
        f"<p>{meaning}</p><dl>{table}</dl>{_trace_html(verdict)}</div>"
    )


def _trace_html(verdict: Verdict) -> str:
    trace: Any = getattr(verdict, "trace", None)
    if trace is None or not hasattr(trace, "to_json"):
        return ""
    return (
        "<details><summary>How the checker read it, step by step</summary>"
        f'<div class="trace">{_nested_html(trace.to_json())}</div></details>'
    )


def _nested_html(value: object) -> str:
    """Any JSON value as nested lists."""
    if isinstance(value, Mapping):
        rows = cast("Mapping[str, object]", value).items()
        inner = "".join(
            f"<dt>{escape(str(key).replace('_', ' '))}</dt><dd>{_nested_html(item)}</dd>"
            for key, item in rows
        )
        return f"<dl>{inner}</dl>"
    if isinstance(value, list | tuple):
        items = cast("Sequence[object]", value)
        if not items:
            return "none"
        return f"<ul>{''.join(f'<li>{_nested_html(item)}</li>' for item in items)}</ul>"
    return escape("none" if value is None else str(value))


def rule_page(rule: Rule, authorities: Mapping[str, Authority]) -> str:
    """One rule with authority, dates, exceptions and cases."""
    links = [
        AuthorityLink(a.title, a.url, a.checked)
        for a in (authorities.get(name) for name in rule.authorities)
        if a is not None
    ]
    body = (
        '<nav class="crumbs" aria-label="Where you are"><a href="/rules">Rules</a> / '
        f"{escape(TOPICS.get(rule.topic, rule.topic))}</nav><article class=guide>"
        f"<h1>{plain(rule.title)}</h1>{_badges(rule)}"
        f'<p class="lead">{plain(rule.statement)}</p>'
        f"{_listed('Exceptions', [item.text for item in rule.exceptions])}"
        f"{_listed('Also true', rule.also_true)}{_values_html(rule)}{_scope_html(rule)}"
        f"<h2>Authority</h2>{authorities_html(links)}"
        f"{_cases_html(rule)}"
        f'<p class="quiet">Rule {escape(rule.id)}</p></article>'
    )
    return page_html(f"{rule.title} - Waymark", "/rules", body)


def _badges(rule: Rule) -> str:
    badges = [f'<span class="badge">{escape(_KINDS.get(rule.kind, rule.kind))}</span>']
    badges.append(f'<span class="badge">Reviewed {_day(rule.reviewed)}</span>')
    badges.append(f'<span class="badge">Next review by {_day(rule.review_by)}</span>')
    if rule.as_of:
        badges.append(f'<span class="badge warn">As of {_day(rule.as_of)}</span>')
    return f'<p class="badges">{" ".join(badges)}</p>'


def _day(day: object) -> str:
    return escape(long_date(str(day)))


def _listed(title: str, texts: Sequence[str], *, wrong: bool = False) -> str:
    if not texts:
        return ""
    items = "".join(f"<li>{plain(text)}</li>" for text in texts)
    kind = ' class="wrong"' if wrong else ""
    return f"<h2>{title}</h2><ul{kind}>{items}</ul>"


def _values_html(rule: Rule) -> str:
    rows = "".join(
        f"<tr><td>{escape(name.replace('_', ' '))}</td><td>{escape(fact_value(value))} "
        f"{escape(parameter.unit)}</td><td>{_day(start)}</td></tr>"
        for name, parameter in rule.parameters.items()
        for start, value in sorted(parameter.values.items())
    )
    if not rows:
        return ""
    head = '<tr><th scope="col">What</th><th scope="col">Value</th><th scope="col">Since</th></tr>'
    return (
        '<h2>Values and dates</h2><div class="table" tabindex="0" role="group" aria-label="Values">'
        f"<table><thead>{head}</thead><tbody>{rows}</tbody></table></div>"
    )


def _scope_html(rule: Rule) -> str:
    scope = cast("dict[str, list[str]]", rule.scope.model_dump(exclude_defaults=True))
    if not scope:
        return ""
    rows = "; ".join(f"{key}: {', '.join(map(fact_value, value))}" for key, value in scope.items())
    return f"<h2>Whom it holds for</h2><p>{escape(rows)}</p>"


def _cases_html(rule: Rule) -> str:
    """What the checker takes for wrong and for right, from the cases beside the rule."""
    try:
        cases = load_cases(rules_folder() / rule.topic / f"{rule.id}.yaml")
    except RulebookError:
        return ""
    wrong = _listed("Recognised as wrong, for example", _readable(cases.must_flag), wrong=True)
    return wrong + _listed("Recognised as right, for example", _readable(cases.must_pass))


def _readable(cases: Sequence[str]) -> list[str]:
    """Cases as sentences: the marks of a list item or a table row say nothing to a reader."""
    return [" - ".join(part.strip() for part in case.strip("|- ").split("|")) for case in cases]
