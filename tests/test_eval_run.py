"""Runs: asking, keeping replies, reports, comparing, overrules, gates. With scripted bots."""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from xml.etree import ElementTree

import pytest

from eval.bots import BotError, CommandBot, HttpBot, make_bot
from eval.cases import Case, CaseTurn, write_set
from eval.compare import CompareError, as_html, as_text, compare
from eval.gates import Baseline, as_table, judge, read_baseline, write_baseline
from eval.metrics import measure
from eval.replies import Reply, failed
from eval.results import overrules_path
from eval.run import BotRun, Options, run_bots
from eval.scoring import Oracle
from eval.statistics import coverage_risk, mcnemar, proportion, quantile, ranking

ON = date(2026, 11, 22)
FAST = Options(on=ON, harness=False)


@dataclass
class ScriptedBot:
    """Says what the script says to a message, else abstains; counts what it is asked."""

    script: dict[str, str]
    name: str = "scripted"
    version: str = "1"
    asked: list[str] = field(default_factory=list)

    def converse(self, sample_id: str, turns: Sequence[str], on: date) -> list[Reply]:
        self.asked.append(sample_id)
        return [self._say(message) for message in turns]

    def _say(self, message: str) -> Reply:
        if message == "crash":
            raise RuntimeError("out of order")
        text = self.script.get(message)
        if text is None:
            return Reply(outcome="abstain", text="I do not know.", elapsed_ms={"total": 5.0})
        return Reply.model_validate(
            {
                "text": f"{text} [1]",
                "sentences": [{"text": text, "citations": [1]}],
                "citations": [{"number": 1, "passage_id": "g#s", "guide_id": "g", "quote": text}],
                "elapsed_ms": {"total": 12.5},
            }
        )

    def versions(self) -> dict[str, str]:
        return {"model": self.version}


CASES = [
    Case(id="limit", input="J-1 limit?", paraphrases=["j1 max?"], target="Seven years.",
         must_include=[["seven"]], category="rule", topic="j1"),
    Case(id="bread", input="How to bake?", answerable=False, category="out-of-scope"),
    Case(id="talk", turns=[CaseTurn(input="I am on H-1B."),
                           CaseTurn(input="How long?", must_include=[["six"]])],
         category="conversation", facts={"visa": "h1b"}),
    Case(id="crash", input="crash", must_include=[["x"]], category="rule"),
]  # fmt: skip
SCRIPT = {
    "J-1 limit?": "The J-1 limit is seven years in all.",
    "How long?": "The H-1B limit is six years in all.",
}


@pytest.fixture
def question_set(tmp_path: Path) -> Path:
    path = tmp_path / "mine.jsonl"
    write_set(CASES, path)
    return path


def run(path: Path, bot: ScriptedBot, out: Path, options: Options = FAST) -> BotRun:
    return run_bots([path], [bot], out, options, oracle=Oracle())[0]


def rights(done: BotRun) -> dict[str, bool]:
    return {result.sample_id: result.right for result in done.results}


def test_every_sample_is_judged_and_a_crash_is_a_wrong_answer(
    question_set: Path, tmp_path: Path
) -> None:
    done = run(question_set, ScriptedBot(SCRIPT), tmp_path / "out")

    assert rights(done) == {
        "limit": True, "limit~1": False, "bread": True, "talk": True, "crash": False,
    }  # fmt: skip
    assert "out of order" in done.results[-1].last.reply.error
    assert done.metrics.matrix == {"answered right": 2, "abstained right": 1, "abstained wrong": 1}
    assert done.metrics.figures["paraphrase_consistency"].value == 0
    assert done.metrics.figures["follow_up_right"].value == 1


def test_inspect_harness_gives_the_same_verdicts_and_a_log(
    question_set: Path, tmp_path: Path
) -> None:
    from inspect_ai.log import list_eval_logs, read_eval_log

    options = Options(on=ON, jobs=2)
    done = run(question_set, ScriptedBot(SCRIPT), tmp_path / "out", options)
    plain = run(question_set, ScriptedBot(SCRIPT), tmp_path / "plain")
    log = read_eval_log(list_eval_logs(str(tmp_path / "out/logs"))[0])

    assert rights(done) == rights(plain)
    assert log.status == "success"
    assert log.samples is not None
    assert len(log.samples) == 5
    assert {sample.metadata["case"]["id"] for sample in log.samples} == {c.id for c in CASES}


