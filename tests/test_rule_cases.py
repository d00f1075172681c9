"""Every case beside a rule, and our own development sentences: what may be shown."""

import json
from collections import Counter
from datetime import date
from pathlib import Path

import pytest

from guardrails.check import Checker, default_checker
from guardrails.rulebook import load_cases, rule_files, rules_folder

ON = date(2026, 11, 22)
SHOWN = ("consistent", "off-topic")
DEV = Path(__file__).parent / "data" / "guardrail_dev.jsonl"
FILES = rule_files(rules_folder())


@pytest.fixture(scope="module")
def checker() -> Checker:
    return default_checker()


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_no_false_case_of_a_rule_is_ever_shown(file, checker):
    cases = load_cases(file)
    shown = [t for t in cases.must_flag if checker.check_sentence(t, on=ON).verdict in SHOWN]
    assert shown == []


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_the_reviewed_sentences_of_a_rule_pass_as_they_stand(file, checker):
    rule = checker.rulebook[file.stem]
    for sentence in rule.own_sentences():
        verdict = checker.check_sentence(sentence, on=ON)
        assert (verdict.verdict, verdict.output) == ("consistent", sentence)


def test_rates_on_all_cases_do_not_fall(checker):
    counts: Counter[tuple[str, str]] = Counter()
    for file in FILES:
        cases = load_cases(file)
        for kind in ("must_flag", "must_pass", "must_ignore"):
            for text in getattr(cases, kind):
                counts[kind, checker.check_sentence(text, on=ON).verdict] += 1
    rates = _rates(counts)
    assert rates["must_flag shown"] == 0
    assert rates["must_flag named"] >= 0.36
    assert rates["must_pass contradicted"] <= 0.02
    assert rates["must_pass kept"] >= 0.28
    assert rates["must_ignore kept"] >= 0.75


def test_rates_on_the_development_sentences_do_not_fall(checker):
    kinds = {"contradicts": "must_flag", "consistent": "must_pass", "off-topic": "must_ignore"}
    counts: Counter[tuple[str, str]] = Counter()
    for line in DEV.read_text(encoding="utf-8").splitlines():
        case = json.loads(line)
        counts[kinds[case["label"]], checker.check_sentence(case["text"], on=ON).verdict] += 1
    rates = _rates(counts)
    assert rates["must_flag shown"] == 0
    assert rates["must_flag named"] >= 0.67
    assert rates["must_pass contradicted"] <= 0.02
    assert rates["must_pass kept"] >= 0.72
    assert rates["must_ignore kept"] >= 0.79


def _rates(counts: Counter[tuple[str, str]]) -> dict[str, float]:
    def share(kind: str, *verdicts: str) -> float:
        total = sum(number for (name, _), number in counts.items() if name == kind)
        return round(sum(counts[kind, verdict] for verdict in verdicts) / total, 3)

    return {
        "must_flag shown": share("must_flag", *SHOWN),
        "must_flag named": share("must_flag", "contradicts"),
        "must_pass kept": share("must_pass", *SHOWN),
        "must_pass contradicted": share("must_pass", "contradicts"),
        "must_ignore kept": share("must_ignore", *SHOWN),
    }
