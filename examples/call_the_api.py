"""Call the HTTP API of `waymark serve`; give its address as the first argument."""

# ruff: noqa: T201 - an example prints

import json
import sys
import urllib.request

address = sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:7860"


def post(path: str, body: dict[str, object], accept: str = "application/json") -> str:
    """POST JSON and return what comes back."""
    headers = {"Content-Type": "application/json", "Accept": accept}
    request = urllib.request.Request(address + path, json.dumps(body).encode(), headers)
    with urllib.request.urlopen(request) as response:
        return response.read().decode()


answer = json.loads(post("/api/answer", {"message": "Can my J-2 spouse work?"}))
print(answer["text"])

events = post("/api/answer", {"message": "Can my J-2 spouse work?"}, accept="text/event-stream")
print([line for line in events.splitlines() if line.startswith("event:")])

verdict = json.loads(post("/api/check", {"text": "H-1B lasts eight years."}))
print(verdict["verdict"], verdict["rule"], verdict["output"])
