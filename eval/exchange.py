"""Exchange with other tools: question sets of Inspect, ragas, deepeval and promptfoo, in and out.

Patterns travel in `metadata`, so that a set survives the way there and back; a tool that knows no
patterns gets the reference answer and its own kind of check beside them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal, get_args

import yaml
from pydantic import ValidationError

from .cases import Case, read_set, write_set

Format = Literal["inspect", "ragas", "deepeval", "promptfoo"]
Row = dict[str, Any]


class ExchangeError(ValueError):
    """A file that cannot be converted; the message says file, entry and what to do."""


def import_set(kind: str, source: Path, target: Path) -> int:
    """Read another tool's file and write our JSON Lines; the number of cases.

    Raises:
        ExchangeError: the file or one of its entries cannot be read.
    """
    name = _known(kind)
    rows = _read(source, name)
    cases: list[Case] = []
    for number, row in enumerate(rows, start=1):
        try:
            cases.append(_IMPORT[name](row, number))
        except (KeyError, TypeError, AttributeError) as error:
            raise ExchangeError(f"{source}, entry {number}: misses {error}") from None
        except ValidationError as error:
            first = error.errors()[0]
            key = ".".join(str(part) for part in first["loc"])
            raise ExchangeError(f"{source}, entry {number}: key '{key}': {first['msg']}") from None
    if not cases:
        raise ExchangeError(f"{source}: no entries in it")
    write_set(cases, target)
    return len(cases)


def export_set(kind: str, source: Path, target: Path) -> int:
    """Write our set in another tool's format; the number of cases.

    Raises:
        ExchangeError: the format is unknown.
        SetError: the set has faults.
    """
    name = _known(kind)
    cases = read_set(source)
    rows = [_EXPORT[name](case) for case in cases]
    if name == "promptfoo":
        text = yaml.safe_dump(
            {"description": source.stem, "prompts": ["{{question}}"], "tests": rows},
            allow_unicode=True,
            sort_keys=False,
        )
    elif name == "deepeval":
        text = json.dumps(rows, ensure_ascii=False, indent=1) + "\n"
    else:
        text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    target.write_text(text, encoding="utf-8")
    return len(rows)


def _known(kind: str) -> Format:
    for name in get_args(Format):
        if name == kind:
            return name
    raise ExchangeError(f"unknown format '{kind}'; use one of {', '.join(get_args(Format))}")


def _read(source: Path, kind: Format) -> list[Row]:
    try:
        text = source.read_text(encoding="utf-8-sig")
        if kind == "promptfoo":
            tests: Any = yaml.safe_load(text)
            tests = tests.get("tests", []) if isinstance(tests, dict) else tests
            return list(tests or [])
        if text.lstrip().startswith("["):
            return list(json.loads(text))
        return [json.loads(line) for line in text.splitlines() if line.strip()]
    except (OSError, UnicodeDecodeError, json.JSONDecodeError, yaml.YAMLError) as error:
        raise ExchangeError(f"{source}: cannot be read ({' '.join(str(error).split())})") from None


def _ours(case: Case) -> Row:
    """What only we know, to travel in another tool's metadata."""
    kept = {"id", "input", "target"}
    return case.model_dump(mode="json", exclude_defaults=True, exclude=kept)


def _restored(metadata: Row | None, **known: Any) -> Case:  # noqa: ANN401 - JSON
    """A case from another tool's fields and, where the set was once ours, our own."""
    kept = dict((metadata or {}).get("waymark", {}))
    foreign = {k: v for k, v in (metadata or {}).items() if k != "waymark"}
    if foreign:
        kept["metadata"] = {**kept.get("metadata", {}), **foreign}
    if kept.get("turns"):
        known.pop("input", None)
    return Case.model_validate({**kept, **known})


def _question(case: Case) -> str:
    return case.input if case.input is not None else case.turns[-1].input


def _literal(text: str) -> str:
    """A plain string as a pattern that finds it."""
    return re.escape(text).replace(r"\ ", r"\s+")


# ---- Inspect: Sample as JSON Lines (json_dataset)


def _to_inspect(case: Case) -> Row:
    return {
        "input": _question(case),
        "target": case.target,
        "id": case.id,
        "metadata": {"waymark": _ours(case)},
    }


def _from_inspect(row: Row, number: int) -> Case:
    text = row["input"]
    if isinstance(text, list):
        said = [m["content"] for m in text if m.get("role") == "user"]
        metadata = row.get("metadata") or {}
        if len(said) > 1:
            turns = [{"input": message} for message in said]
            return Case(id=str(row.get("id", number)), turns=turns, target=_joined(row))  # type: ignore[arg-type]
        return _restored(
            metadata, id=str(row.get("id", number)), input=said[0], target=_joined(row)
        )
    return _restored(
        row.get("metadata"), id=str(row.get("id", number)), input=text, target=_joined(row)
    )


