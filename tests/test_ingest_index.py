"""The index finds by meaning and by words, and is published in one step or not at all."""

import json
import random
import runpy
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest

from guardrails.rulebook import Rulebook
from ingest import generations as gens
from ingest.frontmatter import GuideError
from ingest.generations import (
    IndexBusyError,
    IndexDamagedError,
    IndexMissingError,
    IndexSpaceError,
)
from ingest.index import Index, open_index
from ingest.read import read_guide
from ingest.sync import Finding, registered, sync

DATA = Path(__file__).parent / "data" / "ingest"
FakeEncoder = runpy.run_path(str(DATA / "fake_encoder.py"))["FakeEncoder"]


def write(folder, name, *sections):
    folder.mkdir(parents=True, exist_ok=True)
    text = "\n\n".join(f"## {heading}\n\n{body}" for heading, body in sections)
    (folder / name).write_text(f"# {name}\n\n{text}\n", encoding="utf-8")


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "guides"
    write(
        folder,
        "bees.md",
        ("May I moonlight?", "Outside shifts are not allowed."),
        ("How many hives?", "Two hives on each roof."),
    )
    write(folder, "boats.md", ("Who holds the key?", "The foreman holds the key of the boat."))
    return folder


@pytest.fixture
def home(tmp_path):
    return tmp_path / "home"


def run(home, *add, encoder=None, **options):
    return sync(
        home,
        add=add,
        encoder=(lambda: encoder) if encoder else FakeEncoder,
        encoder_name="fake",
        rulebook=options.pop("rulebook", Rulebook({})),
        own_guides=home / "none",
        **options,
    )


def found(index, text, top_k=3):
    return index.search(FakeEncoder().encode([text])[0], text, top_k)


def test_a_passage_is_found_by_meaning_and_by_words(home, folder):
    run(home, folder)
    index = open_index(home)
    best = found(index, "hives on the roof")[0]
    assert best.passage_id == "bees#how-many-hives"
    assert (best.dense_rank, best.lexical_rank) == (1, 1)
    assert 0 < best.dense <= 1.0001
    assert index.passage(best.passage_id).text == "Two hives on each roof."
    index.close()


def test_search_works_with_words_alone_and_meaning_alone(home, folder):
    run(home, folder)
    index = open_index(home)
    by_words = index.search(None, "key of the boat", 2)
    assert [(h.passage_id, h.dense_rank) for h in by_words] == [("boats#who-holds-the-key", None)]
    by_meaning = index.search(FakeEncoder().encode(["key of the boat"])[0], "", 2)
    assert by_meaning[0].passage_id == "boats#who-holds-the-key"
    assert by_meaning[0].lexical_rank is None
    index.close()


def test_a_side_job_finds_moonlighting(home, folder):
    run(home, folder)
    index = open_index(home)
    assert index.search(None, "can I take a side job", 1)[0].passage_id == "bees#may-i-moonlight"
    index.close()


def test_the_same_query_gives_the_same_hits(home, folder):
    run(home, folder)
    index = open_index(home)
    again = open_index(home)
    assert found(index, "key roof shifts") == found(again, "key roof shifts")
    index.close()
    again.close()


def test_a_query_without_known_words_gives_no_lexical_rank(home, folder):
    run(home, folder)
    index = open_index(home)
    assert index.search(None, "xyzzy", 3) == []
    assert index.search(None, "", 3) == []
    index.close()


def test_asks_lead_to_their_passage(home, tmp_path):
    text = (
        "---\nid: hives\ntitle: Hives\ntopic: tools\nreviewed: 2026-11-22\n---\n"
        "## A heading\n<!-- asks: zebra giraffe lion -->\nNothing of the kind.\n\n"
        "## Other\n\nlion\n"
    )
    file = tmp_path / "own" / "tools" / "hives.md"
    file.parent.mkdir(parents=True)
    file.write_text(text)
    sync(
        home,
        encoder=FakeEncoder,
        encoder_name="fake",
        rulebook=Rulebook({}),
        own_guides=tmp_path / "own",
    )
    index = open_index(home)
    hit = found(index, "zebra giraffe lion")[0]
    assert (hit.passage_id, hit.via) == ("hives#a-heading", "ask")
    index.close()


def test_stored_guides_and_passages_come_back_as_they_were(home, folder):
    run(home, folder)
    index = open_index(home)
    guide = read_guide(folder / "bees.md", "imported")
    assert index.guide("bees") == guide
    for passage in index.passages():
        text = index.guide(passage.guide_id).text
        assert text[passage.start : passage.end] == passage.text
        assert index.passage(passage.id) == passage
    with pytest.raises(KeyError, match="no passage 'x#y'"):
        index.passage("x#y")
    index.close()


