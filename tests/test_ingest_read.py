"""Guide files become guides, and faults in them are told with file, key and what is allowed."""

from datetime import date

import pytest

from corpus.guide import Scope
from guardrails.rulebook import Rule, Rulebook
from ingest.frontmatter import GuideError
from ingest.passages import split
from ingest.read import (
    find_sources,
    read_guide,
    read_sources,
    rulebook_guide,
    unique_ids,
)

FRONT = """---
id: hives
title: Hives and how to keep them
topic: tools
audience: [applicant]
reviewed: 2026-11-22
reviewed_by: beekeeping editor
authorities: [bee-act]
---
"""
BODY = """What this guide answers.

## May I keep two hives?
<!-- asks: 2 hives ok? | how many hives -->
<!-- rules: two-hives, distance -->
<!-- scope: visa=j1,h1b stage=fellow -->
<!-- as_of: 2026-10-07 -->
<!-- kind: law -->
Yes, two hives are allowed. A third needs
a permit.

## What does a permit cost?
<!-- authorities: fee-table -->
Forty dollars.
"""


def guide_file(folder, text=FRONT + BODY, name="hives.md", topic="tools"):
    file = folder / topic / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    return file


def test_a_guide_keeps_its_metadata_and_loses_the_comments(tmp_path):
    guide = read_guide(guide_file(tmp_path), "reviewed")
    assert guide.id == "hives"
    assert guide.reviewed == date(2026, 11, 22)
    assert "<!--" not in guide.text
    assert "---" not in guide.text
    meta = guide.sections["may-i-keep-two-hives"]
    assert meta.asks == ("2 hives ok?", "how many hives")
    assert meta.rules == ("two-hives", "distance")
    assert meta.scope == Scope(("j1", "h1b"), ("fellow",))
    assert meta.as_of == date(2026, 10, 7)
    assert meta.kind == "law"


def test_a_paragraph_is_stored_on_one_line(tmp_path):
    guide = read_guide(guide_file(tmp_path), "reviewed")
    assert "A third needs a permit." in guide.text


def test_passages_carry_what_their_section_says(tmp_path):
    guide = read_guide(guide_file(tmp_path), "reviewed")
    first, second = split(guide)
    assert first.id == "hives#may-i-keep-two-hives"
    assert first.authorities == ("bee-act",)
    assert second.authorities == ("fee-table",)
    assert second.text == "Forty dollars."


def test_the_introduction_of_our_own_guide_is_no_passage(tmp_path):
    guide = read_guide(guide_file(tmp_path), "reviewed")
    assert all("What this guide answers" not in passage.text for passage in split(guide))


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("topic: tools", "topic: toys", r"hives\.md: front matter: topic: .*'j1'.*toys"),
        ("title:", "titel:", "unknown key 'titel'; use id, title"),
        ("reviewed: 2026-11-22\n", "", "the key 'reviewed' is missing"),
        ("id: hives", "id: bees", "id 'bees' must equal the file name 'hives'"),
        ("id: hives", "id: [", "front matter is not YAML"),
        ("asks: 2", "ask: 2", "unknown comment 'ask'; use asks, rules"),
        ("kind: law", "kind: rumor", "kind: 'rumor' is not known; use law, sponsor-policy"),
        ("visa=j1,h1b", "visa=j1,h1c", "scope visa: 'h1c' is not known; use j1"),
        ("as_of: 2026-10-07", "as_of: October", "as_of 'October' is not a date"),
        ("2 hives ok? | how", "a | b | c | how", "4 asks; at most 3"),
        ("Forty dollars.", "Forty.\n<!-- kind: law -->", "must stand directly below a heading"),
    ],
)
def test_a_fault_is_told_with_file_key_and_what_is_allowed(tmp_path, old, new, message):
    assert old in FRONT + BODY
    file = guide_file(tmp_path, (FRONT + BODY).replace(old, new))
    with pytest.raises(GuideError, match=message) as error:
        read_guide(file, "reviewed")
    assert str(file) in str(error.value)
    assert "\n" not in str(error.value)


