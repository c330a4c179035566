"""English, and en.wikipedia.org."""
