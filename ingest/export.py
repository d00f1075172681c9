"""Export of the encoder to ONNX, once, checked against the model it came from."""

from __future__ import annotations

import contextlib
import io
import json
import logging
import os
import shutil
import tempfile
import warnings
from pathlib import Path
from typing import Any

import numpy as np

from ingest.encoder import (
    DEFAULT_MODEL,
    Encoder,
    EncoderError,
    OnnxEncoder,
    TorchEncoder,
    sha256_of,
)
from ingest.markdown import slugify

MIN_COSINE = 0.9999
_EXPORT_VERSION = 1
_PROBES = (
    "j1 waiver",
    "How many years may a physician train in the United States on a J-1 visa?",
    "A hospital that belongs to a university can file an H-1B petition at any time of the year.",
    "Visa, Jahr, Prüfung: naïve café text with marks - and 3 + 3 + 2 = 8 numbers.",
    "one word " * 300,
    "?",
)


def export_folder(home: Path, model: str = DEFAULT_MODEL) -> Path:
    """Where the export of `model` belongs below the state folder."""
    return home / "encoders" / slugify(model)


def query_encoder(home: Path, model: str = DEFAULT_MODEL) -> Encoder:
    """The encoder for questions: the export, or sentence-transformers where it did not pass."""
    folder = export_folder(home, model)
    if (folder / "refused.json").exists():
        return TorchEncoder(model)
    return OnnxEncoder(folder)


def is_exported(home: Path, model: str = DEFAULT_MODEL) -> bool:
    """Whether this version's export was made (or refused) and its files have their sizes."""
    folder = export_folder(home, model)
    if (folder / "refused.json").exists():
        return True
    try:
        card: dict[str, Any] = json.loads((folder / "export.json").read_text("utf-8"))
        sizes: dict[str, int] = card["sizes"]
        return card["version"] == _EXPORT_VERSION and all(
            (folder / name).stat().st_size == size for name, size in sizes.items()
        )
    except (OSError, ValueError, KeyError):
        return False


def export(encoder: TorchEncoder, home: Path) -> float:
    """Export `encoder` into the state folder and return the worst cosine over probe texts.

    Under MIN_COSINE nothing is used of it: questions then run on sentence-transformers.
    """
    target = export_folder(home, encoder.name)
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".export-") as name:
        folder = Path(name) / "model"
        folder.mkdir()
        try:
            _write_model(encoder, folder)
            worst = _compare(encoder, OnnxEncoder(folder))
        except Exception as error:  # any fault of the exporter means: do without
            logging.getLogger(__name__).warning("encoder export failed: %s", error)
            worst = 0.0
        if worst < MIN_COSINE:
            shutil.rmtree(folder)
            folder.mkdir()
            (folder / "refused.json").write_text(json.dumps({"cosine": worst}), "utf-8")
        shutil.rmtree(target, ignore_errors=True)
        folder.rename(target)
    return worst


def verify_export(home: Path, model: str = DEFAULT_MODEL) -> None:
    """Compare the exported files with the sums taken at export; raises EncoderError."""
    folder = export_folder(home, model)
    if not is_exported(home, model):
        raise EncoderError(f"{folder}: no usable export; run 'waymark ingest'")
    if (folder / "refused.json").exists():
        return
    card: dict[str, Any] = json.loads((folder / "export.json").read_text("utf-8"))
    for name, expected in card["sha256"].items():
        if sha256_of(folder / name) != expected:
            raise EncoderError(f"{folder / name} has changed; remove {folder} and ingest again")


def _compare(encoder: Encoder, other: Encoder) -> float:
    return float(np.min(np.sum(encoder.encode(_PROBES) * other.encode(_PROBES), axis=1)))


def _write_model(encoder: TorchEncoder, folder: Path) -> None:
    import torch

    model = encoder.module
    transformer = model[0].auto_model

    class Sentence(torch.nn.Module):
        """The transformer, mean pooling and unit length in one graph."""

        def __init__(self) -> None:
            super().__init__()
            self.transformer = transformer

        def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
            hidden = self.transformer(input_ids=input_ids, attention_mask=attention_mask)[0]
            weight = attention_mask.unsqueeze(-1).to(hidden.dtype)
            mean = (hidden * weight).sum(1) / weight.sum(1).clamp(min=1e-9)
            return torch.nn.functional.normalize(mean, p=2.0, dim=1)

    # It tells at length that torchvision is not there.
    logging.getLogger("torch.onnx").setLevel(logging.ERROR)
    ids = torch.randint(5, 900, (3, 24), dtype=torch.int64)
    batch, length = torch.export.Dim("batch"), torch.export.Dim("length", max=512)
    dynamic = {0: batch, 1: length}
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()), torch.no_grad():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            Sentence().eval(),
            (ids, torch.ones_like(ids)),
            str(folder / "model.onnx"),
            input_names=["input_ids", "attention_mask"],
            output_names=["vector"],
            dynamic_shapes={"input_ids": dynamic, "attention_mask": dynamic},
            dynamo=True,
            external_data=False,
            optimize=True,
        )
    tokenizer: Any = model.tokenizer
    tokenizer.backend_tokenizer.save(str(folder / "tokenizer.json"))
    names = ("model.onnx", "tokenizer.json")
    card = {
        "version": _EXPORT_VERSION,
        "name": encoder.name,
        "dimension": encoder.dimension,
        "max_pieces": int(model.max_seq_length),
        "pad": int(tokenizer.pad_token_id or 0),
        "sizes": {name: (folder / name).stat().st_size for name in names},
        "sha256": {name: sha256_of(folder / name) for name in names},
    }
    (folder / "export.json").write_text(json.dumps(card, indent=1), "utf-8")
    for name in (*names, "export.json"):
        with (folder / name).open("rb") as stream:
            os.fsync(stream.fileno())
