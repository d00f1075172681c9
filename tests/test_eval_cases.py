"""Question sets: the schema, its errors, and the sets we ship."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from eval.cases import Case, SetError, parse_set, read_set, write_set
from eval.lint import lint_cases

SETS = sorted((Path(__file__).parent.parent / "eval/sets").glob("*.jsonl"))


def write(path: Path, *rows: object) -> Path:
    lines = [row if isinstance(row, str) else json.dumps(row) for row in rows]
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def test_errors_name_line_and_key(tmp_path: Path) -> None:
    file = write(
        tmp_path / "set.jsonl",
        {"id": "fine", "input": "Q?", "must_include": [["a"]]},
        {"id": "typo", "input": "Q?", "must_inlcude": [["a"]]},
        {"id": "pattern", "input": "Q?", "must_include": [["(open"]]},
        "{not json",
        {"id": "fine", "input": "again?"},
        {"id": "both", "input": "Q?", "turns": [{"input": "Q?"}]},
        {"id": "outcome", "input": "Q?", "outcome": "maybe"},
    )
    cases, faults = parse_set(file)

    assert len(cases) == 2
    assert f"{file}:2: key 'must_inlcude': unknown key" in faults[0]
    assert "set.jsonl:3: key 'must_include.0.0': not a regular expression" in faults[1]
    assert "set.jsonl:4: not valid JSON" in faults[2]
    assert "set.jsonl:5: key 'id': 'fine' is on line 1 already" in faults[3]
    assert "either `input` (one question) or `turns`" in faults[4]
    assert "key 'outcome.0'" in faults[5]
    with pytest.raises(SetError, match="key 'must_inlcude'"):
        read_set(file)


def test_missing_file_and_empty_set_say_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(SetError, match="no such file; give the path"):
        read_set(tmp_path / "none.jsonl")
    with pytest.raises(SetError, match="write one JSON object a line"):
        read_set(write(tmp_path / "empty.jsonl", ""))


def test_single_string_stands_for_a_group_or_an_outcome() -> None:
    case = Case.model_validate(
        {"id": "x", "input": "?", "must_include": ["seven"], "outcome": "abstain"}
    )

    assert case.must_include == [["seven"]]
    assert case.allowed == ("abstain",)


def test_what_cannot_be_answered_expects_abstention() -> None:
    assert Case(id="x", input="?", answerable=False).allowed == ("abstain",)
    assert Case(id="x", input="?").allowed == ("answer", "clarify")


def test_case_survives_writing_and_reading(tmp_path: Path) -> None:
    cases = [case for path in SETS for case in read_set(path)]
    write_set(cases, tmp_path / "all.jsonl")

    assert read_set(tmp_path / "all.jsonl") == cases


@pytest.mark.parametrize("path", SETS, ids=lambda path: path.stem)
def test_every_shipped_set_lints_clean(path: Path) -> None:
    cases, faults = parse_set(path)

    assert faults == []
    assert lint_cases(cases) == []


def test_five_hundred_cases_cover_every_rule_and_sign() -> None:
    from corpus.signs import load_signs
    from guardrails.rulebook import load_rulebook

    cases = [case for path in SETS for case in read_set(path)]

    assert len(cases) >= 500
    assert {rule.id for rule in load_rulebook()} <= {rule for case in cases for rule in case.rules}
    assert set(load_signs()) <= {sign for case in cases for sign in case.signs}


def test_lint_tells_unknown_ids_idle_cases_and_unfair_patterns() -> None:
    cases = [
        Case(id="unknown", input="?", rules=["no-such-rule"], must_include=[["x"]]),
        Case(id="always", input="?", must_include=[["x*"]]),
        Case(id="unfair", input="?", target="Seven years.", must_include=[["7"]]),
        Case(id="wrong", input="?", target="Seven years.", must_not=["seven"]),
    ]
    faults = "\n".join(lint_cases(cases))

    assert "unknown: key 'rules': 'no-such-rule' is unknown" in faults
    assert "always: key 'must_include.0': a pattern matches the empty text" in faults
    assert "unfair: key 'must_include.0': the target itself has none of: 7" in faults
    assert "wrong: key 'must_not': the target itself holds seven" in faults
