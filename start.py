"""Set up Waymark and start it: `python3 start.py`; or set up and test: `python3 start.py test`.

Needs only Python 3.11 or newer and git. Everything else goes into `.venv/` beside this file.
"""

import hashlib
import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
STAMP = VENV / "waymark-setup"
LOG = VENV / "install.log"
TORCH = "torch==2.13.0"
TORCH_CPU_INDEX = "https://download.pytorch.org/whl/cpu"
NEEDED_BYTES = 3_000_000_000  # the environment takes up to 2.6 GB, the index the rest


def fail(message):
    """End with one clear line."""
    sys.exit("waymark: " + message)


def venv_python():
    """Where the environment's interpreter is, on any system."""
    if os.name == "nt":
        return VENV / "Scripts" / "python.exe"
    return VENV / "bin" / "python"


def fingerprint(extra):
    """What the installed environment depends on; a change means installing again."""
    digest = hashlib.sha256((extra + sys.version).encode())
    for name in ("pyproject.toml", "constraints.txt"):
        digest.update((ROOT / name).read_bytes())
    return digest.hexdigest()


def check_machine():
    """Refuse early what would fail late."""
    if sys.version_info < (3, 11):
        found = platform.python_version()
        fail(f"Python 3.11 or newer is needed, this is {found}. Start it with python3.11 start.py.")
    if shutil.disk_usage(str(ROOT)).free < NEEDED_BYTES and not STAMP.exists():
        fail(f"3 GB of free disk space are needed in {ROOT}. Free some and start again.")


def make_venv():
    """Make `.venv/` unless it is there and works."""
    python = venv_python()
    works = (
        python.exists()
        and subprocess.run([str(python), "-m", "pip", "--version"], capture_output=True).returncode
        == 0
    )
    if works:
        return
    print("Making .venv ...", flush=True)
    made = subprocess.run(
        [sys.executable, "-m", "venv", "--clear", str(VENV)], capture_output=True, text=True
    )
    if made.returncode:
        fail("Python's venv module does not work. On Debian or Ubuntu: apt install python3-venv.")


def pip(arguments, quiet_failure=False):
    """Run pip in the environment, its output in the log; True when it worked."""
    command = [
        str(venv_python()),
        "-m",
        "pip",
        "install",
        "--disable-pip-version-check",
        *arguments,
    ]
    with LOG.open("a", encoding="utf-8") as log:
        log.write("\n$ " + " ".join(command) + "\n")
        log.flush()
        done = subprocess.run(command, stdout=log, stderr=subprocess.STDOUT, cwd=str(ROOT))
    if done.returncode and not quiet_failure:
        explain_pip_failure()
    return done.returncode == 0


def explain_pip_failure():
    """Turn pip's log into one line that says what to do."""
    log = LOG.read_text(encoding="utf-8", errors="replace")[-20_000:]
    if "No space left on device" in log:
        fail("the disk is full. Free 3 GB and start again.")
    unreachable = (
        "Failed to establish a new connection",
        "Temporary failure in name resolution",
        "ConnectionError",
        "Network is unreachable",
        "Connection refused",
        "Read timed out",
    )
    if any(sign in log for sign in unreachable):
        fail(
            "the package index cannot be reached. Check the network or pip's proxy and start again."
        )
    fail(f"installing the packages failed; the last lines of {LOG} say why.")


def install_torch():
    """On Linux without an NVIDIA GPU, install the CPU build: the other one brings 4 GB of CUDA."""
    if platform.system() != "Linux" or shutil.which("nvidia-smi"):
        return
    probe = "import importlib.metadata as m; print(m.version('torch'))"
    have = subprocess.run([str(venv_python()), "-c", probe], capture_output=True, text=True)
    if have.stdout.strip().startswith("2.13.0"):
        return
    print("Installing PyTorch (CPU build) ...", flush=True)
    cpu = ["--no-deps", TORCH + "+cpu"]
    if pip(cpu, quiet_failure=True):
        return
    if pip(
        [*cpu, "--index-url", TORCH_CPU_INDEX, "--timeout", "20", "--retries", "1"],
        quiet_failure=True,
    ):
        return
    print(
        "No CPU build of PyTorch can be reached; the default one needs about 4 GB more. Going on.",
        flush=True,
    )


def set_up(extra):
    """Install what is pinned, unless that was done already."""
    check_machine()
    make_venv()
    wanted = fingerprint(extra)
    if STAMP.exists() and STAMP.read_text(encoding="utf-8") == wanted:
        return
    pip(["--upgrade", "pip>=26,<27"])
    install_torch()
    print("Installing the packages (a few minutes the first time) ...", flush=True)
    target = ".[test]" if extra == "test" else "."
    pip(["-c", "constraints.txt", "-e", target])
    STAMP.write_text(wanted, encoding="utf-8")


def main(arguments):
    """Set up, then serve or test."""
    if arguments[:1] == ["test"]:
        set_up("test")
        return subprocess.run(
            [str(venv_python()), "-m", "pytest", *arguments[1:]], cwd=str(ROOT)
        ).returncode
    if arguments and arguments[0] in ("-h", "--help"):
        print(__doc__)
        return 0
    if arguments and not arguments[0].startswith("-"):
        fail(f"unknown word '{arguments[0]}'. Use: python3 start.py, or python3 start.py test.")
    set_up(
        "test"
        if STAMP.exists() and STAMP.read_text(encoding="utf-8") == fingerprint("test")
        else "app"
    )
    try:
        return subprocess.run(
            [str(venv_python()), "-m", "ui", "serve", *arguments], cwd=str(ROOT)
        ).returncode
    except KeyboardInterrupt:
        return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
