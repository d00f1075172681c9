"""The directions of import hold, and their check can fail."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("bot", "corpus", "eval", "guardrails", "ingest", "ui")


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    """Run import-linter on a project folder."""
    code = (
        "import sys; sys.path.insert(0, '.'); "
        "from importlinter.cli import lint_imports_command as c; c()"
    )
    return subprocess.run(
        [sys.executable, "-c", code, "--no-cache"], cwd=folder, capture_output=True, text=True
    )


@pytest.fixture
def copy(tmp_path):
    """A copy of our packages' code that a test may break."""
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    for package in PACKAGES:
        shutil.copytree(
            ROOT / package,
            tmp_path / package,
            ignore=shutil.ignore_patterns("__pycache__", "*.md", "rules"),
        )
    return tmp_path


def test_our_imports_keep_their_directions(copy):
    done = lint(copy)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("file", "line", "contract"),
    [
        ("guardrails/text.py", "import corpus.guide", "The guardrail stands alone"),
        ("ingest/read.py", "import bot.types", "Data flows one way"),
        ("bot/draft.py", "import chromadb", "Only ingest knows Chroma"),
        ("bot/compose.py", "import gradio", "Only ui knows Gradio"),
    ],
)
def test_a_planted_violation_is_found(copy, file, line, contract):
    planted = copy / file
    planted.write_text(planted.read_text() + f"\n{line}\n")
    done = lint(copy)
    assert done.returncode != 0
    broken = [
        row for row in done.stdout.splitlines() if row.startswith(contract) and "BROKEN" in row
    ]
    assert broken, done.stdout