def test_nothing_is_done_when_nothing_changed(home, folder):
    first = run(home, folder)
    encoder = FakeEncoder()
    second = run(home, encoder=encoder)
    assert (first.published, second.published) == (True, False)
    assert (first.version, second.unchanged) == (second.version, 2)
    assert encoder.seen == []


def test_only_changed_passages_are_embedded_again(home, folder):
    run(home, folder)
    write(
        folder,
        "bees.md",
        ("May I moonlight?", "Outside shifts are not allowed."),
        ("How many hives?", "Three hives."),
    )
    encoder = FakeEncoder()
    report = run(home, encoder=encoder)
    assert report.changed == [str(folder / "bees.md")]
    assert encoder.seen == ["How many hives?\nThree hives."]
    index = open_index(home)
    assert found(index, "Three hives")[0].passage_id == "bees#how-many-hives"
    index.close()


def test_a_vanished_file_is_dropped_and_a_removed_path_forgotten(home, folder):
    run(home, folder)
    (folder / "boats.md").unlink()
    assert run(home).dropped == [str(folder / "boats.md")]
    index = open_index(home)
    assert [guide.id for guide in index.guides()] == ["bees"]
    index.close()
    run(home, remove=[folder])
    assert registered(home) == []
    index = open_index(home)
    assert index.guides() == []
    assert found(index, "anything") == []
    index.close()


def test_a_dry_run_tells_and_changes_nothing(home, folder):
    report = run(home, folder, dry_run=True)
    assert len(report.added) == 2
    assert registered(home) == []
    with pytest.raises(IndexMissingError, match="run 'waymark ingest'"):
        open_index(home)


def test_an_unreadable_file_is_reported_and_the_others_go_in(home, folder):
    (folder / "bad.txt").write_bytes(b"\x00\x00")
    report = run(home, folder)
    assert report.failed
    assert [f.file for f in report.findings] == [str(folder / "bad.txt")]
    assert report.guides == 2


def test_a_pattern_stands_for_the_files_it_matches(home, folder):
    report = run(home, folder / "b*.md")
    assert registered(home) == [folder / "bees.md", folder / "boats.md"]
    assert report.guides == 2


def test_unknown_paths_are_refused(home, folder):
    with pytest.raises(GuideError, match="no such file"):
        run(home, folder / "nothing")
    with pytest.raises(GuideError, match="is not registered"):
        run(home, remove=[folder])


def test_a_full_disk_is_told_before_anything_is_written(home, folder, monkeypatch):
    run(home, folder)
    before = gens.current_generation(home)
    write(folder, "cars.md", ("Which tyre?", "Round."))
    usage = shutil.disk_usage(home)
    monkeypatch.setattr("shutil.disk_usage", lambda _: usage._replace(free=1000))
    with pytest.raises(IndexSpaceError, match="make room"):
        run(home)
    assert gens.current_generation(home) == before


def test_a_build_that_fails_leaves_no_folder_behind(home, folder):
    class Failing:
        name, dimension = "fake", 64

        def encode(self, _texts):
            raise RuntimeError("out of memory")

    run(home, folder)
    write(folder, "cars.md", ("Which tyre?", "Round."))
    with pytest.raises(RuntimeError, match="out of memory"):
        run(home, encoder=Failing())
    assert [g.name for g in gens.index_folder(home).glob("g-*")] == ["g-000001"]


def test_the_guardrail_looks_at_every_passage(home, folder):
    def check(passage):
        if "two hives" in passage.text.lower():
            return [Finding("", 7, "contradicts rule hives")]
        return []

    report = run(home, folder, check=check)
    assert [(f.file, f.line) for f in report.findings] == [(str(folder / "bees.md"), 7)]


def test_a_second_writer_is_told_to_wait(home, folder):
    with gens.writer_lock(home), pytest.raises(IndexBusyError, match="another 'waymark ingest'"):
        run(home, folder)


def test_an_open_index_goes_on_and_refresh_gives_the_new_one(home, folder):
    run(home, folder)
    index = open_index(home)
    assert index.refresh() is index
    write(folder, "cars.md", ("Which tyre?", "The round tyre."))
    run(home)
    newer = index.refresh()
    assert newer is not index
    assert found(index, "tyre")[0].passage_id != "cars#which-tyre"
    assert found(newer, "round tyre")[0].passage_id == "cars#which-tyre"
    index.close()
    newer.close()


def test_the_last_two_generations_are_kept_and_held_ones_too(home, folder):
    run(home, folder)
    index = open_index(home)
    for number in range(4):
        write(folder, "cars.md", ("Which tyre?", f"Tyre {number}."))
        run(home)
    names = sorted(g.name for g in gens.index_folder(home).glob("g-*"))
    assert names == ["g-000001", "g-000004", "g-000005"]
    assert found(index, "hives")[0].passage_id == "bees#how-many-hives"
    index.close()
    write(folder, "cars.md", ("Which tyre?", "None."))
    run(home)
    names = sorted(g.name for g in gens.index_folder(home).glob("g-*"))
    assert names == ["g-000005", "g-000006"]


