"""`waymark ingest`: register sources and bring the index up to date."""

from __future__ import annotations

import argparse
from datetime import date
from pathlib import Path

from bot.settings import load_settings
from guardrails.check import default_checker
from ingest.findings import guardrail_check
from ingest.sync import sync
from ui.progress import progress_bar


def ingest(given: argparse.Namespace) -> int:
    """Sync every registered source and our own guides; say what changed."""
    settings = load_settings()
    with progress_bar("Embedding") as progress:
        report = sync(
            settings.home,
            add=[Path(path) for path in given.paths],
            remove=[Path(path) for path in given.remove],
            dry_run=given.dry_run,
            progress=progress,
            encoder_name=settings.encoder,
            check=guardrail_check(default_checker(), date.today()),
        )
    for line in report.lines():
        print(line)
    return 1 if report.failed else 0
