"""Typed facts about the asker and what follows from them by dated, pure rules."""

from guardrails.conclusions import Conclusion, Missing, Verdict, conclude
from guardrails.facts import Fact, FactName, Situation, Training, Value, read_plan, write_plan

__all__ = [
    "Conclusion",
    "Fact",
    "FactName",
    "Missing",
    "Situation",
    "Training",
    "Value",
    "Verdict",
    "conclude",
    "read_plan",
    "write_plan",
]
