"""The index: built in generations, searched by meaning and by words. Only here is Chroma."""

from __future__ import annotations

import hashlib
import os
import queue
import shutil
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from corpus.guide import Guide
from ingest import generations as gens
from ingest.encoder import Encoder, Vectors
from ingest.generations import (
    IndexBusyError,
    IndexDamagedError,
    IndexMissingError,
    IndexSpaceError,
    Progress,
    silent,
)
from ingest.lexical import LexicalIndex, passage_terms
from ingest.passages import Passage, split
from ingest.store import (
    FILE,
    VECTORS,
    Entry,
    Store,
    entries_of,
    write_store,
    write_vectors,
)

# Raised whenever the layout on disk or what is embedded changes.
FORMAT = 4
# Chosen for recall@10 >= 0.995 against exact search at 100,000 entries.
_HNSW = {"space": "cosine", "max_neighbors": 16, "ef_construction": 128, "ef_search": 200}
_COLLECTION = "passages"
_ENCODE_AT_ONCE = 512
# Vector, its copy and links in Chroma, text in the store: measured 6 KB, rounded up.
_BYTES_PER_ENTRY = 10_000
_OPEN_TIMEOUT = 30.0
_RRF = 60
_OWNERS = "owners.npy"
_LEXICAL = "lexical"


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage that fits a query.

    `dense` is the cosine of its best entry, `by_text` that of its text and `by_ask` that of its
    heading or nearest ask; `lexical` is its BM25 score. A rank counts from 1 and is None where the
    passage is not among the best of that kind.
    """

    passage_id: str
    dense: float
    by_text: float
    by_ask: float
    dense_rank: int | None
    lexical: float
    lexical_rank: int | None
    via: Literal["text", "ask"]


class PassageIndex(Protocol):
    """What retrieval asks of an index."""

    def search(self, query_vector: Vectors | None, query_text: str, top_k: int) -> list[Hit]:
        """The best passages by meaning and by words."""
        ...

    def passage(self, passage_id: str) -> Passage:
        """A passage by id; raises KeyError."""
        ...


class Index:
    """One published generation, open for reading; several threads may search at once."""

    def __init__(self, home: Path, generation: Path, timeout: float = _OPEN_TIMEOUT) -> None:
        """Open `generation`; raises IndexDamagedError, also when Chroma does not answer in time."""
        self._home = home
        self.generation = generation
        self._hold = gens.hold(generation)
        try:
            manifest = gens.check_files(generation)
            if manifest["format"] != FORMAT:
                raise IndexDamagedError(
                    f"{generation}: made by another version; run 'waymark ingest'"
                )
            self.version: str = manifest["version"]
            self.encoder_name: str = manifest["encoder"]
            self.counts: Mapping[str, int] = manifest["counts"]
            self._store = Store(generation)
            self._owners: NDArray[np.int32] = np.load(generation / _OWNERS)
            self._starts = np.searchsorted(np.abs(self._owners), np.arange(self.size + 1) + 1)
            self._lexical = LexicalIndex(generation / _LEXICAL, self.size)
            self._client, self._collection = _patiently(
                lambda: _open_chroma(generation, self.counts["searched"]), timeout, generation
            )
        except (OSError, ValueError, KeyError) as error:
            self._hold.close()
            raise IndexDamagedError(
                f"{generation}: cannot be opened ({error}); run ingest"
            ) from error
        except IndexDamagedError:
            self._hold.close()
            raise

    @property
    def size(self) -> int:
        """How many passages there are."""
        return self.counts["passages"]

    def search(self, query_vector: Vectors | None, query_text: str, top_k: int) -> list[Hit]:
        """The union of the `top_k` best passages by meaning and by words, best first.

        `query_vector` is a unit vector of shape (dimension,), or None to search by words alone; an
        empty `query_text` searches by meaning alone. The order is that of reciprocal rank fusion,
        equal ones by id: the same query always gives the same list.
        """
        if top_k < 1 or self.size == 0:
            return []
        dense = self._nearest(query_vector, top_k) if query_vector is not None else {}
        scores = self._lexical.scores(query_text)
        words = _best(scores, top_k)
        ranks = {row: rank for rank, row in enumerate(words, start=1)}
        hits: list[tuple[float, Hit]] = []
        names = self._store.ids([*{*dense, *ranks}])
        for row, name in names.items():
            rank = dense.get(row)
            by_text, by_ask = self._cosines(row, query_vector)
            hit = Hit(
                name,
                max(by_text, by_ask),
                by_text,
                by_ask,
                rank,
                float(scores[row]),
                ranks.get(row),
                "text" if by_text >= by_ask else "ask",
            )
            fused = sum(1 / (_RRF + r) for r in (rank, hit.lexical_rank) if r is not None)
            hits.append((fused, hit))
        hits.sort(key=lambda pair: (-pair[0], pair[1].passage_id))
        return [hit for _, hit in hits]

    def passage(self, passage_id: str) -> Passage:
        """A passage by id; raises KeyError."""
        return self._store.passage_at(self._store.row(passage_id))

    def passages(self) -> list[Passage]:
        """All passages, in the order of their guides."""
        return self._store.passages()

    def guide(self, guide_id: str) -> Guide:
        """A guide by id; raises KeyError."""
        return self._store.guide(guide_id)

    def guides(self) -> list[Guide]:
        """All guides, by id."""
        return self._store.guides()

    def refresh(self) -> Index:
        """This index, or the newer one if a generation was published since.

        The old one stays usable, so that an answer under way ends on what it began with.
        """
        if gens.current_generation(self._home) == self.generation:
            return self
        return open_index(self._home)

    def vectors(self, rows: Sequence[int]) -> Vectors:
        """Stored vectors of entries, shape (len(rows), dimension), for checks."""
        return np.asarray(self._store.vectors[list(rows)], np.float32)

    def probe(self) -> list[str]:
        """Ids of passages that a search with their own vector does not find."""
        names = self._store.passage_ids()
        lost: list[str] = []
        for at in range(0, self.size, 200):
            rows = list(range(at, min(at + 200, self.size)))
            own = self.vectors([int(self._starts[row]) for row in rows])
            found: Any = self._collection.query(
                query_embeddings=own,
                n_results=min(5, self.counts["searched"]),
                include=["distances"],
            )
            for row, near in zip(rows, found["distances"], strict=True):
                # Equal texts share a vector, so the nearest may belong to another passage.
                if not near or near[0] > 1e-4:
                    lost.append(names[row])
        return lost

    def close(self) -> None:
        """Let go of the files; the generation may then be removed."""
        self._client.close()
        self._store.close()
        self._hold.close()

    def _nearest(self, vector: Vectors, top_k: int) -> dict[int, int]:
        """Row of a passage -> rank, for the nearest `top_k` passages."""
        wanted = min(self.counts["searched"], top_k * 3)
        found: Any = self._collection.query(
            query_embeddings=[vector], n_results=wanted, include=["distances"]
        )
        near = sorted(
            zip(found["distances"][0], (int(name) for name in found["ids"][0]), strict=True)
        )
        best: dict[int, int] = {}
        for _, entry in near:
            row = abs(int(self._owners[entry])) - 1
            if row not in best and len(best) < top_k:
                best[row] = len(best) + 1
        return best

    def _cosines(self, row: int, vector: Vectors | None) -> tuple[float, float]:
        """How near a passage's text is, and its heading or nearest ask."""
        if vector is None:
            return 0.0, 0.0
        first, last = int(self._starts[row]), int(self._starts[row + 1])
        cosines = self._store.vectors[first:last] @ vector
        asks = self._owners[first:last] < 0
        return float(cosines[~asks].max()), float(cosines[asks].max())


