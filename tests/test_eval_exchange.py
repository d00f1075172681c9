"""Sets of Inspect, ragas, deepeval and promptfoo, in and out."""

from __future__ import annotations

from pathlib import Path

import pytest

from eval.cases import read_set
from eval.exchange import ExchangeError, export_set, import_set

DATA = Path(__file__).parent / "data/eval"
FORMATS = {
    "inspect": "inspect.jsonl",
    "ragas": "ragas.jsonl",
    "deepeval": "deepeval.json",
    "promptfoo": "promptfoo.yaml",
}


@pytest.mark.parametrize(("kind", "name"), FORMATS.items())
def test_committed_sample_is_what_we_export(kind: str, name: str, tmp_path: Path) -> None:
    export_set(kind, DATA / "example.jsonl", tmp_path / name)

    assert (tmp_path / name).read_text("utf-8") == (DATA / name).read_text("utf-8")


@pytest.mark.parametrize(("kind", "name"), FORMATS.items())
def test_set_survives_the_way_there_and_back(kind: str, name: str, tmp_path: Path) -> None:
    import_set(kind, DATA / name, tmp_path / "back.jsonl")

    assert read_set(tmp_path / "back.jsonl") == read_set(DATA / "example.jsonl")


def test_inspect_reads_our_export(tmp_path: Path) -> None:
    from inspect_ai.dataset import json_dataset

    samples = list(json_dataset(str(DATA / "inspect.jsonl")))

    assert [sample.id for sample in samples] == ["limit", "recipe", "talk"]
    assert samples[0].target == "Seven years."


@pytest.mark.parametrize(
    ("kind", "name", "questions"),
    [
        ("inspect", "foreign-inspect.jsonl", 3),
        ("ragas", "foreign-ragas.jsonl", 2),
        ("deepeval", "foreign-deepeval.json", 1),
        ("promptfoo", "foreign-promptfoo.yaml", 2),
    ],
)
def test_set_of_another_tool_comes_in(kind: str, name: str, questions: int, tmp_path: Path) -> None:
    assert import_set(kind, DATA / name, tmp_path / "in.jsonl") == questions
    cases = read_set(tmp_path / "in.jsonl")

    assert all(case.input or case.turns for case in cases)


def test_promptfoo_checks_become_patterns(tmp_path: Path) -> None:
    import_set("promptfoo", DATA / "foreign-promptfoo.yaml", tmp_path / "in.jsonl")
    case = read_set(tmp_path / "in.jsonl")[0]

    assert case.must_include == [["Intealth", "ECFMG"], ["only"]]
    assert case.must_not == [r"the\s+hospital\s+sponsors"]
    assert case.target == "Says that only Intealth sponsors."


def test_faults_name_file_and_entry(tmp_path: Path) -> None:
    file = tmp_path / "bad.jsonl"
    file.write_text('{"input": "Q?"}\n{"question": "Q?"}\n', encoding="utf-8")

    with pytest.raises(ExchangeError, match=r"bad\.jsonl, entry 2: misses 'input'"):
        import_set("inspect", file, tmp_path / "in.jsonl")
    with pytest.raises(ExchangeError, match="unknown format 'csv'; use one of inspect"):
        import_set("csv", file, tmp_path / "in.jsonl")
