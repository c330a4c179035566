"""A small language model of Spanish, from Wikipedia's wikitext to an honest evaluation."""
