"""How search grows with the corpus: 300, 10,000 and 100,000 passages made from our own sentences.

    python benchmarks/growth.py [SIZE ...]

Vectors are those of the published index with noise added, so that neighbourhoods look like real
ones without hours of encoding. Told for each size: build time, warm p50 and p95 of a search, and
recall@10 of Chroma against exact search.
"""

import random
import resource
import sys
import tempfile
import time
import zlib
from pathlib import Path

import measure
import numpy as np

NOISE = 0.6
QUERIES = 200


class NoisyEncoder:
    """A real vector picked by the text's hash, with noise that belongs to the text."""

    name = "noisy"

    def __init__(self, bases):
        self.bases = bases
        self.dimension = bases.shape[1]

    def encode(self, texts):
        rows = []
        for text in texts:
            seed = zlib.crc32(text.encode())
            noise = np.random.default_rng(seed).normal(size=self.dimension)
            base = self.bases[seed % len(self.bases)]
            rows.append(base + NOISE * noise / np.linalg.norm(noise))
        found = np.array(rows, np.float32)
        return found / np.linalg.norm(found, axis=1, keepdims=True)


def guides_of(size, lines):
    from corpus.guide import Guide

    pick = random.Random(size)
    for number in range(max(1, size // 10)):
        sections = (
            f"## Question {number} {part} {pick.choice(lines)[:60]}\n\n"
            + " ".join(pick.choices(lines, k=8))
            for part in range(min(10, size))
        )
        text = "\n\n".join(sections) + "\n"
        yield Guide(f"g{number}", f"Guide {number}", "imported", "imported", None, (), text)


def recall(index, queries):
    from ingest import index as module

    rows = np.sort([int(name) for name in index._collection.get(include=[])["ids"]])
    vectors = np.load(index.generation / module.VECTORS)[rows]
    found = total = 0
    for query in queries:
        exact = np.argsort(-(vectors @ query), kind="stable")[:10]
        near = index._collection.query(query_embeddings=[query], n_results=10)["ids"][0]
        # Equal cosines may change places; what counts is that nothing nearer is missing.
        edge = float(vectors[exact[-1]] @ query) - 1e-6
        found += sum(
            float(vectors[np.searchsorted(rows, int(name))] @ query) >= edge for name in near
        )
        total += 10
    return found / total


def parts(index, queries, texts):
    """p50 in ms of each part of a search."""

    def p50(work, given):
        times = []
        for one in given:
            start = time.perf_counter()
            work(one)
            times.append((time.perf_counter() - start) * 1000)
        return sorted(times)[len(times) // 2]

    rows = list(range(0, index.size, max(1, index.size // 50)))[:50]
    return {
        "chroma": p50(lambda query: index._nearest(query, 24), queries),
        "words": p50(index._lexical.scores, texts),
        "cosines": p50(lambda query: [index._cosines(row, query) for row in rows], queries),
        "ids": p50(lambda _: index._store.ids(rows), texts),
    }


def run(size, bases, lines):
    from ingest.generations import writer_lock
    from ingest.index import build, open_index

    encoder = NoisyEncoder(bases)
    with tempfile.TemporaryDirectory() as name:
        home = Path(name)
        start = time.perf_counter()
        with writer_lock(home):
            guides = list(guides_of(size, lines))
            build(guides, home, encoder=lambda: encoder, encoder_name="noisy")
        seconds = time.perf_counter() - start
        start = time.perf_counter()
        index = open_index(home)
        opened = time.perf_counter() - start
        pick = random.Random(1)
        texts = [" ".join(pick.choice(lines).split()[:12]) for _ in range(QUERIES)]
        queries = encoder.encode(texts)
        for query, text in zip(queries[:20], texts[:20], strict=True):
            index.search(query, text, 24)
        times = []
        for query, text in zip(queries, texts, strict=True):
            start = time.perf_counter()
            index.search(query, text, 24)
            times.append((time.perf_counter() - start) * 1000)
        times.sort()
        print(
            f"{index.size:8} passages {index.counts['searched']:8} searched  build {seconds:7.1f} s"
            f"  open {opened:5.2f} s  p50 {times[len(times) // 2]:6.2f} ms"
            f"  p95 {times[int(len(times) * 0.95)]:6.2f} ms  recall@10 {recall(index, queries):.4f}"
            f"  peak {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MiB",
            flush=True,
        )
        told = (f"{name} {ms:.2f}" for name, ms in parts(index, queries, texts).items())
        print(f"{'':18} p50 in ms: {', '.join(told)}", flush=True)
        index.close()


def main():
    from bot.settings import load_settings
    from ingest.index import open_index
    from ingest.passages import sentences

    index = open_index(load_settings().home)
    lines = [s.text for p in index.passages() for s in sentences(p) if len(s.text.split()) > 6]
    bases = np.array(np.load(index.generation / "vectors.npy"))
    index.close()
    for size in map(int, sys.argv[1:] or ["300", "10000", "100000"]):
        run(size, bases, lines)


if __name__ == "__main__":
    assert measure  # puts the project on the path
    main()
