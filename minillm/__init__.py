"""A small language model of one language, from Wikipedia's wikitext to an honest evaluation."""

from minillm.arithmetic import limit_instructions

limit_instructions()
