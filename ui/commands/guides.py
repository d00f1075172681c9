"""`waymark guides`: list or read the guides."""

from __future__ import annotations

import argparse
import json

from bot.build import open_library
from ui.cli import UsageError


def list_guides(given: argparse.Namespace) -> int:
    """One line for each guide."""
    guides = sorted(open_library().guides(), key=lambda g: (g.topic, g.id))
    if given.json:
        rows = [{"id": g.id, "title": g.title, "topic": g.topic, "trust": g.trust} for g in guides]
        print(json.dumps(rows, ensure_ascii=False))
        return 0
    for guide in guides:
        trust = "" if guide.trust == "reviewed" else "  (not reviewed)"
        print(f"{guide.topic:22} {guide.id:40} {guide.title}{trust}")
    return 0


def show_guide(given: argparse.Namespace) -> int:
    """The guide's text; with --raw exactly the characters that quotes count in."""
    library = open_library()
    guide_id, _, section = given.id.partition("#")
    try:
        guide = library.guide(guide_id)
        if section:
            passage = library.passage(given.id)
            print(f"{passage.heading}\n\n{passage.text}")
            return 0
    except KeyError:
        raise UsageError(f"guides: there is no '{given.id}'; see `waymark guides list`") from None
    if given.raw:
        print(guide.text, end="")
        return 0
    reviewed = f"reviewed {guide.reviewed}" if guide.reviewed else "not reviewed"
    print(f"{guide.title}\n{guide.topic}, {reviewed}\n\n{guide.text}")
    return 0
