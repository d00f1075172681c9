"""Guides, passages and vectors of one generation on disk: SQLite beside a flat array."""

from __future__ import annotations

import hashlib
import json
import sqlite3
import threading
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any, Literal, cast

import numpy as np
from numpy.typing import NDArray

from corpus.guide import Guide, Scope, SectionMeta
from ingest.encoder import Vectors
from ingest.generations import IndexDamagedError
from ingest.passages import MAX_WORDS, Passage

FILE = "store.sqlite"
VECTORS = "vectors.npy"
_CACHED = 4096

EntryKind = Literal["text", "heading", "ask"]


@dataclass(frozen=True, slots=True)
class Entry:
    """One text that has a vector: (a window of) a passage, its heading, or one of its asks."""

    passage: int
    kind: EntryKind
    text: str

    def key(self, encoder: str) -> str:
        """Equal for equal texts under one encoder, so that a vector is made only once."""
        return hashlib.sha256(f"{encoder}\n{self.text}".encode()).hexdigest()[:32]


def entries_of(passages: Sequence[Passage]) -> list[Entry]:
    """What is embedded of each passage, in the order of the passages."""
    found: list[Entry] = []
    for row, passage in enumerate(passages):
        windows = _windows(passage.text)
        found += [Entry(row, "text", f"{passage.heading}\n{window}") for window in windows]
        # A heading is a question too: by itself it is nearer to a short question than its section.
        found.append(Entry(row, "heading", passage.heading))
        found += [Entry(row, "ask", ask) for ask in passage.asks]
    return found


