"""Run the answer as a LangChain chain, with callbacks that see each step."""

# ruff: noqa: T201 - an example prints

from langchain_core.callbacks import BaseCallbackHandler

from bot import build_waymark
from bot.chain import as_runnable


class Steps(BaseCallbackHandler):
    """Prints the name of each step as it begins."""

    def on_chain_start(self, *seen: object, **more: object) -> None:
        """Called by LangChain before each step."""
        print(f"step: {more.get('name')}")


chain = as_runnable(build_waymark())
answer = chain.invoke(
    {"message": "How many Conrad waivers does each state have?", "history": []},
    config={"callbacks": [Steps()], "run_name": "a resident's question"},
)
print(answer.text)
