"""The guides, their official sources and the signs of good and bad programs, as data files."""