def test_broken_run_goes_on_where_it_stopped(question_set: Path, tmp_path: Path) -> None:
    run(question_set, ScriptedBot(SCRIPT), tmp_path / "out")
    file = tmp_path / "out/replies/scripted.jsonl"
    lines = file.read_text("utf-8").splitlines()
    # Killed in the middle of a line.
    file.write_text("\n".join([*lines[:2], lines[2][:20]]), encoding="utf-8")
    again = ScriptedBot(SCRIPT)
    done = run(question_set, again, tmp_path / "out")

    assert done.reused == 1
    assert again.asked == ["limit~1", "bread", "talk", "crash"]


def test_another_version_or_fresh_asks_everything_again(question_set: Path, tmp_path: Path) -> None:
    run(question_set, ScriptedBot(SCRIPT), tmp_path / "out")
    newer = ScriptedBot(SCRIPT, version="2")
    fresh = ScriptedBot(SCRIPT, version="2")
    run(question_set, newer, tmp_path / "out")
    run(question_set, fresh, tmp_path / "out", Options(on=ON, harness=False, fresh=True))

    assert len(newer.asked) == 5
    assert len(fresh.asked) == 5


def test_report_is_one_page_without_network_and_inert(tmp_path: Path) -> None:
    path = tmp_path / "bad.jsonl"
    write_set([Case(id="x", input="<script>alert(1)</script>", must_include=[["a"]])], path)
    bot = ScriptedBot({"<script>alert(1)</script>": "<img src=x onerror=alert(2)>"})
    run(path, bot, tmp_path / "out")
    page = (tmp_path / "out/report.html").read_text("utf-8")

    assert "<script>alert(1)" not in page
    assert "<img src=x" not in page
    assert "http://" not in page
    assert "https://" not in page
    assert "default-src 'none'" in page
    assert "<!--" not in page


def test_junit_counts_failures(question_set: Path, tmp_path: Path) -> None:
    run(question_set, ScriptedBot(SCRIPT), tmp_path / "out")
    suite = ElementTree.parse(tmp_path / "out/junit.xml").getroot()[0]

    assert suite.attrib["tests"] == "5"
    assert suite.attrib["failures"] == "2"


def test_person_overrules_a_score_for_these_very_words(question_set: Path, tmp_path: Path) -> None:
    first = run(question_set, ScriptedBot(SCRIPT), tmp_path / "out")
    row = {"id": "limit~1", "right": True, "reason": "A fair abstention.", "by": "An advisor",
           "answer": first.results[1].fingerprint}  # fmt: skip
    overrules_path(question_set).write_text(json.dumps(row) + "\n", encoding="utf-8")
    second = run(question_set, ScriptedBot(SCRIPT), tmp_path / "out")
    other = ScriptedBot({**SCRIPT, "j1 max?": "Ten years."}, version="2")
    third = run(question_set, other, tmp_path / "out")
    page = (tmp_path / "out/report.html").read_text("utf-8")

    assert rights(second)["limit~1"]
    assert not rights(third)["limit~1"]
    assert "Ten years." in page


def test_compare_puts_what_broke_first(question_set: Path, tmp_path: Path) -> None:
    run(question_set, ScriptedBot(SCRIPT), tmp_path / "a")
    run(question_set, ScriptedBot({"j1 max?": "It is seven years."}), tmp_path / "b")
    found = compare(tmp_path / "a", tmp_path / "b")

    assert [(flip.id, flip.fixed) for flip in found.flips] == [
        ("talk", False), ("limit", False), ("limit~1", True),
    ]  # fmt: skip
    assert (found.paired.only_a, found.paired.only_b) == (2, 1)
    assert as_text(found).startswith("Broken: right before, wrong now (2)")
    assert "Fixed: limit~1" in as_html(found)


def test_compare_says_what_is_missing(tmp_path: Path) -> None:
    with pytest.raises(CompareError, match=r"no results\.json; give the --out folder"):
        compare(tmp_path, tmp_path)


def test_gate_closes_when_a_figure_drops_beyond_its_interval(
    question_set: Path, tmp_path: Path
) -> None:
    good = run(question_set, ScriptedBot(SCRIPT), tmp_path / "a").metrics
    write_baseline(good, "abc", tmp_path / "gate.json")
    baseline = read_baseline(tmp_path / "gate.json")
    strict = Baseline(made=ON, code="abc", figures={"right": [0.9, 500, 0.87, 0.93]})
    rows = {row.name: row for row in judge(good, strict)}

    assert baseline is not None
    assert all(row.ok for row in judge(good, baseline) if row.name != "quote_exactness")
    assert not rows["right"].ok
    assert "FAIL" in as_table(list(rows.values())).splitlines()[1]


