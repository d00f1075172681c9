"""`waymark corpus lint`: our own guides, before anyone reads them."""

from __future__ import annotations

import argparse
from datetime import date

from ingest.lint import lint


def lint_corpus(given: argparse.Namespace) -> int:
    """Every finding in one line, then the coverage table; fails on an error."""
    report = lint(on=given.on or date.today())
    for finding in report.findings:
        print(finding)
    print(report.table())
    return 1 if any(finding.level == "error" for finding in report.findings) else 0