def _joined(row: Row) -> str:
    target = row.get("target", "")
    return " ".join(target) if isinstance(target, list) else str(target)


# ---- ragas: SingleTurnSample as JSON Lines


def _to_ragas(case: Case) -> Row:
    return {
        "user_input": _question(case),
        "reference": case.target,
        "reference_context_ids": case.expected_passages,
        "rubrics": None,
        "metadata": {"id": case.id, "waymark": _ours(case)},
    }


def _from_ragas(row: Row, number: int) -> Case:
    metadata = dict(row.get("metadata") or {})
    case_id = str(metadata.pop("id", f"ragas-{number}"))
    text = row["user_input"]
    if isinstance(text, list):
        turns = [{"input": m["content"]} for m in text if m.get("type", "human") == "human"]
        return Case(id=case_id, turns=turns, target=row.get("reference") or "")  # type: ignore[arg-type]
    ids = [str(i) for i in row.get("reference_context_ids") or []]
    found = _restored(metadata, id=case_id, input=text, target=row.get("reference") or "")
    return found.model_copy(update={"expected_passages": found.expected_passages or ids})


# ---- deepeval: goldens as one JSON list


def _to_deepeval(case: Case) -> Row:
    return {
        "input": _question(case),
        "expected_output": case.target,
        "context": [],
        "additional_metadata": {"id": case.id, "waymark": _ours(case)},
        "comments": case.source,
    }


def _from_deepeval(row: Row, number: int) -> Case:
    metadata = dict(row.get("additional_metadata") or {})
    case_id = str(metadata.pop("id", f"deepeval-{number}"))
    return _restored(
        metadata, id=case_id, input=row["input"], target=row.get("expected_output") or ""
    )


# ---- promptfoo: tests of a YAML config


def _to_promptfoo(case: Case) -> Row:
    checks: list[Row] = [
        {"type": "regex", "value": f"(?i)({'|'.join(group)})"} for group in case.must_include
    ]
    checks += [{"type": "not-regex", "value": f"(?i){pattern}"} for pattern in case.must_not]
    if case.target:
        checks.append({"type": "llm-rubric", "value": f"Says the same as: {case.target}"})
    return {
        "description": case.id,
        "vars": {"question": _question(case)},
        "assert": checks,
        "metadata": {"waymark": {**_ours(case), "target": case.target}},
    }


def _from_promptfoo(row: Row, number: int) -> Case:
    variables = row["vars"]
    question = variables.get("question") or next(iter(variables.values()))
    case_id = re.sub(r"[\s~]+", "-", str(row.get("description") or f"promptfoo-{number}"))[:120]
    metadata = dict(row.get("metadata") or {})
    if "waymark" in metadata:
        kept = dict(metadata["waymark"])
        target = str(kept.pop("target", ""))
        return _restored({**metadata, "waymark": kept}, id=case_id, input=question, target=target)
    found: Row = {"must_include": [], "must_not": [], "target": ""}
    for check in row.get("assert") or []:
        _take(check, found)
    return _restored(metadata, id=case_id, input=question, **found)


def _take(check: Row, found: Row) -> None:
    """One promptfoo assertion as ours; kinds that need a model or a script are left out."""
    kind, value = str(check["type"]), check.get("value")
    values = [str(v) for v in value] if isinstance(value, list) else [str(value)]
    if kind in ("contains", "icontains", "contains-all", "icontains-all"):
        found["must_include"] += [[_literal(v)] for v in values]
    elif kind in ("contains-any", "icontains-any"):
        found["must_include"].append([_literal(v) for v in values])
    elif kind == "regex":
        found["must_include"].append([values[0].removeprefix("(?i)")])
    elif kind == "not-regex":
        found["must_not"].append(values[0].removeprefix("(?i)"))
    elif kind in ("not-contains", "not-icontains"):
        found["must_not"] += [_literal(v) for v in values]
    elif kind in ("equals", "llm-rubric", "similar", "factuality"):
        found["target"] = found["target"] or values[0]


_EXPORT: dict[Format, Callable[[Case], Row]] = {
    "inspect": _to_inspect,
    "ragas": _to_ragas,
    "deepeval": _to_deepeval,
    "promptfoo": _to_promptfoo,
}
_IMPORT: dict[Format, Callable[[Row, int], Case]] = {
    "inspect": _from_inspect,
    "ragas": _from_ragas,
    "deepeval": _from_deepeval,
    "promptfoo": _from_promptfoo,
}