def open_index(home: Path, timeout: float = _OPEN_TIMEOUT) -> Index:
    """Open the published index.

    Raises:
        IndexMissingError: nothing was built yet.
        IndexDamagedError: it cannot be used; building it again mends that.
    """
    for attempt in range(3):
        generation = gens.current_generation(home)
        try:
            return Index(home, generation, timeout)
        except IndexDamagedError:
            # A writer may have published and removed while we were opening.
            if attempt == 2 or gens.current_generation(home) == generation:
                raise
    raise IndexDamagedError(f"{home}: the index keeps changing; try again")


def build(
    guides: Sequence[Guide],
    home: Path,
    progress: Progress = silent,
    *,
    encoder: Callable[[], Encoder],
    encoder_name: str,
    extra: Mapping[str, Any] | None = None,
) -> str:
    """Build and publish a generation from `guides`; returns its version.

    The caller holds `generations.writer_lock`. Vectors of unchanged texts are taken from the
    published generation; `encoder` is called only if others are needed. `extra` is kept in the
    manifest.

    Raises:
        IndexSpaceError: the disk has no room for another generation.
    """
    passages = [passage for guide in guides for passage in split(guide)]
    entries = entries_of(passages)
    keys = [entry.key(encoder_name) for entry in entries]
    known = _known_vectors(home, encoder_name)
    gens.check_space(home, len(entries) * _BYTES_PER_ENTRY)
    generation = gens.new_generation(home)
    try:
        write_store(generation, guides, passages, keys)
        vectors = _write_vectors(generation, entries, keys, known, encoder, progress)
        LexicalIndex.build([passage_terms(p) for p in passages], generation / _LEXICAL)
        # The text's vector holds the heading too, so headings need no search of their own: they
        # are weighed once a passage is found. That halves the graph of imported guides.
        searched = [row for row, entry in enumerate(entries) if entry.kind != "heading"]
        _fill_chroma(generation, vectors, searched, progress)
    except BaseException:
        shutil.rmtree(generation, ignore_errors=True)
        raise
    version = _version(guides, keys)
    counts = {
        "guides": len(guides),
        "passages": len(passages),
        "entries": len(entries),
        "searched": len(searched),
    }
    manifest = {
        "format": FORMAT,
        "version": version,
        "encoder": encoder_name,
        "dimension": vectors.shape[1],
        "counts": counts,
        **(extra or {}),
    }
    lexical = [f"{_LEXICAL}/{file.name}" for file in (generation / _LEXICAL).iterdir()]
    gens.publish(generation, manifest, [FILE, VECTORS, _OWNERS, *lexical])
    gens.remove_old(home)
    return version