@pytest.mark.parametrize("victim", ["store.sqlite", "vectors.npy", "chroma", "manifest.json"])
@pytest.mark.parametrize("how", ["missing", "cut"])
def test_a_damaged_index_says_so_and_is_built_anew(home, folder, victim, how):
    run(home, folder)
    file = gens.current_generation(home) / victim
    if how == "missing" or file.is_dir():
        shutil.rmtree(file) if file.is_dir() else file.unlink()
    else:
        file.write_bytes(file.read_bytes()[:-5])
    with pytest.raises(IndexDamagedError, match=r"run .?(waymark )?ingest"):
        open_index(home)
    run(home)
    index = open_index(home)
    assert found(index, "hives roof")[0].passage_id == "bees#how-many-hives"
    index.close()


def test_a_pointer_to_nowhere_is_told(home, folder):
    run(home, folder)
    (gens.index_folder(home) / "current").write_text("g-999999\n")
    with pytest.raises(IndexDamagedError):
        open_index(home)
    assert run(home).published


def test_an_opening_that_hangs_is_given_up(home, folder, monkeypatch):
    run(home, folder)
    blocker = threading.Event()
    monkeypatch.setattr("ingest.index._open_chroma", lambda *_: blocker.wait(20))
    with pytest.raises(IndexDamagedError, match="did not open within"):
        open_index(home, timeout=0.2)
    blocker.set()


def test_several_threads_search_at_once(home, folder):
    run(home, folder)
    index = open_index(home)
    expected = found(index, "hives on the roof")
    results = []

    def work():
        results.extend(found(index, "hives on the roof") for _ in range(20))

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [expected] * 160
    index.close()


def test_kill_at_any_moment_leaves_the_old_index_and_the_next_ingest_succeeds(home, tmp_path):
    folder = tmp_path / "many"
    for number in range(12):
        write(folder, f"n{number}.md", ("Fixed?", "Stays."), ("Round?", f"zero {number}."))
    run(home, folder)
    seed = random.Random(2026)
    script = [sys.executable, str(DATA / "interrupted_ingest.py"), str(home), str(folder)]
    waiting = [_spawn(script) for _ in range(2)]
    killed = survived = 0
    for trial in range(44):
        for number in range(12):
            write(folder, f"n{number}.md", ("Fixed?", "Stays."), ("Round?", f"r{trial} {number}."))
        before = gens.current_generation(home)
        process = waiting.pop(0)
        waiting.append(_spawn(script))
        assert process.stdout.readline() == "ready\n"
        process.stdin.write("go\n")
        process.stdin.flush()
        time.sleep(seed.uniform(0, 0.45))
        killed += process.poll() is None
        process.kill()
        process.communicate()
        # Whichever generation is published is whole.
        survived += gens.current_generation(home) != before
        gens.check_files(gens.current_generation(home))
        if trial % 6 == 0:
            index = open_index(home)
            assert len(index.passages()) == 24
            assert found(index, "Fixed Stays")[0].passage_id.endswith("#fixed")
            index.close()
    for process in waiting:
        process.kill()
        process.communicate()
    assert killed >= 40
    run(home)
    index = open_index(home)
    assert index.passage("n3#round").text == "r43 3."
    index.close()
    leftovers = [
        g for g in gens.index_folder(home).glob("g-*") if not (g / "manifest.json").exists()
    ]
    assert leftovers == []


def _spawn(script):
    return subprocess.Popen(
        script, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def test_vectors_are_unit_and_chroma_agrees_with_exact_search(home, tmp_path):
    folder = tmp_path / "many"
    sections = [(f"Part {n}", f"alpha{n} beta{n % 7} gamma{n % 11}") for n in range(150)]
    write(folder, "many.md", *sections)
    run(home, folder)
    index = open_index(home)
    vectors = np.load(index.generation / "vectors.npy")
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    for number in (3, 77, 149):
        hit = found(index, f"alpha{number} beta{number % 7} gamma{number % 11}", 1)
        query = FakeEncoder().encode([f"alpha{number} beta{number % 7} gamma{number % 11}"])[0]
        assert hit[0].dense == pytest.approx(float((vectors @ query).max()), abs=1e-6)
    index.close()


def test_the_manifest_names_what_the_index_holds(home, folder):
    report = run(home, folder)
    manifest = json.loads((gens.current_generation(home) / "manifest.json").read_text())
    assert manifest["counts"] == {"guides": 2, "passages": 3, "entries": 6, "searched": 3}
    assert manifest["version"] == report.version
    assert isinstance(open_index(home), Index)
