"""Waymark beside the plain LangChain stack: run in turn, told as ratios with their spread.

    python benchmarks/run.py [--rounds 5] [--part answer|retrieval]

The passages are those of the published index, the questions 150 of their headings. Results go to
benchmarks/results/<commit>-<part>.json.
"""

import argparse
import json
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import measure

HERE = Path(__file__).resolve().parent
COLD_QUESTION = "How many years may I train on a J-1 visa?"
# Figure -> (kind of run, key, the ratio to reach, and whether lower is better).
FIGURES = {
    "cold start to answer, s": ("cold", "seconds", 0.20, True),
    "peak memory of a cold ask, MiB": ("cold", "memory_mib", 0.50, True),
    "warm p50, ms": ("warm", "p50_ms", 0.30, True),
    "warm p95, ms": ("warm", "p95_ms", 0.20, True),
    "answers/s, 16 threads": ("warm", "per_second_16", 4.0, False),
}


def run(*command):
    done = subprocess.run(
        [sys.executable, *map(str, command)], capture_output=True, text=True, check=False
    )
    if done.returncode:
        sys.exit(f"{command}: failed\n{done.stderr[-2000:]}")
    return done


def cold(*command):
    start = time.perf_counter()
    done = run(*command)
    seconds = time.perf_counter() - start
    peak = next(line for line in reversed(done.stderr.splitlines()) if line.startswith("peak "))
    return {"seconds": seconds, "memory_mib": float(peak.split()[1])}


def warm(*command):
    return json.loads(run(*command).stdout.strip().splitlines()[-1])


def prepare(home, folder):
    """Write passages and questions, build the plain store; returns how long its embedding took."""
    from ingest.index import open_index

    index = open_index(home)
    passages = index.passages()
    index.close()
    rows = [{"id": p.id, "text": f"{p.heading}\n{p.text}"} for p in passages]
    (folder / "passages.jsonl").write_text("\n".join(map(json.dumps, rows)), "utf-8")
    step = max(1, len(passages) // 150)
    questions = [p.heading for p in passages[::step]][:150]
    (folder / "questions.json").write_text(json.dumps(questions), "utf-8")
    build = run(HERE / "vanilla.py", "build", folder / "chroma", folder / "passages.jsonl")
    return len(passages), json.loads(build.stdout.strip().splitlines()[-1])["seconds"]


def table(results):
    lines = [f"{'figure':34}{'vanilla':>10}{'waymark':>10}{'ratio':>8}  {'spread':14}{'goal':>6}"]
    for name, (kind, key, goal, lower) in FIGURES.items():
        theirs = [one[key] for one in results["vanilla"][kind]]
        mine = [one[key] for one in results["waymark"][kind]]
        ratios = [a / b for a, b in zip(mine, theirs, strict=True)]
        middle = statistics.median(ratios)
        good = middle <= goal if lower else middle >= goal
        lines.append(
            f"{name:34}{statistics.median(theirs):10.2f}{statistics.median(mine):10.2f}"
            f"{middle:8.2f}  {min(ratios):.2f} .. {max(ratios):.2f}"
            f"{'<=' if lower else '>=':>5}{goal:g} {'' if good else ' MISSED'}"
        )
    return "\n".join(lines)


def main():
    from bot.settings import load_settings

    given = argparse.ArgumentParser(description=__doc__)
    given.add_argument("--rounds", type=int, default=5)
    given.add_argument("--part", choices=("answer", "retrieval"), default="answer")
    options = given.parse_args()
    home = load_settings().home
    results = {side: {"cold": [], "warm": []} for side in ("vanilla", "waymark")}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        count, seconds = prepare(home, folder)
        sides = {
            "vanilla": (HERE / "vanilla.py", folder / "chroma", ()),
            "waymark": (HERE / "ours.py", home, (options.part,)),
        }
        for _ in range(options.rounds):
            for side, (script, place, more) in sides.items():
                found = cold(script, "cold", place, COLD_QUESTION, *more)
                results[side]["cold"].append(found)
            for side, (script, place, more) in sides.items():
                found = warm(script, "warm", place, folder / "questions.json", *more)
                results[side]["warm"].append(found)
    print(f"{count} passages, {options.rounds} rounds in turn, {options.part}")
    print(table(results))
    commit = subprocess.run(
        ["git", "-C", str(HERE), "rev-parse", "--short", "HEAD"],
        capture_output=True,
        text=True,
        check=False,
    ).stdout.strip()
    results |= {
        "passages": count,
        "vanilla_build_s": seconds,
        "python": platform.python_version(),
        "machine": platform.machine(),
    }
    target = HERE / "results" / f"{commit or 'unknown'}-{options.part}.json"
    target.parent.mkdir(exist_ok=True)
    target.write_text(json.dumps(results, indent=1) + "\n", "utf-8")
    print(f"kept in {target.relative_to(HERE.parent)}")


if __name__ == "__main__":
    assert measure  # puts the project on the path
    main()
