"""Run one sync with the fake encoder, as a process that a test kills at any moment.

usage: interrupted_ingest.py HOME FOLDER
"""

import runpy
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT))

from guardrails.rulebook import Rulebook  # noqa: E402
from ingest.sync import sync  # noqa: E402

FakeEncoder = runpy.run_path(str(Path(__file__).with_name("fake_encoder.py")))["FakeEncoder"]

if __name__ == "__main__":
    home, folder = Path(sys.argv[1]), Path(sys.argv[2])
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()
    sync(
        home,
        add=[folder],
        encoder=FakeEncoder,
        encoder_name="fake",
        rulebook=Rulebook({}),
        own_guides=folder / "none",
    )
