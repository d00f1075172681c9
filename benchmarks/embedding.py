"""Ingest beside the encoder's own batch rate, and the time of an ingest that changes nothing.

python benchmarks/embedding.py
"""

import sys
import tempfile
import time
from pathlib import Path

import measure


def main():
    from ingest.encoder import TorchEncoder
    from ingest.index import open_index
    from ingest.store import entries_of
    from ingest.sync import sync

    encoder = TorchEncoder()
    encoder.encode(["warm up"] * 64)
    spent = {"seconds": 0.0}

    class Timed:
        name, dimension = encoder.name, encoder.dimension

        def encode(self, texts):
            start = time.perf_counter()
            found = encoder.encode(texts)
            spent["seconds"] += time.perf_counter() - start
            return found

    with tempfile.TemporaryDirectory() as name:
        home = Path(name)
        start = time.perf_counter()
        report = sync(home, encoder=Timed)
        whole = time.perf_counter() - start
        index = open_index(home)
        texts = [entry.text for entry in entries_of(index.passages())]
        index.close()
        start = time.perf_counter()
        encoder.encode(texts)
        bare = time.perf_counter() - start
        start = time.perf_counter()
        sync(home, encoder=Timed)
        nothing = time.perf_counter() - start
    out = sys.stdout.write
    out(f"{report.guides} guides, {report.passages} passages, {len(texts)} texts\n")
    out(f"encoder alone        {bare:6.1f} s  {len(texts) / bare:6.1f} texts/s\n")
    out(f"ingest               {whole:6.1f} s  {len(texts) / whole:6.1f} texts/s")
    out(f"  {bare / whole:.2f} of the encoder's rate (goal 0.9)\n")
    out(f"  of it encoding     {spent['seconds']:6.1f} s\n")
    out(f"nothing changed      {nothing:6.2f} s (goal 3)\n")


if __name__ == "__main__":
    assert measure  # puts the project on the path
    main()
