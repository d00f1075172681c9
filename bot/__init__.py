"""From a question to a cited, guarded answer."""
