"""Show an answer as it grows; each one takes the place of the one before."""

# ruff: noqa: T201 - an example prints

from bot import build_waymark

shown = ""
for answer in build_waymark().stream("How long may I train on a J-1?"):
    shown = answer.text
    print(f"{len(answer.sentences)} sentences, {len(shown)} characters")
print()
print(shown)
