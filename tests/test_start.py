"""start.py says what is missing in one line, and does nothing twice."""

import importlib.util
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture
def start(tmp_path, monkeypatch):
    """start.py as a module that believes to stand in an empty project."""
    spec = importlib.util.spec_from_file_location("start", ROOT / "start.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    for name in ("pyproject.toml", "constraints.txt"):
        (tmp_path / name).write_text((ROOT / name).read_text())
    monkeypatch.setattr(module, "ROOT", tmp_path)
    monkeypatch.setattr(module, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(module, "STAMP", tmp_path / ".venv" / "waymark-setup")
    monkeypatch.setattr(module, "LOG", tmp_path / ".venv" / "install.log")
    (tmp_path / ".venv").mkdir()
    return module


def message(stop: pytest.ExceptionInfo) -> str:
    """What a user reads: one line, no traceback."""
    text = str(stop.value.code)
    assert text.startswith("waymark: ")
    assert "\n" not in text
    return text


def test_an_old_python_is_refused_with_its_version(start, monkeypatch):
    monkeypatch.setattr(start.sys, "version_info", (3, 10, 4))
    with pytest.raises(SystemExit) as stop:
        start.check_machine()
    assert "Python 3.11 or newer" in message(stop)


def test_a_full_disk_is_found_before_anything_is_installed(start, monkeypatch):
    monkeypatch.setattr(start.shutil, "disk_usage", lambda path: SimpleNamespace(free=10_000_000))
    with pytest.raises(SystemExit) as stop:
        start.check_machine()
    assert "3 GB of free disk space" in message(stop)


def test_a_python_without_venv_names_the_package_to_install(start, monkeypatch):
    failed = subprocess.CompletedProcess([], 1, "", "No module named venv")
    monkeypatch.setattr(start.subprocess, "run", lambda *a, **k: failed)
    with pytest.raises(SystemExit) as stop:
        start.make_venv()
    assert "python3-venv" in message(stop)


@pytest.mark.parametrize(
    ("log", "says"),
    [
        ("ERROR: Could not install: [Errno 28] No space left on device", "disk is full"),
        ("NewConnectionError: Failed to establish a new connection", "cannot be reached"),
        ("ERROR: something nobody has seen before", "the last lines of"),
    ],
)
def test_a_failed_install_becomes_one_line(start, log, says):
    start.LOG.write_text(log)
    with pytest.raises(SystemExit) as stop:
        start.explain_pip_failure()
    assert says in message(stop)


def test_a_second_start_installs_nothing(start, monkeypatch):
    start.STAMP.write_text(start.fingerprint("test"))
    monkeypatch.setattr(start, "make_venv", lambda: None)
    monkeypatch.setattr(start, "pip", lambda *a, **k: pytest.fail("pip was called"))
    start.set_up("test")


def test_a_changed_dependency_installs_again(start, monkeypatch):
    start.STAMP.write_text(start.fingerprint("app"))
    (start.ROOT / "constraints.txt").write_text("numpy==1.0\n")
    monkeypatch.setattr(start, "make_venv", lambda: None)
    monkeypatch.setattr(start, "install_torch", lambda: None)
    calls = []
    monkeypatch.setattr(start, "pip", lambda arguments, **k: calls.append(arguments) or True)
    start.set_up("app")
    assert calls[-1] == ["-c", "constraints.txt", "-e", "."]
    assert start.STAMP.read_text() == start.fingerprint("app")


def test_without_a_cpu_build_it_says_so_and_goes_on(start, monkeypatch, capsys):
    monkeypatch.setattr(start.platform, "system", lambda: "Linux")
    monkeypatch.setattr(start.shutil, "which", lambda name: None)
    none_yet = subprocess.CompletedProcess([], 1, "", "")
    monkeypatch.setattr(start.subprocess, "run", lambda *a, **k: none_yet)
    tried = []
    monkeypatch.setattr(start, "pip", lambda arguments, **k: tried.append(arguments) and False)
    start.install_torch()
    assert "4 GB" in capsys.readouterr().out
    assert [start.TORCH_CPU_INDEX in arguments for arguments in tried] == [False, True]


def test_an_unknown_word_is_refused(start):
    with pytest.raises(SystemExit) as stop:
        start.main(["tset"])
    assert "unknown word 'tset'" in message(stop)


def test_it_parses_on_an_old_python_so_that_the_refusal_can_be_read():
    import ast

    ast.parse((ROOT / "start.py").read_text(), feature_version=(3, 7))
    assert sys.version_info >= (3, 11)
