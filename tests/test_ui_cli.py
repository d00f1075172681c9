"""The command line keeps the contract that evaluators and integrations build on."""

import json
import subprocess
import sys

import pytest

from ui.cli import build_parser, main

KEYS = {
    "outcome", "text", "standalone", "sentences", "citations", "corrections", "facts",
    "conclusions", "follow_ups", "model", "versions", "elapsed_ms",
}  # fmt: skip
CITATION_KEYS = {
    "number", "passage_id", "guide_id", "guide_title", "heading", "quote", "start", "end",
    "authorities", "reviewed", "trust",
}  # fmt: skip


@pytest.fixture
def in_home(home, monkeypatch):
    """Commands run on the tests' index."""
    monkeypatch.setenv("WAYMARK_HOME", str(home))


def batch(tmp_path, *lines: str) -> tuple[int, list[dict]]:
    source, target = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    source.write_text("\n".join(lines) + "\n", encoding="utf-8")
    code = main(["ask", "--batch", str(source), "--out", str(target), "--on", "2026-11-22"])
    return code, [json.loads(line) for line in target.read_text(encoding="utf-8").splitlines()]


def test_a_batch_gives_one_answer_for_each_turn_in_the_same_order(in_home, tmp_path):
    code, rows = batch(
        tmp_path,
        '{"id": "b", "turns": ["How many years may a J-1 doctor train?", "and on H-1B?"]}',
        '{"id": "a", "turns": ["Do I need Step 3 for H-1B?"]}',
    )
    assert code == 0
    assert [row["id"] for row in rows] == ["b", "a"]
    assert [len(row["answers"]) for row in rows] == [2, 1]
    for answer in (answer for row in rows for answer in row["answers"]):
        assert set(answer) >= KEYS
        assert all(set(citation) >= CITATION_KEYS for citation in answer["citations"])
        assert answer["model"] == "extractive"
        assert set(answer["versions"]) >= {"corpus", "rules", "model"}
        assert "total" in answer["elapsed_ms"]


def test_a_line_that_cannot_be_read_is_named_and_the_others_are_answered(in_home, tmp_path, capsys):
    code, rows = batch(
        tmp_path,
        '{"id": 1, "turns": ["What is Conrad 30?"]}',
        "not json",
        '{"id": 3, "turns": []}',
        '{"turns": ["no id"]}',
        '{"id": 5, "turns": ["What is a Statement of Need?"]}',
    )
    assert code == 1
    assert [row["id"] for row in rows] == [1, 5]
    errors = capsys.readouterr().err.splitlines()
    assert [f"line {n}" in line for n, line in zip((2, 3, 4), errors, strict=True)] == [True] * 3


def test_every_quote_is_what_guides_show_raw_prints_there(in_home, tmp_path, capsys):
    _, rows = batch(tmp_path, '{"id": "q", "turns": ["May I moonlight on a J-1?"]}')
    citations = rows[0]["answers"][0]["citations"]
    assert citations
    capsys.readouterr()
    for citation in citations:
        assert main(["guides", "show", citation["guide_id"], "--raw"]) == 0
        text = capsys.readouterr().out
        assert text[citation["start"] : citation["end"]] == citation["quote"]


def test_json_stands_alone_on_standard_output(in_home, capsys):
    assert main(["ask", "What is the two-year home requirement?", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["outcome"] == "answer"


def test_check_prints_one_verdict_for_each_line_in_order(tmp_path, capsys):
    file = tmp_path / "lines.txt"
    file.write_text("H-1B status can last eleven years.\nThe cafeteria opens at six.\n")
    assert main(["check", str(file), "--json", "--on", "2026-11-22"]) == 0
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [row["text"] for row in rows] == file.read_text().splitlines()
    keys = {"text", "verdict", "rule", "statement", "reason", "output"}
    assert all(set(row) >= keys for row in rows)
    assert rows[0]["output"] != rows[0]["text"]
    assert rows[1]["output"] == rows[1]["text"]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["ask"], "no question"),
        (["ask", "--batch", "nowhere.jsonl", "--out", "x"], "nowhere.jsonl"),
        (["check", "nowhere.txt"], "nowhere.txt"),
        (["guides", "show", "no-such-guide"], "no-such-guide"),
        (["rules", "show", "no-such-rule"], "no-such-rule"),
    ],
)
def test_a_wrong_call_gets_one_line_on_standard_error(in_home, arguments, says, capsys):
    assert main(arguments) != 0
    captured = capsys.readouterr()
    assert captured.out == ""
    assert says in captured.err
    assert len(captured.err.splitlines()) == 1
    assert "Traceback" not in captured.err


def test_a_date_that_is_none_is_explained(capsys):
    with pytest.raises(SystemExit):
        main(["ask", "x", "--on", "tomorrow"])
    assert "YYYY-MM-DD" in capsys.readouterr().err


def test_a_setting_that_cannot_be_used_is_named(in_home, monkeypatch, capsys):
    monkeypatch.setenv("WAYMARK_PORT", "seventy")
    assert main(["ask", "What is Conrad 30?"]) == 1
    assert "WAYMARK_PORT" in capsys.readouterr().err


def test_every_command_teaches_its_use(capsys):
    for action in build_parser()._subparsers._group_actions:
        for name in action.choices:
            with pytest.raises(SystemExit) as stop:
                main([name, "--help"])
            assert stop.value.code == 0
    assert "usage: waymark ask" in capsys.readouterr().out


HEAVY = "torch, sentence_transformers, langchain, langchain_core, gradio, transformers"


def modules_after(code: str) -> set[str]:
    """Which of the heavy packages a fresh interpreter has imported after `code`."""
    loaded = f"[m for m in '{HEAVY}'.split(', ') if m in sys.modules]"
    script = f"{code}\nimport sys\nprint('LOADED', *{loaded})"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    return set(done.stdout.split("LOADED")[-1].split())


def test_help_imports_nothing_heavy():
    assert modules_after("import ui.cli; ui.cli.build_parser().format_help()") == set()


def test_a_question_imports_neither_torch_nor_langchain(home):
    code = (
        f"import os; os.environ['WAYMARK_HOME'] = {str(home)!r}\n"
        "from ui.cli import main; main(['ask', 'What is Conrad 30?'])"
    )
    assert modules_after(code) == set()