def _write_vectors(
    generation: Path,
    entries: Sequence[Entry],
    keys: Sequence[str],
    known: Mapping[str, Vectors],
    encoder: Callable[[], Encoder],
    progress: Progress,
) -> Vectors:
    blocks = _vectors(entries, keys, known, encoder, progress)
    first = next(blocks)
    write_vectors(generation / VECTORS, chain([first], blocks), (len(entries), first.shape[1]))
    owners = [(e.passage + 1) * (1 if e.kind == "text" else -1) for e in entries]
    np.save(generation / _OWNERS, np.array(owners, np.int32))
    return np.load(generation / VECTORS, mmap_mode="r")


def _vectors(
    entries: Sequence[Entry],
    keys: Sequence[str],
    known: Mapping[str, Vectors],
    make_encoder: Callable[[], Encoder],
    progress: Progress,
) -> Iterator[Vectors]:
    """Vectors in the order of `entries`, in blocks; what is known is not encoded again."""
    missing = {key: e.text for e, key in zip(entries, keys, strict=True) if key not in known}
    encoder = make_encoder() if missing or not known else None
    dimension = encoder.dimension if encoder else len(next(iter(known.values())))
    done = 0
    if not entries:
        yield np.zeros((0, dimension), np.float32)
    for at in range(0, len(entries), _ENCODE_AT_ONCE):
        part = keys[at : at + _ENCODE_AT_ONCE]
        new = [key for key in dict.fromkeys(part) if key in missing]
        made: dict[str, Vectors] = {}
        if new and encoder:
            made = dict(zip(new, encoder.encode([missing[key] for key in new]), strict=True))
        yield np.stack([made[key] if key in made else known[key] for key in part])
        done += len(new)
        progress("embed", done, len(missing))


