"""Put the guardrail around a model of your own: behind its stream, and as agent middleware."""

# ruff: noqa: T201 - an example prints

from langchain.agents import create_agent
from langchain_core.language_models import FakeListChatModel
from langchain_core.messages import HumanMessage

from bot.chain import GuardMiddleware, stream_guard

WRONG = "Thanks for asking. On an H-1B you can train for eight years in total."
QUESTION = "How long does H-1B last?"

# A stream: nothing leaves the guard before its sentence has a verdict.
model = FakeListChatModel(responses=[WRONG])
guarded = model | stream_guard(context=QUESTION)
for sentence in guarded.stream(QUESTION):
    print("streamed:", sentence)

# An agent: the message is mended before it enters the conversation (use invoke, not a stream).
agent = create_agent(FakeListChatModel(responses=[WRONG]), middleware=[GuardMiddleware()])
state = agent.invoke({"messages": [HumanMessage(QUESTION)]})
print("agent:", state["messages"][-1].text)
