"""Wikitext to plain text: scanner, templates, holes, layout, normalization. It knows no language."""
