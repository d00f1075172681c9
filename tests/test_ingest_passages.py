"""Passages follow the headings, keep what belongs together and know where they stand."""

from hypothesis import given, settings
from hypothesis import strategies as st

from corpus.guide import Guide
from ingest.markdown import blocks, outline, slugify, tidy
from ingest.passages import MAX_WORDS, sentences, split


def guide(text, trust="imported"):
    return Guide("g", "Title", "imported", trust, None, (), tidy(text))


def words(count, word="word"):
    return " ".join([word] * (count - 1) + [f"{word}."])


def test_a_repeated_heading_gets_a_number():
    passages = split(guide("## A\n\nx\n\n## A\n\ny\n\n## 3. A\n\nz\n"))
    assert [p.id for p in passages] == ["g#a", "g#a-2", "g#a-3"]


def test_an_id_does_not_change_when_another_section_does():
    before = split(guide("## One\n\nx\n\n## Two\n\ny\n"))
    after = split(guide("Intro.\n\n## One\n\nx and more\n\n## New\n\nz\n\n## Two\n\ny\n"))
    assert {p.id for p in before} <= {p.id for p in after}


def test_the_path_holds_the_headings_above():
    passages = split(guide("## A\n\nx\n\n### B\n\ny\n\n#### C\n\nz\n\n## D\n\nw\n"))
    assert {p.heading: p.path for p in passages} == {
        "A": ("Title",),
        "B": ("Title", "A"),
        "C": ("Title", "A", "B"),
        "D": ("Title",),
    }


def test_a_heading_without_text_gives_no_passage_but_stands_in_the_path():
    (passage,) = split(guide("## A\n\n### B\n\ny\n"))
    assert passage.path == ("Title", "A")


def test_a_long_section_is_cut_at_paragraph_borders():
    text = "## A\n\n" + "\n\n".join(words(90, f"w{n}") for n in range(6)) + "\n"
    parts = split(guide(text))
    assert [p.id for p in parts] == ["g#a", "g#a--2", "g#a--3"]
    assert all(len(p.text.split()) <= MAX_WORDS for p in parts)
    assert " ".join(" ".join(p.text for p in parts).split()) == " ".join(text.split()[2:])


def test_a_list_is_never_cut_from_its_lead_in():
    items = "\n".join(f"- {words(20)}" for _ in range(10))
    passages = split(guide(f"## A\n\n{words(150)}\n\nTake these steps:\n\n{items}\n"))
    holder = [p for p in passages if "Take these steps:" in p.text]
    assert len(holder) == 1
    assert holder[0].text.count("\n- ") == 10


def test_a_table_stays_whole():
    rows = "\n".join(f"| {words(15)} | {words(15)} |" for _ in range(12))
    passages = split(guide(f"## A\n\n{words(200)}\n\n| a | b |\n|---|---|\n{rows}\n"))
    assert sum("|---|" in p.text for p in passages) == 1
    assert next(p for p in passages if "|---|" in p.text).text.count("\n|") >= 12


def test_a_question_in_a_paragraph_keeps_its_answer():
    text = f"## FAQ\n\n{words(200)}\n\nQ: May I?\n\nA: {words(60)}\n\nQ: When?\n\nA: Soon.\n"
    for passage in split(guide(text)):
        assert passage.text.count("Q:") == passage.text.count("A:")


def test_sentences_know_where_they_stand_and_what_they_hang_on():
    text = (
        "## A\n\nThe U.S. Department, e.g. of Labor, says so. Dr. Lee agrees! Really?\n\n"
        "Bring these:\n\n- a passport. Keep a copy.\n- letters:\n    - from home\n\n"
        "| visa | years |\n|---|---|\n| J-1 | seven |\n"
    )
    source = guide(text)
    (passage,) = split(source)
    found = sentences(passage)
    assert [(s.text, s.kind, s.lead_in) for s in found] == [
        ("The U.S. Department, e.g. of Labor, says so.", "sentence", None),
        ("Dr. Lee agrees!", "sentence", None),
        ("Really?", "sentence", None),
        ("Bring these:", "sentence", None),
        ("a passport.", "item", "Bring these:"),
        ("Keep a copy.", "item", "Bring these:"),
        ("letters:", "item", "Bring these:"),
        ("from home", "item", "letters:"),
        ("J-1 | seven", "row", "visa | years"),
    ]
    assert all(source.text[s.start : s.end] == s.text for s in found)


def test_headings_inside_code_are_no_headings():
    text = tidy("## A\n\n```\n# not a heading\n```\n\nafter\n")
    assert [head.title for head in outline(text)] == ["A"]


def test_setext_headings_are_headings():
    assert outline(tidy("Title\n=====\n\nPart\n----\n\ntext\n"))[1].level == 2


def test_slugs_are_plain_words():
    assert slugify("12. What’s Café—or “not”?") == "whats-cafe-or-not"
    assert slugify("漢字") == "section"


LINES = """## Head
### Sub ##
- item one. Two.
    - deeper:
1. first
Text. More text
| a | b |
|---|---|


```
> quoted
lead-in:
***
Ends here.
<!-- x -->
é ✓ 𝔘nicode
\tTab
====
[link](x#y)"""
MARKDOWN = st.lists(st.sampled_from([*LINES.splitlines(), "word " * 120]), max_size=40).map(
    "\n".join
)


@given(MARKDOWN)
@settings(max_examples=300, deadline=None)
def test_every_passage_and_sentence_equals_the_text_at_its_offsets(raw):
    source = guide(raw)
    passages = split(source)
    assert len({p.id for p in passages}) == len(passages)
    end = 0
    for passage in passages:
        assert source.text[passage.start : passage.end] == passage.text
        assert end <= passage.start < passage.end
        end = passage.end
        for sentence in sentences(passage):
            assert source.text[sentence.start : sentence.end] == sentence.text
            assert passage.start <= sentence.start < sentence.end <= passage.end


@given(MARKDOWN)
@settings(max_examples=150, deadline=None)
def test_no_block_of_the_text_is_lost(raw):
    source = guide(raw)
    held = "".join(p.text for p in split(source))
    for block in blocks(source.text):
        assert source.text[block.start : block.end] in held


@given(MARKDOWN)
@settings(max_examples=150, deadline=None)
def test_tidying_twice_changes_nothing(raw):
    assert tidy(tidy(raw)) == tidy(raw)
