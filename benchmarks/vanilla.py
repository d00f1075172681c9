"""The plain LangChain stack on our passages: HuggingFaceEmbeddings-like encoder, Chroma, top four.

vanilla.py build FOLDER PASSAGES.jsonl
vanilla.py cold FOLDER "question"        prints the four passages, as its `ask`
vanilla.py warm FOLDER QUESTIONS.json    prints measurements as JSON
"""

import json
import sys
import time
from pathlib import Path

import measure


def embeddings():
    # What langchain-huggingface does, without its pin on an older huggingface-hub.
    from langchain_core.embeddings import Embeddings
    from sentence_transformers import SentenceTransformer

    from ingest.encoder import weights_folder

    class SentenceTransformerEmbeddings(Embeddings):
        def __init__(self):
            self.model = SentenceTransformer(str(weights_folder()))

        def embed_documents(self, texts):
            return self.model.encode(texts, normalize_embeddings=True).tolist()

        def embed_query(self, text):
            return self.embed_documents([text])[0]

    return SentenceTransformerEmbeddings()


def store(folder):
    from langchain_chroma import Chroma

    return Chroma("vanilla", embeddings(), persist_directory=folder)


def build(folder, passages):
    rows = [json.loads(line) for line in Path(passages).read_text("utf-8").splitlines()]
    chroma = store(folder)
    start = time.perf_counter()
    for at in range(0, len(rows), 2000):
        part = rows[at : at + 2000]
        chroma.add_texts([row["text"] for row in part], ids=[row["id"] for row in part])
    print(json.dumps({"seconds": time.perf_counter() - start}))


def chain(folder):
    from langchain_core.runnables import RunnableLambda

    retriever = store(folder).as_retriever(search_kwargs={"k": 4})
    return retriever | RunnableLambda(lambda found: "\n\n".join(d.page_content for d in found))


if __name__ == "__main__":
    command, folder, given = sys.argv[1:4]
    if command == "build":
        build(folder, given)
    elif command == "cold":
        print(chain(folder).invoke(given))
        measure.report_memory()
    else:
        runnable = chain(folder)
        print(json.dumps(measure.warm(runnable.invoke, json.loads(Path(given).read_text("utf-8")))))
