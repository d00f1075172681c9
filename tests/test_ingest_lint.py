"""The lint finds what an editor must mend, with file and line."""

from datetime import date

import numpy as np
import pytest

from guardrails.rulebook import Rule, Rulebook
from ingest.findings import Finding, guardrail_check, line_of
from ingest.lint import lint
from ingest.passages import sentences

ON = date(2026, 11, 22)


def rule(name, **changes):
    values = {
        "id": name,
        "fact": changes.pop("fact", name),
        "topic": "j1",
        "title": name,
        "statement": f"The rule {name} holds.",
        "short": f"{name} holds.",
        "kind": "law",
        "authorities": ["ina-212e"],
        "reviewed": "2026-11-22",
        "review_by": "2027-05-22",
    }
    return Rule.model_validate(values | changes)


RULES = Rulebook(
    {
        name: rule(name, **more)
        for name, more in {
            "seven": {},
            "seven-more": {"fact": "seven"},
            "moving": {"kind": "volatile", "as_of": "2026-10-07"},
            "unnamed": {"topic": "h1b"},
            "old": {"review_by": "2026-11-23", "fact": "seven"},
        }.items()
    }
)

GOOD = (
    "A doctor may train for seven years in all on a J-1 visa, with leave included in the sum. "
    "The seven years count from the first day of training, whatever the hospital or the field is. "
    "Ask the office in your hospital for the dates in writing, and keep the letter with papers."
)


def guide(tmp_path, name="years", body=GOOD, comments="<!-- rules: seven -->", heading="How long?"):
    file = tmp_path / "j1" / f"{name}.md"
    file.parent.mkdir(exist_ok=True)
    file.write_text(
        f"---\nid: {name}\ntitle: Title\ntopic: j1\nreviewed: 2026-11-22\n"
        f"authorities: [ina-212e]\n---\n\n## {heading}\n{comments}\n{body}\n"
    )
    return file


def findings(tmp_path, **options):
    report = lint(on=options.pop("on", ON), folder=tmp_path, rulebook=RULES, **options)
    return [f for f in report.findings if f.file.startswith(str(tmp_path))]


def messages(tmp_path, **options):
    return [f.message for f in findings(tmp_path, **options)]


def test_a_good_guide_has_no_findings(tmp_path):
    guide(tmp_path)
    assert findings(tmp_path) == []


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"comments": "<!-- rules: eight -->"}, "unknown rule 'eight'"),
        ({"comments": "<!-- authorities: ina-0 -->"}, "unknown authority 'ina-0'"),
        ({"comments": "<!-- signs: no-such -->"}, "unknown sign 'no-such'"),
        ({"comments": "<!-- rules: moving -->"}, "names the volatile rule 'moving'"),
        ({"comments": "<!-- as_of: 2026-10-07 -->"}, "an as_of date that its text does not tell"),
        ({"body": f"{GOOD} See [this](years#nowhere)."}, "the link 'years#nowhere' leads nowhere"),
        ({"body": f"{GOOD} See [this](../h1b/caps.md)."}, "'../h1b/caps.md' leads nowhere"),
        ({"body": f"{GOOD} {'word ' * 33}."}, "34 words in 'word"),
        ({"body": f"It depends. {GOOD}"}, "the first sentence reaches back"),
        ({"body": "Seven years."}, "has 2 words; write 60-220"),
    ],
)
def test_a_fault_is_found_once_and_placed(tmp_path, change, message):
    file = guide(tmp_path, **change)
    (found,) = [f for f in findings(tmp_path) if message in f.message]
    assert found.file == str(file)
    assert found.line in (9, 11)
    assert str(found).startswith(f"{file}:{found.line}: ")


def test_a_link_to_an_existing_section_is_fine(tmp_path):
    guide(tmp_path, body=f"{GOOD} See [this](years#how-long) and [that](https://a.example).")
    assert findings(tmp_path) == []