def test_a_guide_without_front_matter_is_refused(tmp_path):
    with pytest.raises(GuideError, match="must start with front matter"):
        read_guide(guide_file(tmp_path, BODY), "reviewed")


def test_a_guide_in_the_wrong_folder_is_refused(tmp_path):
    with pytest.raises(GuideError, match="must equal the folder"):
        read_guide(guide_file(tmp_path, topic="j1"), "reviewed")


def test_imported_markdown_needs_no_front_matter_and_takes_its_title_from_the_heading(tmp_path):
    text = "# On hives\n\nFirst words.\n\n## More\n\nSecond words.\n"
    guide = read_guide(guide_file(tmp_path, text, "my_notes.md"), "imported")
    assert (guide.id, guide.title, guide.trust) == ("my-notes", "On hives", "imported")
    assert guide.reviewed is None
    assert [p.id for p in split(guide)] == ["my-notes#intro", "my-notes#more"]


def test_imported_files_cannot_call_themselves_reviewed_or_name_rules(tmp_path):
    guide = read_guide(guide_file(tmp_path), "imported")
    assert guide.trust == "imported"
    assert guide.reviewed is None
    assert all(not meta.rules and not meta.asks for meta in guide.sections.values())
    assert "<!--" not in guide.text


def test_an_unknown_format_is_refused_with_the_formats_that_can_be_read(tmp_path):
    file = tmp_path / "hives.xyz"
    file.write_text("x")
    with pytest.raises(GuideError, match=r"'\.xyz' cannot be read; use \.md"):
        read_guide(file, "imported")


def test_folders_are_searched_and_hidden_files_left_out(tmp_path):
    for name in ("a.md", "b.txt", ".hidden.md", "~$lock.docx", "c.png", "deep/d.md"):
        file = tmp_path / name
        file.parent.mkdir(exist_ok=True)
        file.write_text("x")
    assert [s.path.name for s in find_sources([tmp_path])] == ["a.md", "b.txt", "d.md"]


def test_a_bad_file_does_not_keep_the_others_out(tmp_path):
    guide_file(tmp_path, "fine words\n", "good.md")
    (tmp_path / "tools" / "bad.txt").write_bytes(b"\x00\x00")
    guides, problems = read_sources([tmp_path], with_corpus=False)
    assert [guide.id for guide in guides] == ["good"]
    assert len(problems) == 1


def test_two_files_of_one_name_get_different_ids(tmp_path):
    one = read_guide(guide_file(tmp_path, "one\n", "notes.md", "a"), "imported")
    two = read_guide(guide_file(tmp_path, "two\n", "notes.md", "b"), "imported")
    assert [guide.id for guide in unique_ids([one, two], [])] == ["notes", "notes-2"]


def rule(**changes):
    values = {
        "id": "two-hives",
        "fact": "two-hives",
        "topic": "j1",
        "title": "How many hives?",
        "statement": "A roof may carry two hives.",
        "short": "Two hives at most.",
        "kind": "law",
        "authorities": ["bee-act"],
        "scope": {"visa": ["any"], "stage": ["fellow"]},
        "exceptions": [{"id": "farm", "text": "A farm may keep more than two hives."}],
        "reviewed": "2026-11-22",
        "review_by": "2027-05-22",
    }
    return Rule.model_validate(values | changes)


def test_the_rulebook_reads_as_a_guide_with_a_section_for_each_rule():
    other = rule(id="distance", title="How many hives?", scope={"visa": ["j1"]})
    guide = rulebook_guide(Rulebook({"two-hives": rule(), "distance": other}))
    passages = split(guide)
    assert [p.id for p in passages] == ["rules#two-hives", "rules#distance"]
    first = passages[0]
    assert first.heading == "How many hives?"
    for sentence in rule().own_sentences():
        assert sentence in first.text
    assert first.authorities == ("bee-act",)
    assert first.rules == ("two-hives",)
    assert first.scope == Scope((), ("fellow",))
    assert guide.text[first.start : first.end] == first.text
