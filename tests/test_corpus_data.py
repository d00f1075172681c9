"""Our guides, authorities and signs can be read, and faults in them are told by entry and key."""

import pytest

from corpus.authorities import load_authorities
from corpus.guide import corpus_folder, guides_folder
from corpus.signs import load_signs
from corpus.yaml_list import CorpusError
from guardrails.rulebook import load_rulebook
from ingest.passages import MAX_WORDS, sentences, split
from ingest.read import find_sources, read_guide, read_sources, rulebook_guide

GUIDES = [source.path for source in find_sources([guides_folder()], "reviewed")]


@pytest.mark.parametrize("path", GUIDES, ids=lambda path: path.stem)
def test_a_guide_reads_and_its_passages_stand_where_they_say(path):
    guide = read_guide(path, "reviewed")
    passages = split(guide)
    assert passages
    for passage in passages:
        assert guide.text[passage.start : passage.end] == passage.text
        assert sentences(passage)


def test_no_two_guides_share_an_id_and_none_is_left_out():
    guides, problems = read_sources()
    assert problems == []
    assert len(guides) == len(GUIDES) >= 36


def test_every_passage_has_an_id_of_its_own():
    guides, _ = read_sources()
    ids = [passage.id for guide in guides for passage in split(guide)]
    ids += [passage.id for passage in split(rulebook_guide(load_rulebook()))]
    assert len(set(ids)) == len(ids)


def test_no_section_of_ours_has_to_be_cut():
    guides, _ = read_sources()
    long = [p.id for g in guides for p in split(g) if len(p.text.split()) > MAX_WORDS * 1.2]
    assert long == []


def test_authorities_are_official_pages_named_once():
    authorities = load_authorities()
    assert len(authorities) >= 40
    assert all(entry.url.startswith("https://") for entry in authorities.values())


def test_signs_are_of_every_level():
    signs = load_signs()
    assert {sign.level for sign in signs.values()} >= {"good", "worrying", "reportable", "urgent"}
    assert len(signs) >= 40


ENTRY = """- id: act
  title: The Act
  body: Congress
  kind: statute
  url: https://example.org
  checked: official
"""


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (ENTRY + ENTRY, "the id 'act' stands twice"),
        (ENTRY.replace("kind: statute", "kind: law"), "entry 'act': kind: .*'statute'"),
        (ENTRY + "  extra: 1\n", "entry 'act': unknown key 'extra'; use id, title"),
        (ENTRY.replace("  url: https://example.org\n", ""), "the key 'url' is missing"),
        ("id: act\n", "must be a list"),
        ("- [", "cannot be read"),
    ],
)
def test_a_fault_in_the_authorities_is_told(tmp_path, text, message):
    file = tmp_path / "authorities.yaml"
    file.write_text(text)
    with pytest.raises(CorpusError, match=message):
        load_authorities(file)


def test_signs_may_be_absent_but_not_wrong(tmp_path):
    assert load_signs(tmp_path / "none.yaml") == {}
    file = tmp_path / "signs.yaml"
    file.write_text("- id: shouting\n  level: loud\n")
    with pytest.raises(CorpusError, match="entry 'shouting'"):
        load_signs(file)


def test_the_corpus_folder_holds_the_data():
    assert (corpus_folder() / "authorities.yaml").is_file()
