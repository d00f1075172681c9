"""The baseline: what a tutorial builds on the same guides, LangChain and Chroma, top-k, no more."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from time import perf_counter
from typing import Any

from .bots import RANKED, TOP_K, as_passages
from .replies import Reply

CHUNK_CHARACTERS = 800
CHUNK_OVERLAP = 100


@dataclass
class BaselineBot:
    """RecursiveCharacterTextSplitter, all-MiniLM-L6-v2, Chroma in memory, the three best chunks."""

    store: Any
    corpus: str
    spans: dict[str, list[tuple[int, int, str]]]
    name: str = "baseline"

    @classmethod
    def build(cls) -> BaselineBot:
        """Split and embed our own guides anew, as a newcomer would (half a minute)."""
        from langchain_chroma import Chroma
        from langchain_core.documents import Document
        from langchain_text_splitters import RecursiveCharacterTextSplitter

        from bot.build import open_library
        from bot.settings import load_settings
        from ingest.export import query_encoder

        logging.getLogger("chromadb.telemetry").disabled = True
        settings = load_settings()
        library = open_library(settings)
        splitter = RecursiveCharacterTextSplitter(
            chunk_size=CHUNK_CHARACTERS, chunk_overlap=CHUNK_OVERLAP, add_start_index=True
        )
        guides = [
            Document(guide.text, metadata={"guide_id": guide.id, "title": guide.title})
            for guide in library.guides()
            if guide.id != "rules"
        ]
        chunks = splitter.split_documents(guides)
        embeddings = _Embeddings(query_encoder(settings.home, settings.encoder))
        store = Chroma("baseline", embeddings, collection_metadata={"hnsw:space": "cosine"})  # type: ignore[arg-type]
        for at in range(0, len(chunks), 500):
            store.add_documents(chunks[at : at + 500])
        spans = {
            guide.id: [(p.start, p.end, p.id) for p in library.passages() if p.guide_id == guide.id]
            for guide in library.guides()
        }
        return cls(store, library.version, spans)

    def converse(self, sample_id: str, turns: Sequence[str], on: date) -> list[Reply]:
        """Each message stands alone; whatever is nearest is shown."""
        return [self._answer(message) for message in turns]

    def versions(self) -> dict[str, str]:
        """The corpus decides; the settings are fixed."""
        return {"corpus": self.corpus, "model": "langchain+chroma top-3"}

    def _answer(self, message: str) -> Reply:
        start = perf_counter()
        found = self.store.similarity_search(message or " ", k=RANKED)
        spent = (perf_counter() - start) * 1000
        rows = [self._row(document) for document in found]
        reply = as_passages(rows[:TOP_K], spent)
        return reply.model_copy(update={"ranked": [row[0] for row in rows]})

    def _row(self, document: Any) -> tuple[str, str, str, str, int, int]:  # noqa: ANN401 - a Document
        """A chunk, named by the passage in which its middle lies."""
        guide = str(document.metadata["guide_id"])
        start = int(document.metadata.get("start_index", -1))
        text = str(document.page_content)
        middle = start + len(text) // 2
        spans = self.spans.get(guide, [])
        passage = next((name for low, high, name in spans if low <= middle < high), guide)
        title = str(document.metadata.get("title", ""))
        return passage, guide, title, text, start, start + len(text)


class _Embeddings:
    """LangChain's two methods over our encoder: same weights, so only the method differs."""

    def __init__(self, encoder: Any) -> None:  # noqa: ANN401 - ingest's Encoder protocol
        self._encoder = encoder

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """Vectors of the texts."""
        return [vector.tolist() for vector in self._encoder.encode(texts)]

    def embed_query(self, text: str) -> list[float]:
        """The vector of a query."""
        vector: list[float] = self._encoder.encode([text])[0].tolist()
        return vector
