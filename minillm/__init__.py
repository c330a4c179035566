"""A small language model, of Spanish or another language, from wikitext to an honest evaluation."""

from minillm.arithmetic import limit_instructions

limit_instructions()
