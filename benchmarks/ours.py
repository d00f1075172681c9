"""The same measurements on Waymark.

    ours.py cold HOME "question" [retrieval|answer]
    ours.py warm HOME QUESTIONS.json [retrieval|answer]

`retrieval` finds and prints passages as the plain stack does; `answer` is the whole way.
"""

import json
import sys
from pathlib import Path

import measure


def retrieval(home):
    from ingest.export import query_encoder
    from ingest.index import open_index
    from ingest.terms import normalise_query

    index, encoder = open_index(home), query_encoder(home)

    def find(question):
        vector = encoder.encode([normalise_query(question)])[0]
        hits = index.search(vector, question, 24)[:4]
        return "\n\n".join(index.passage(hit.passage_id).text for hit in hits)

    return find


def answer(home):
    from bot.build import build_waymark
    from bot.settings import Settings

    waymark = build_waymark(Settings(home=home))
    return lambda question: waymark.answer(question).text


if __name__ == "__main__":
    command, folder, given, part = [*sys.argv[1:], "answer"][:4]
    ask = {"retrieval": retrieval, "answer": answer}[part](Path(folder))
    if command == "cold":
        print(ask(given))
        measure.report_memory()
    else:
        print(json.dumps(measure.warm(ask, json.loads(Path(given).read_text("utf-8")))))
