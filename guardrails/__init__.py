"""Deterministic rules: what the law says, and whether a sentence may be shown."""
