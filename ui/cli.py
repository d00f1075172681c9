"""The command line: `waymark`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from datetime import date
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

DESCRIPTION = """\
Waymark answers questions of international medical graduates who train in the United States:
J-1 and H-1B, waivers, clinical informatics, and malignant programs. Every sentence is cited.
"""
EXAMPLES = """\
examples:
  waymark ask "Can I moonlight on a J-1?"
  waymark ask --batch questions.jsonl --out answers.jsonl
  echo "H-1B lasts eight years." | waymark check -
  waymark ingest ~/my-guides            add your own guides and build the index
  waymark guides show j1-seven-year-limit
  waymark rules show h1b-six-year-cap
  waymark serve                         the chat page on http://127.0.0.1:7860
  waymark doctor                        find out what is wrong and what to do
"""


class UsageError(Exception):
    """Something the caller can put right; the message says what, where and what to do."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; 0 on success, 1 on failure, 2 on a wrong call."""
    parser = build_parser()
    given = parser.parse_args(arguments)
    if not hasattr(given, "run"):
        parser.print_help()
        return 2
    try:
        return run(given)
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # The reader of our output left early (`waymark guides show … | head`).
        sys.stderr.close()
        return 0
    except Exception as error:
        return _report(error)


def run(given: argparse.Namespace) -> int:
    """Import the command's module and call its function of the same name."""
    module, function = given.run.split(":")
    command: Callable[[argparse.Namespace], int] = getattr(
        import_module(f"ui.commands.{module}"), function
    )
    return command(given)


def _report(error: Exception) -> int:
    """One or two lines that say what, where and what to do; the traceback only when asked for."""
    import os

    if os.environ.get("WAYMARK_TRACEBACK"):
        raise error
    text = " ".join(str(error).split()) or type(error).__name__
    known = isinstance(error, UsageError | ValueError | OSError | LookupError)
    hint = "" if known else " (set WAYMARK_TRACEBACK=1 to see where; `waymark doctor` may help)"
    print(f"waymark: {text}{hint}", file=sys.stderr)
    return 1


