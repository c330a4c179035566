"""A small language model of Spanish, from Wikipedia's wikitext to an honest evaluation."""

import os

# Read when torch loads. GNU OpenMP lets a thread that waits for the others spin for a long while; when
# another program wants that core, a training step of 0.16 s takes 1.0 s (2 cores, one of them busy). Giving
# the core up after 1,000 spins makes it 0.28 s, and costs nothing on an idle machine.
os.environ.setdefault("GOMP_SPINCOUNT", "1000")