def _known_vectors(home: Path, encoder_name: str) -> dict[str, Vectors]:
    """Vectors of the published generation by key; none where there is no usable one."""
    try:
        generation = gens.current_generation(home)
        manifest = gens.check_files(generation)
        if manifest["encoder"] != encoder_name:
            return {}
        store = Store(generation)
    except (IndexMissingError, IndexDamagedError):
        return {}
    keys = store.keys()
    store.close()
    return dict(zip(keys, store.vectors, strict=False))


def _version(guides: Sequence[Guide], keys: Sequence[str]) -> str:
    digest = hashlib.sha256()
    for guide in guides:
        digest.update(f"{guide.id}\n{guide.trust}\n{guide.text}\n{guide.sections}\n".encode())
    for key in keys:
        digest.update(key.encode())
    return digest.hexdigest()[:12]


def _best(scores: NDArray[np.float32], top_k: int) -> list[int]:
    """Rows with the highest scores over 0, best first, equal ones in order of row."""
    if len(scores) > top_k:
        rows = np.argpartition(-scores, top_k)[: top_k + 1]
        # All rows as good as the last one count, so that the choice does not hang on the partition.
        rows = np.flatnonzero(scores >= max(scores[rows].min(), np.finfo(np.float32).tiny))
    else:
        rows = np.flatnonzero(scores)
    ordered = sorted(rows.tolist(), key=lambda row: (-float(scores[row]), row))
    return [row for row in ordered if scores[row] > 0][:top_k]


def _chroma(folder: Path) -> Any:  # noqa: ANN401 - its types stay in here
    os.environ.setdefault("ANONYMIZED_TELEMETRY", "False")
    import chromadb
    from chromadb.config import Settings

    settings = Settings(anonymized_telemetry=False, allow_reset=False)
    return chromadb.PersistentClient(str(folder / "chroma"), settings)


def _fill_chroma(
    generation: Path, vectors: Vectors, rows: Sequence[int], progress: Progress
) -> None:
    client = _chroma(generation)
    try:
        collection = client.create_collection(
            _COLLECTION, embedding_function=None, configuration={"hnsw": _HNSW}
        )
        batch = min(2000, client.get_max_batch_size())
        for at in range(0, len(rows), batch):
            part = list(rows[at : at + batch])
            collection.add(ids=[str(row) for row in part], embeddings=np.asarray(vectors[part]))
            progress("index", at + len(part), len(rows))
    finally:
        client.close()


def _open_chroma(generation: Path, entries: int) -> tuple[Any, Any]:
    client = _chroma(generation)
    collection = client.get_collection(_COLLECTION, embedding_function=None)
    if collection.count() != entries:
        raise IndexDamagedError(
            f"{generation}: {collection.count()} vectors of {entries}; run 'waymark ingest'"
        )
    return client, collection


def _patiently(
    opener: Callable[[], tuple[Any, Any]], timeout: float, generation: Path
) -> tuple[Any, Any]:
    """Run `opener` in a thread; raises IndexDamagedError if it fails or takes over `timeout` s."""
    answer: queue.Queue[tuple[Any, Any] | Exception] = queue.Queue(1)

    def run() -> None:
        try:
            answer.put(opener())
        except Exception as error:
            answer.put(error)

    threading.Thread(target=run, daemon=True, name="open-index").start()
    try:
        result = answer.get(timeout=timeout)
    except queue.Empty as error:
        raise IndexDamagedError(
            f"{generation}: did not open within {timeout:.0f} s; "
            "stop other waymark processes and run 'waymark ingest'"
        ) from error
    if isinstance(result, Exception):
        raise IndexDamagedError(
            f"{generation}: cannot be opened ({result}); run ingest"
        ) from result
    return result


__all__ = [
    "FORMAT",
    "Hit",
    "Index",
    "IndexBusyError",
    "IndexDamagedError",
    "IndexMissingError",
    "IndexSpaceError",
    "PassageIndex",
    "build",
    "open_index",
]
