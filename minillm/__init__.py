"""A small language model of Spanish, from Wikipedia's wikitext to an honest evaluation."""

import os

from minillm.arithmetic import limit_instructions

# Read when torch loads. GNU OpenMP lets a thread that waits for the others spin for a long while, in the
# way of other programs and of itself: with one of two cores taken, a training step of 146 ms takes 417, and
# 313 if threads give the core up after 1,000 spins, at no cost on an idle machine.
os.environ.setdefault("GOMP_SPINCOUNT", "1000")
limit_instructions()