def _windows(text: str) -> Iterator[str]:
    words = text.split()
    if len(words) <= MAX_WORDS:
        yield text
        return
    # Half a window of overlap: what stands at a border is seen whole once.
    for at in range(0, len(words) - MAX_WORDS // 2, MAX_WORDS // 2):
        yield " ".join(words[at : at + MAX_WORDS])


def write_store(
    folder: Path, guides: Sequence[Guide], passages: Sequence[Passage], keys: Sequence[str]
) -> None:
    """Write guides, passages and the keys of the vectors (by row) into a new store."""
    with closing(sqlite3.connect(folder / FILE)) as base:
        base.executescript(
            "CREATE TABLE guide (id TEXT PRIMARY KEY, data TEXT NOT NULL);"
            "CREATE TABLE passage (row INTEGER PRIMARY KEY, id TEXT UNIQUE, guide TEXT, data TEXT);"
            "CREATE TABLE vector (row INTEGER PRIMARY KEY, key TEXT NOT NULL);"
        )
        base.executemany("INSERT INTO guide VALUES (?, ?)", ((g.id, pack_guide(g)) for g in guides))
        base.executemany(
            "INSERT INTO passage VALUES (?, ?, ?, ?)",
            ((row, p.id, p.guide_id, _pack(p)) for row, p in enumerate(passages)),
        )
        base.executemany("INSERT INTO vector VALUES (?, ?)", enumerate(keys))
        base.commit()


class Store:
    """Reads a finished store; safe to use from several threads."""

    def __init__(self, folder: Path) -> None:
        """Open the store in `folder`; raises IndexDamagedError."""
        try:
            uri = f"{(folder / FILE).absolute().as_uri()}?mode=ro&immutable=1"
            self._base = sqlite3.connect(uri, uri=True, check_same_thread=False)
            self.vectors: Vectors = np.load(folder / VECTORS, mmap_mode="r")
        except (sqlite3.Error, OSError, ValueError) as error:
            raise IndexDamagedError(f"{folder}: cannot be opened ({error}); run ingest") from error
        self._lock = threading.Lock()
        self._passages: OrderedDict[int, Passage] = OrderedDict()
        self._rows: dict[str, int] = {}
        self._guides: dict[str, Guide] = {}

    def close(self) -> None:
        """Close the database."""
        with self._lock:
            self._base.close()

    def keys(self) -> list[str]:
        """The key of each vector, by row."""
        return [key for (key,) in self._select("SELECT key FROM vector ORDER BY row")]

    def passage_ids(self) -> list[str]:
        """All passage ids, by row."""
        return [name for (name,) in self._select("SELECT id FROM passage ORDER BY row")]

    def row(self, passage_id: str) -> int:
        """The row of a passage; raises KeyError."""
        if passage_id not in self._rows:
            found = self._select("SELECT row FROM passage WHERE id = ?", passage_id)
            if not found:
                raise KeyError(f"no passage '{passage_id}' in the index")
            self._rows[passage_id] = found[0][0]
        return self._rows[passage_id]

    def ids(self, rows: Sequence[int]) -> dict[int, str]:
        """Passage ids by row, without reading the passages."""
        marks = ",".join("?" * len(rows))
        return dict(self._select(f"SELECT row, id FROM passage WHERE row IN ({marks})", *rows))

    def passage_at(self, row: int) -> Passage:
        """The passage in a row."""
        with self._lock:
            if row in self._passages:
                self._passages.move_to_end(row)
                return self._passages[row]
        ((data,),) = self._select("SELECT data FROM passage WHERE row = ?", row)
        passage = _unpack(data)
        with self._lock:
            self._passages[row] = passage
            while len(self._passages) > _CACHED:
                self._passages.popitem(last=False)
        return passage

    def passages(self) -> list[Passage]:
        """All passages, by row."""
        return [_unpack(data) for (data,) in self._select("SELECT data FROM passage ORDER BY row")]

    def guide(self, guide_id: str) -> Guide:
        """A guide; raises KeyError."""
        if guide_id not in self._guides:
            found = self._select("SELECT data FROM guide WHERE id = ?", guide_id)
            if not found:
                raise KeyError(f"no guide '{guide_id}' in the index")
            self._guides[guide_id] = unpack_guide(found[0][0])
        return self._guides[guide_id]

    def guides(self) -> list[Guide]:
        """All guides by id."""
        return [
            unpack_guide(data) for (data,) in self._select("SELECT data FROM guide ORDER BY id")
        ]

    def _select(self, sql: str, *values: object) -> list[Any]:
        with self._lock:
            try:
                return self._base.execute(sql, values).fetchall()
            except sqlite3.DatabaseError as error:
                raise IndexDamagedError(
                    f"the index cannot be read ({error}); run ingest"
                ) from error


def write_vectors(file: Path, rows: Iterable[Vectors], shape: tuple[int, int]) -> None:
    """Write blocks of vectors one after the other into a NumPy file of `shape`."""
    target: NDArray[np.float32] = np.lib.format.open_memmap(file, "w+", np.float32, shape)
    at = 0
    for block in rows:
        target[at : at + len(block)] = block
        at += len(block)
    target.flush()


def pack_guide(guide: Guide) -> str:
    """A guide as JSON."""
    return _json({**asdict(guide), "sections": {k: asdict(m) for k, m in guide.sections.items()}})


def unpack_guide(data: str) -> Guide:
    """A guide from its JSON."""
    raw: dict[str, Any] = json.loads(data)
    raw["sections"] = {
        slug: SectionMeta(**_common(meta))
        for slug, meta in cast("dict[str, dict[str, Any]]", raw["sections"]).items()
    }
    raw["authorities"] = tuple(raw["authorities"])
    raw["reviewed"] = _day(raw["reviewed"])
    return Guide(**raw)


def _pack(passage: Passage) -> str:
    return _json(asdict(passage))


def _unpack(data: str) -> Passage:
    raw: dict[str, Any] = json.loads(data)
    found = _common(raw)
    found["path"] = tuple(raw["path"])
    return Passage(**found)


def _common(raw: dict[str, Any]) -> dict[str, Any]:
    scope = raw["scope"]
    return {
        **raw,
        "scope": Scope(tuple(scope["visa"]), tuple(scope["stage"])),
        "rules": tuple(raw["rules"]),
        "authorities": tuple(raw["authorities"]),
        "asks": tuple(raw["asks"]),
        "signs": tuple(raw["signs"]),
        "as_of": _day(raw["as_of"]),
    }


def _day(raw: str | None) -> date | None:
    return date.fromisoformat(raw) if raw else None


def _json(value: dict[str, Any]) -> str:
    return json.dumps(value, default=str, ensure_ascii=False, separators=(",", ":"))