def test_single_rule_violation_closes_the_gate(question_set: Path, tmp_path: Path) -> None:
    strict = Oracle(violations=lambda text, question: [("a-rule", text)] if "six" in text else [])
    bad = run_bots([question_set], [ScriptedBot(SCRIPT)], tmp_path / "a", FAST, oracle=strict)
    rows = {row.name: row for row in judge(bad[0].metrics, None)}

    assert not rows["rule_violation_rate"].ok


class _Contract(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        row = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        answers = [{"outcome": "answer", "text": f"About {turn}"} for turn in row["turns"]]
        if "bad" in row["turns"]:
            answers = answers[:-1]
        body = json.dumps({"id": row["id"], "answers": answers}).encode()
        self.send_response(200)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
        pass


@pytest.fixture
def address() -> Iterator[str]:
    server = HTTPServer(("127.0.0.1", 0), _Contract)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/api/answer"
    server.shutdown()
    thread.join()
    server.server_close()


def test_bot_behind_http_speaks_the_contract(address: str) -> None:
    replies = HttpBot(address).converse("x", ["a", "b"], ON)
    broken = HttpBot(address).converse("x", ["a", "bad"], ON)

    assert [reply.text for reply in replies] == ["About a", "About b"]
    assert replies[0].latency_ms > 0
    assert "'answers' must be a list with one answer for each of 2 turns" in broken[0].error


def test_bot_that_cannot_be_reached_fails_with_its_address() -> None:
    replies = HttpBot("http://127.0.0.1:9/").converse("x", ["a"], ON)

    assert "http://127.0.0.1:9/" in replies[0].error


def test_bot_that_is_a_command_speaks_contract_lines(tmp_path: Path) -> None:
    script = tmp_path / "bot.py"
    script.write_text(
        "import json, sys\nrow = json.loads(sys.stdin.readline())\n"
        "print(json.dumps({'id': row['id'], 'answers': [{'text': t} for t in row['turns']]}))\n",
        encoding="utf-8",
    )
    replies = CommandBot(f"{sys.executable} {script}").converse("x", ["a", "b"], ON)
    gone = CommandBot(f"{tmp_path}/none").converse("x", ["a"], ON)

    assert [reply.text for reply in replies] == ["a", "b"]
    assert "none" in gone[0].error


def test_unknown_bot_says_what_there_is() -> None:
    with pytest.raises(BotError, match="'nobody' is no bot; use waymark"):
        make_bot("nobody")


def test_wilson_interval_is_the_published_one() -> None:
    figure = proportion(8, 10)

    assert figure.value == 0.8
    assert figure.low == pytest.approx(0.4901, abs=1e-3)
    assert figure.high == pytest.approx(0.9433, abs=1e-3)
    assert proportion(0, 0).n == 0


def test_mcnemar_counts_only_what_flipped() -> None:
    found = mcnemar([True] * 10 + [False] * 2, [False] * 8 + [True] * 4)

    assert (found.only_a, found.only_b, found.both, found.neither) == (8, 2, 2, 0)
    assert found.p == pytest.approx(0.1094, abs=1e-3)


def test_quantile_interval_holds_the_quantile() -> None:
    figure = quantile([float(n) for n in range(1, 101)], 0.95)

    assert figure.low <= figure.value <= figure.high
    assert figure.value == pytest.approx(95, abs=1)


def test_ranking_counts_questions_for_which_nothing_came() -> None:
    figures = ranking({"q1": ["a"], "q2": ["b"]}, {"q1": ["x", "a"]})

    assert figures["rr_at_10"].value == pytest.approx(0.25)
    assert figures["success_at_1"].value == 0
    assert figures["success_at_3"].n == 2


def test_coverage_risk_starts_with_the_surest() -> None:
    assert coverage_risk([(0.1, False), (0.9, True)]) == [(0.5, 0.0), (1.0, 0.5)]


def test_failed_replies_are_never_good_abstentions() -> None:
    bread = [case for case in CASES if case.id == "bread"]
    from eval.run import SampleCase, judge_sample

    sample = SampleCase("bread", "s", bread[0], tuple(bread[0].messages))
    metrics = measure([judge_sample(sample, [failed("down")], Oracle())])

    assert metrics.figures["abstained_when_unanswerable"].value == 0
    assert metrics.figures["right"].value == 0
