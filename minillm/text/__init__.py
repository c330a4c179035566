"""Wikitext to plain text: scanner, templates, normalization, quality rules, duplicates."""
