"""Readers of other formats; each has `to_markdown(path) -> Document`."""
