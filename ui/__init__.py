"""Pages, HTTP API and the command line."""
