"""Only the published weights are loaded, and both ways to run them give the same vectors."""

import json
import runpy
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from guardrails.rulebook import Rulebook
from ingest.doctor import examine
from ingest.encoder import (
    DEFAULT_MODEL,
    EncoderError,
    OnnxEncoder,
    TorchEncoder,
    verify_weights,
    weights_folder,
)
from ingest.export import export, export_folder, is_exported, query_encoder, verify_export
from ingest.index import open_index
from ingest.passages import split
from ingest.read import read_guide
from ingest.sync import open_or_build, sync

DATA = Path(__file__).parent / "data" / "ingest"
FakeEncoder = runpy.run_path(str(DATA / "fake_encoder.py"))["FakeEncoder"]


@pytest.fixture(scope="module")
def torch_encoder():
    return TorchEncoder()


@pytest.fixture(scope="module")
def home(tmp_path_factory, torch_encoder):
    home = tmp_path_factory.mktemp("home")
    assert export(torch_encoder, home) >= 0.9999
    return home


def texts():
    """Over two hundred real sentences, queries and oddities, from one letter to 400 words."""
    guides = [
        read_guide(DATA / name, "imported") for name in ("spaced-guide.txt", "flat-guide.txt")
    ]
    found = [line for guide in guides for line in guide.text.split("\n") if line.strip()]
    found += [passage.text for guide in guides for passage in split(guide)]
    words = " ".join(found).split()
    found += [" ".join(words[at : at + 7]) for at in range(0, len(words) - 7, 9)]
    return [*found, "?", "é" * 50, "漢字 visa", " ".join(words[:400]), "J-1 h1b 212(e) $100,000"]


def test_the_packaged_weights_are_the_published_ones():
    verify_weights()


@pytest.mark.parametrize("name", ["config.json", "tokenizer.json"])
def test_a_changed_file_is_refused(tmp_path, name):
    folder = tmp_path / "model"
    folder.mkdir()
    for file in ("model.safetensors", "config.json", "tokenizer.json"):
        (folder / file).symlink_to(weights_folder() / file)
    content = (folder / name).read_bytes()
    (folder / name).unlink()
    (folder / name).write_bytes(content + b" ")
    with pytest.raises(EncoderError, match=rf"{name} is not the published file.*refused"):
        verify_weights(folder)


def test_a_missing_file_is_told(tmp_path):
    with pytest.raises(EncoderError, match="is missing; reinstall"):
        verify_weights(tmp_path)


def test_both_encoders_agree_on_two_hundred_texts(torch_encoder, home):
    sample = texts()
    assert len(sample) >= 200
    one, other = torch_encoder.encode(sample), query_encoder(home).encode(sample)
    assert one.shape == other.shape == (len(sample), 384)
    assert one.dtype == other.dtype == np.float32
    cosines = np.sum(one * other, axis=1)
    assert cosines.min() >= 0.9999


def test_a_vector_does_not_depend_on_its_batch(home):
    encoder = query_encoder(home)
    sample = texts()[:40]
    together = encoder.encode(sample)
    alone = np.concatenate([encoder.encode([text]) for text in sample])
    assert np.allclose(together, alone, atol=1e-5)
    assert encoder.encode([]).shape == (0, 384)


def test_a_question_imports_neither_torch_nor_langchain(home):
    script = (
        "import sys; from pathlib import Path; import ingest.index, ingest.sync, ingest.doctor;"
        "from ingest.export import query_encoder; query_encoder(Path(sys.argv[1])).encode(['a']);"
        "print([m for m in ('torch', 'transformers', 'langchain_core') if m in sys.modules])"
    )
    root = Path(__file__).parent.parent
    done = subprocess.run(
        [sys.executable, "-c", script, str(home)], capture_output=True, text=True, cwd=root
    )
    assert done.stdout.strip() == "[]", done.stderr


def test_a_damaged_export_is_noticed(home, tmp_path):
    copy = tmp_path / "copy"
    shutil.copytree(home, copy)
    file = export_folder(copy) / "model.onnx"
    content = file.read_bytes()
    file.write_bytes(content[:-1] + b"x")
    with pytest.raises(EncoderError, match="has changed"):
        verify_export(copy)
    file.write_bytes(content[:1000])
    assert not is_exported(copy)
    with pytest.raises(EncoderError, match="run 'waymark ingest'"):
        OnnxEncoder(export_folder(copy))
    with pytest.raises(EncoderError, match="no usable export"):
        verify_export(tmp_path)


def test_an_export_that_differs_is_refused_and_the_model_itself_used(tmp_path, monkeypatch):
    class Other:
        name, dimension, module = "other/model", 2, None

    monkeypatch.setattr("ingest.export._write_model", lambda *_: None)
    monkeypatch.setattr("ingest.export.OnnxEncoder", lambda *_: None)
    monkeypatch.setattr("ingest.export._compare", lambda *_: 0.97)
    monkeypatch.setattr("ingest.export.TorchEncoder", lambda name: f"torch {name}")
    assert export(Other(), tmp_path) == 0.97
    assert is_exported(tmp_path, "other/model")
    assert query_encoder(tmp_path, "other/model") == "torch other/model"
    card = json.loads((export_folder(tmp_path, "other/model") / "refused.json").read_text())
    assert card == {"cosine": 0.97}


def test_a_real_index_is_built_found_in_and_healthy(home, torch_encoder, tmp_path):
    folder = tmp_path / "guides"
    folder.mkdir()
    shutil.copy(DATA / "spaced-guide.txt", folder)
    options = {"rulebook": Rulebook({}), "own_guides": tmp_path / "none"}
    sync(home, add=[folder], encoder=lambda: torch_encoder, **options)
    index = open_index(home)
    question = "can a person who lives next door get stung"
    hits = index.search(query_encoder(home).encode([question])[0], question, 5)
    assert hits[0].passage_id == "spaced-guide#will-my-neighbors-be-stung"
    index.close()
    found = {finding.what.split(":")[0]: finding.level for finding in examine(home)}
    assert set(found.items()) >= {
        ("disk", "ok"),
        ("rules", "ok"),
        ("model", "ok"),
        ("export", "ok"),
        ("index", "ok"),
        ("encoder", "ok"),
    }
    open_or_build(home, encoder_name=DEFAULT_MODEL).close()


def test_the_doctor_says_what_to_do_about_a_missing_index(tmp_path):
    found = [f for f in examine(tmp_path / "nothing") if f.level == "error"]
    assert [f.what.split(":")[0] for f in found] == ["export", "index"]
    assert all(f.do == "run 'waymark ingest'" for f in found)


def test_the_doctor_notices_an_index_that_was_cut(tmp_path):
    folder = tmp_path / "guides"
    folder.mkdir()
    (folder / "a.md").write_text("## A\n\nwords here\n")
    sync(
        tmp_path / "home",
        add=[folder],
        encoder=FakeEncoder,
        encoder_name="fake",
        rulebook=Rulebook({}),
        own_guides=tmp_path / "none",
    )
    next((tmp_path / "home" / "index").glob("g-*/vectors.npy")).write_bytes(b"x")
    (found,) = [f for f in examine(tmp_path / "home", "fake") if f.what.startswith("index")]
    assert (found.level, found.do) == ("error", "run 'waymark ingest'")
