"""Spanish, and es.wikipedia.org."""
