"""Give the guides to an agent of your own as a tool, and use the retriever by itself."""

# ruff: noqa: T201 - an example prints

from bot import build_waymark
from bot.chain import WaymarkRetriever, retriever_tool

waymark = build_waymark()

for document in WaymarkRetriever(waymark=waymark, k=3).invoke("two-year home requirement"):
    print(f"{document.metadata['passage_id']}: {document.metadata['heading']}")

tool = retriever_tool(waymark, k=2)
print(f"\n{tool.name}: {tool.description[:60]}...")
print(tool.invoke({"query": "H-1B lottery and university hospitals"})[:200])
