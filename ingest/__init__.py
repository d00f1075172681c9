"""From files to passages that can be found: reading, splitting, encoding, indexing."""