def a_date(text: str) -> date:
    """A calendar date as YYYY-MM-DD."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        message = f"'{text}' is not a date; give it as YYYY-MM-DD, for example 2026-11-22"
        raise argparse.ArgumentTypeError(message) from None


def build_parser() -> argparse.ArgumentParser:
    """All commands with their help."""
    parser = argparse.ArgumentParser(
        prog="waymark",
        description=DESCRIPTION,
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(title="commands", metavar="COMMAND")
    _add_ask(commands)
    _add_check(commands)
    _add_ingest(commands)
    _add_guides(commands)
    _add_rules(commands)
    _add_corpus(commands)
    _add_eval(commands)
    _add_serve(commands)
    _add_doctor(commands)
    return parser


if TYPE_CHECKING:
    _Commands = argparse._SubParsersAction[argparse.ArgumentParser]  # pyright: ignore[reportPrivateUsage]


def _add_on(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--on", type=a_date, metavar="YYYY-MM-DD", help="answer as of this date (default: today)"
    )


def _add_ask(commands: _Commands) -> None:
    parser = commands.add_parser(
        "ask",
        help="ask a question, or a file of conversations",
        description="Answer a question with citations. With --batch, each line of the file is "
        '{"id": "…", "turns": ["first message", "second message", …]}.',
    )
    parser.add_argument("question", nargs="?", help="the question, in quotes")
    parser.add_argument("--json", action="store_true", help="print the answer as JSON")
    parser.add_argument("--batch", type=Path, metavar="IN.jsonl", help="conversations to answer")
    parser.add_argument("--out", type=Path, metavar="OUT.jsonl", help="where the answers go")
    _add_on(parser)
    parser.set_defaults(run="ask:ask")


def _add_check(commands: _Commands) -> None:
    parser = commands.add_parser(
        "check",
        help="check sentences against the rulebook",
        description="Each input line is one sentence, or with --passages one whole answer.",
    )
    parser.add_argument("file", nargs="?", default="-", help="a text file; - reads standard input")
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    parser.add_argument("--passages", action="store_true", help="each line is a whole answer")
    parser.add_argument("--context", default="", metavar="QUESTION", help="what the text answers")
    parser.add_argument("--explain", action="store_true", help="show how each verdict came about")
    _add_on(parser)
    parser.set_defaults(run="check:check")


def _add_ingest(commands: _Commands) -> None:
    parser = commands.add_parser(
        "ingest",
        help="add your own guides and bring the index up to date",
        description="Registers files, folders or patterns as sources and syncs them all: changed "
        "files are read again, vanished ones dropped. Our own guides are always included.",
    )
    parser.add_argument(
        "paths", nargs="*", metavar="PATH", help=".md .txt .html .pdf .docx, or a folder"
    )
    parser.add_argument(
        "--remove", action="append", default=[], metavar="PATH", help="forget a source"
    )
    parser.add_argument("--dry-run", action="store_true", help="only show what would change")
    parser.set_defaults(run="ingest:ingest")


def _add_guides(commands: _Commands) -> None:
    parser = commands.add_parser("guides", help="list or read the guides")
    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True)
    listing = actions.add_parser("list", help="all guides with their topics")
    listing.add_argument("--json", action="store_true", help="as JSON")
    listing.set_defaults(run="guides:list_guides")
    show = actions.add_parser("show", help="one guide, or one passage as guide#section")
    show.add_argument("id", help="a guide id, from `waymark guides list`")
    show.add_argument("--raw", action="store_true", help="the stored Markdown that quotes count in")
    show.set_defaults(run="guides:show_guide")


def _add_rules(commands: _Commands) -> None:
    parser = commands.add_parser("rules", help="list, read or lint the rulebook")
    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True)
    listing = actions.add_parser("list", help="all rules in one line each")
    listing.add_argument("--json", action="store_true", help="as JSON")
    listing.set_defaults(run="rules:list_rules")
    show = actions.add_parser("show", help="one rule with authority, dates, exceptions and cases")
    show.add_argument("id", help="a rule id, from `waymark rules list`")
    show.set_defaults(run="rules:show_rule")
    lint = actions.add_parser("lint", help="check every rule file and its cases")
    lint.set_defaults(run="rules:lint_rules")


def _add_corpus(commands: _Commands) -> None:
    parser = commands.add_parser("corpus", help="lint our own guides")
    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True)
    lint = actions.add_parser("lint", help="front matter, links, coverage, dates, plain English")
    _add_on(lint)
    lint.set_defaults(run="corpus:lint_corpus")


def _add_eval(commands: _Commands) -> None:
    parser = commands.add_parser("eval", help="run question sets and compare runs")
    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True)
    run_set = actions.add_parser("run", help="run question sets and write a report")
    run_set.add_argument("sets", nargs="+", type=Path, metavar="SET", help="a .jsonl question set")
    run_set.add_argument(
        "--out", type=Path, required=True, metavar="DIR", help="where the report goes"
    )
    run_set.add_argument(
        "--bot",
        action="append",
        default=[],
        metavar="NAME",
        help="waymark (default), retrieval, baseline, http://…, or a command; repeat to compare",
    )
    run_set.add_argument("--limit", type=int, metavar="N", help="only the first N cases")
    run_set.add_argument("--jobs", type=int, default=1, metavar="N", help="cases at a time")
    run_set.add_argument("--fresh", action="store_true", help="do not go on with an earlier run")
    run_set.add_argument("--no-paraphrases", action="store_true", help="leave other wordings out")
    _add_on(run_set)
    run_set.set_defaults(run="evaluate:run_sets")
    compare = actions.add_parser("compare", help="two runs side by side, flipped cases first")
    compare.add_argument("a", type=Path)
    compare.add_argument("b", type=Path)
    compare.add_argument("--bot-a", metavar="NAME", help="which bot of run A, where it has several")
    compare.add_argument("--bot-b", metavar="NAME", help="which bot of run B")
    compare.add_argument("--html", type=Path, metavar="FILE", help="write the comparison as a page")
    compare.set_defaults(run="evaluate:compare_runs")
    lint = actions.add_parser("lint", help="check a question set, with line and key of each fault")
    lint.add_argument("sets", nargs="+", type=Path, metavar="SET")
    lint.set_defaults(run="evaluate:lint_sets")
    for direction, what in (
        ("import", "another tool's cases as a set"),
        ("export", "a set for it"),
    ):
        convert = actions.add_parser(direction, help=f"{what}: inspect, ragas, deepeval, promptfoo")
        convert.add_argument("format", choices=("inspect", "ragas", "deepeval", "promptfoo"))
        convert.add_argument("source", type=Path)
        convert.add_argument("target", type=Path)
        convert.set_defaults(run="evaluate:convert", direction=direction)


def _add_serve(commands: _Commands) -> None:
    parser = commands.add_parser("serve", help="serve the chat page and the HTTP API")
    parser.add_argument("--host", help="default 127.0.0.1")
    parser.add_argument("--port", type=int, help="default 7860")
    parser.set_defaults(run="serve:serve")


def _add_doctor(commands: _Commands) -> None:
    parser = commands.add_parser(
        "doctor", help="check model files, index, rules, settings and disk; say what to do"
    )
    parser.set_defaults(run="doctor:doctor")


if __name__ == "__main__":
    sys.exit(main())
