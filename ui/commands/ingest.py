"""`waymark ingest`: register sources and bring the index up to date."""

from __future__ import annotations

import argparse

from bot.settings import load_settings
from ingest.sync import sync
from ui.progress import progress_bar


def ingest(given: argparse.Namespace) -> int:
    """Sync every registered source and our own guides; say what changed."""
    home = load_settings().home
    with progress_bar("Embedding") as progress:
        report = sync(
            home,
            add=given.paths,
            remove=given.remove,
            dry_run=given.dry_run,
            progress=progress,
        )
    for line in report.lines():
        print(line)
    return 1 if report.failed else 0
