"""`waymark doctor`: what is wrong, and what to do."""

from __future__ import annotations

import argparse

from bot.settings import load_settings
from ingest.doctor import examine


def doctor(given: argparse.Namespace) -> int:
    """One line a finding; fails when one of them must be mended."""
    settings = load_settings()
    findings = examine(settings.home, settings.encoder)
    for finding in findings:
        print(f"{finding.level:7} {finding.what}" + (f"  -> {finding.do}" if finding.do else ""))
    return 1 if any(finding.level == "error" for finding in findings) else 0