def test_a_file_that_cannot_be_read_is_told(tmp_path):
    guide(tmp_path, comments="<!-- rulez: seven -->")
    assert "unknown comment 'rulez'" in messages(tmp_path)[0]


def test_two_sections_may_not_answer_the_same_question(tmp_path):
    guide(tmp_path, "one", comments="<!-- asks: years ok? -->")
    guide(tmp_path, "two", comments="<!-- asks: Years, OK -->")
    found = messages(tmp_path)
    assert any("the heading 'How long?' also stands in one" in m for m in found)
    assert any("the ask 'Years, OK' also stands in one" in m for m in found)


def test_hard_sentences_raise_the_reading_grade(tmp_path):
    hard = (
        "Notwithstanding considerable administrative complications, internationally educated "
        "practitioners occasionally experience unanticipated organizational difficulties. "
    )
    guide(tmp_path, body=hard * 6)
    assert any("reading grade" in m for m in messages(tmp_path))


def test_a_rule_is_covered_by_its_own_name_or_its_fact(tmp_path):
    guide(tmp_path)
    report = lint(on=ON, folder=tmp_path, rulebook=RULES)
    (rules,) = [part for part in report.coverage if part.kind.startswith("rules")]
    assert rules.topics == {"j1": (4, ["moving"]), "h1b": (1, ["unnamed"])}
    assert "missing: unnamed" in report.table()


def test_rules_past_their_review_date_are_told(tmp_path):
    guide(tmp_path)
    report = lint(on=date(2026, 12, 1), folder=tmp_path, rulebook=RULES)
    assert any("rule 'old' was to be reviewed by 2026-11-23" in f.message for f in report.findings)
    assert not any("rule 'seven' was" in f.message for f in report.findings)


class Near:
    name, dimension = "near", 2

    def encode(self, texts):
        rows = [[1.0, 0.0] if "year" in text else [0.0, 1.0] for text in texts]
        return np.array(rows, np.float32)


def test_asks_may_not_repeat_a_measured_question(tmp_path):
    guide(tmp_path, comments="<!-- asks: how many years ok | may i stay -->")
    same = messages(tmp_path, questions=["How many YEARS, ok?"])
    assert same == ["'how many years ok' repeats a question of a set"]
    near = messages(tmp_path, questions=["years and years"], encoder=Near())
    assert near == ["'how many years ok' is too near to a question of a set (1.00)"]


def test_a_sentence_against_a_rule_is_told_with_its_line(tmp_path):
    file = guide(tmp_path, body=f"{GOOD}\n\nA tenth year doesn't need anything.")

    def check(passage):
        return [
            Finding("", 0, "contradicts rule seven", "error", "seven", s.text)
            for s in sentences(passage)
            if "tenth" in s.text
        ]

    (found,) = findings(tmp_path, check=check)
    assert (found.file, found.line, found.rule) == (str(file), 13, "seven")


def test_the_guardrail_reports_what_contradicts_a_rule():
    class Said:
        verdict, rule, statement = "contradicts", "seven", "Seven years."

    class Checker:
        def check_sentence(self, text, *, context, on):
            said = Said()
            said.verdict = "contradicts" if "ten" in text else "unverified"
            assert context == "Heading Signs:" or "ten" not in text
            return said

    class Section:
        heading, text, start = "Heading", "Fine.\n\nSigns:\n\n- ten years are fine\n", 0

    (found,) = guardrail_check(Checker(), ON)(Section())
    assert found.said == "ten years are fine"
    assert found.message == "'ten years are fine' contradicts rule seven: Seven years."


def test_a_line_is_found_in_text_files_only(tmp_path):
    file = tmp_path / "a.txt"
    file.write_text("one\n\n* two “three” four\n")
    assert line_of(str(file), 'two "three" four') == 3
    assert line_of(str(file), "absent") == 0
    assert line_of("rulebook", "two") == 0
