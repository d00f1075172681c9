"""Ask a question, then a follow-up, and show the answer with its sources."""

# ruff: noqa: T201 - an example prints

from bot import Turn, build_waymark

waymark = build_waymark()

question = "Can I moonlight on a J-1?"
answer = waymark.answer(question)
print(answer.text)
for citation in answer.citations:
    print(f"[{citation.number}] {citation.guide_title}: {citation.heading}")

follow_up = waymark.answer("and on H-1B?", [Turn(question, answer)])
print()
print(follow_up.text)
