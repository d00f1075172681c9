"""Cut a sentence into clauses: main, conditions, exceptions, what is denied or only reported."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence

from .items import FINITE, REFERENCES, Act, Group, Item, Role, imperative
from .text import word_set

_HARD_MARKS = frozenset(';:|()"?!>=*')
_FIRM_CAUSES = word_set(
    "because since therefore hence thus which which means that is why consequently"
) | {
    "which means",
    "that is why",
    "and so",
    "so that",
}
_SUBJECTS = word_set("it its they you this that there he she we i")
_FIRM_CONDITIONS = word_set("if when whenever once provided assuming where") | {
    "provided that",
    "as long as",
    "so long as",
    "in case",
    "on condition",
    "in the event",
}
_RHETORICAL = (
    "did you know",
    "do you know that",
    "who says",
    "why not",
    "why wait",
    "guess what",
    "isn't it great",
)
_RESTATES = re.compile(
    r"\byou(?:'d| would)? (?:like|want|wish|need|asked?|are asking|wonder(?:ed)?|are wondering)"
    r"(?: me)?(?: to know)? (?:if|whether|how|what|when|which|about)\b|\byour question\b"
)


_ASKED = word_set("whether if how what which who when where")


def clauses(items: list[Item]) -> list[Group]:
    """Return the clauses of a tagged sentence in order."""
    return _as_quoted(_mark_denied(_merged(_split(_without_answer(items)))))


def _as_quoted(groups: list[Group]) -> list[Group]:
    """Take what stands in quotation marks beside other words as said by others."""
    if all(group.quoted for group in groups):
        return groups
    for group in groups:
        spoken = group.has_verb or any(item.number is not None for item in group.items)
        if group.quoted and spoken and not group.denied and not group.confirmed:
            group.reported = True
    return groups


def _without_answer(items: list[Item]) -> list[Item]:
    """Leave out the "No," that answers a question: what follows says it in full."""
    if len(items) > 2 and items[0].text in ("no", "yes") and items[1].text in (",", ":", "-", "."):
        return items[2:]
    return items


def _split(items: list[Item]) -> list[Group]:
    groups: list[Group] = [Group("main", [])]
    in_quote = False

    def begin(role: Role, joint: str) -> None:
        if not groups[-1].items:
            kept = (
                groups[-1].joint
                if joint in ("soft", "quote", "hard") and groups[-1].joint
                else joint
            )
            groups[-1].role, groups[-1].joint = role, kept
        else:
            reported = groups[-1].reported and joint in ("quote", "soft", "and", "if")
            groups.append(Group(role, [], joint, reported=reported))
        groups[-1].quoted = in_quote

    for index, item in enumerate(items):
        if item.kind == "mark":
            if item.text == '"':
                in_quote = not in_quote
                begin("main", "quote")
            elif item.text in ":=|":
                begin("main", "cell" if item.text == "|" else "colon")
            elif (
                item.text in _HARD_MARKS
                or (item.text == "." and item.spaced is False)
                or (item.text == "-" and item.spaced)
            ):
                begin("main", "hard")
            elif item.text == ",":
                begin("main", "soft")
            continue
        if item.kind == "operator" and item.entry is not None:
            operator = item.entry.operator
            after_pause = index == 0 or items[index - 1].kind == "mark"
            if operator in ("contrast", "unlike"):
                begin("main", operator)
                if operator == "unlike":
                    groups[-1].role = "reported"
                continue
            follows = items[index + 1].text if index + 1 < len(items) else ""
            causal = (
                after_pause
                or item.text in _FIRM_CAUSES
                or (item.text == "as" and follows in _SUBJECTS)
            )
            if operator == "because" and causal:
                begin("main", "because")
                continue
            if operator == "if" and item.text in _FIRM_CONDITIONS:
                begin("if", "if")
                continue
            if operator == "onlyif":
                begin("if", "if")
                groups[-1].only = True
                continue
            if operator == "earlier":
                begin("if", "if")
                groups[-1].before = True
                continue
            if operator in ("unless", "without"):
                begin("unless", "unless")
                continue
            if operator == "concede":
                begin("reported", "concede")
                continue
            if operator == "whether" and index:
                begin("reported", "whether")
                groups[-1].items.append(item)
                continue
            if operator == "ask" and item.text.split()[-1] in _ASKED and groups[-1].items:
                begin("reported", "whether")
                continue
            if operator == "report":
                groups[-1].reported = True
                continue
            if operator == "contrary":
                begin("main", "contrary")
                groups[-1].reported = True
                continue
        if item.text in ("and", "or") and _joins_clauses(groups[-1].items, items[index + 1 :]):
            begin("main" if groups[-1].role == "main" else groups[-1].role, "and")
            continue
        groups[-1].items.append(item)
    kept = [group for group in groups if group.items]
    for index, group in enumerate(kept):
        after_condition = index > 0 and kept[index - 1].role in ("if", "unless")
        group.commands = (
            group.joint in ("", "hard", "quote")
            or after_condition
            or (group.joint == "because" and group.items[0].text == "so")
        )
    return kept


def _joins_clauses(left: list[Item], right: Sequence[Item]) -> bool:
    if not any(item.is_verb for item in left):
        return False
    first = right[0] if right else None
    if first is not None and first.is_verb and first.text not in FINITE and not first.signs:
        return False
    for item in right[:7]:
        if item.kind == "mark" or item.text in ("and", "or"):
            return False
        if (
            item.kind == "operator"
            and item.entry
            and item.entry.operator in ("contrast", "because", "if")
        ):
            return False
        if item.is_verb:
            return True
    return False


def _merged(groups: list[Group]) -> list[Group]:
    """Join verbless pieces between commas to their neighbour: they are lists or openings."""
    merged: list[Group] = []
    carry: list[Item] = []
    for position, group in enumerate(groups):
        group.items = carry + group.items
        carry = []
        if (
            position
            and group.joint == "soft"
            and not group.has_verb
            and group.items[0].text in ("not", "never")
        ):
            group.role = "reported"
            merged.append(group)
            continue
        if group.role == "main" and not group.has_verb and not group.quoted:
            following = groups[position + 1] if position + 1 < len(groups) else None
            if (
                merged
                and group.joint == "soft"
                and merged[-1].role == "main"
                and merged[-1].has_verb
            ):
                merged[-1].items.extend(group.items)
                continue
            opens = group.joint in ("", "hard", "soft", "contrast", "because", "cell", "colon")
            if (
                following is not None
                and following.joint in ("soft", "colon")
                and following.role == "main"
                and opens
            ):
                carry = group.items
                following.joint = group.joint
                continue
        merged.append(group)
    for group, following in itertools.pairwise(merged):
        # "Leave early and the requirement returns" says what follows if you leave.
        opens = group.role == "main" and group.commands and following.joint == "and"
        if (
            opens
            and imperative(group.items) + _breaks_off(group.items)
            and not imperative(following.items)
        ):
            group.role = "if"
    if merged and not any(group.role == "main" for group in merged):
        merged[-1].role = "main"
    return merged


def _breaks_off(items: list[Item]) -> int:
    return int(bool(items) and "waiver_breach" in items[0].signs)


def _mark_denied(groups: list[Group]) -> list[Group]:
    """Mark clauses that the sentence calls false, or only reports."""
    result: list[Group] = []
    for index, group in enumerate(groups):
        kinds = [
            item.entry.operator for item in group.items if item.kind == "operator" and item.entry
        ]
        if "deny" in kinds:
            rest = _after(group.items, "deny")
            first = next(i for i, item in enumerate(group.items) if item.has("deny"))
            opening = [i for i in group.items[:first] if i.kind == "concept" and i.signs]
            if rest and opening:
                result.append(Group("reported", group.items[:first]))
            if rest:
                group.denied = True
                group.items = rest
            elif index + 1 < len(groups):
                groups[index + 1].denied = True
        result.append(group)
        if "true_after" in kinds:
            _confirm(groups, index)
        elif "deny_after" in kinds and (rest := _deny_back(groups, index)):
            result.append(rest)
    return result


def _after(items: list[Item], name: str) -> list[Item]:
    for index, item in enumerate(items):
        if item.has(name):
            return items[index + 1 :]
    return items


def _deny_back(groups: list[Group], index: int) -> Group | None:
    """Mark what "is a myth" looks back at; return the rest of the clause where there is one."""
    group = groups[index]
    place = next(i for i, item in enumerate(group.items) if item.has("deny_after"))
    before, after = group.items[:place], group.items[place + 1 :]
    quoted = [g for g in groups[:index] if g.quoted]
    rest = Group("main", after) if any(item.signs or item.number for item in after) else None
    if quoted:
        for other in quoted:
            other.denied = True
        group.items = before
        return rest
    if any(item.signs and item.text not in REFERENCES for item in before):
        group.denied = True
        group.items = before
        return rest
    if rest is not None:
        group.denied, group.items = True, after
    elif index:
        groups[index - 1].denied = True
    return None


def _confirm(groups: list[Group], index: int) -> None:
    for group in groups[: index + 1]:
        if group.quoted:
            group.confirmed = True


def act_of(items: list[Item], text: str) -> Act:
    """Say whether a sentence asserts, asks, supposes or advises to ask."""
    lowered = text.lower().strip(" -*\"'")
    if _RESTATES.search(lowered):
        return "question"
    if text.rstrip(" \"')*_]").endswith("?"):
        if lowered.startswith(_RHETORICAL) or lowered.rstrip("?\"' ").endswith(
            (", right", "correct", "isn't it", "no", "yes")
        ):
            return "assert"
        return "question"
    first = next((item for item in items if item.kind != "mark"), None)
    if first is None:
        return "assert"
    if first.has("suppose"):
        return "hypothetical"
    if any(item.has("whether") for item in items[:4]):
        return "ask"
    if first.has("ask"):
        return "ask"
    return "assert"
