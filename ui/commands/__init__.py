"""One module for each `waymark` command; each is imported only when it is called."""
