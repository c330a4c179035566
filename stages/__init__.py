"""The stages of the pipeline, a page each, run as `python -m stages.NAME`."""

import ctypes
import signal
import sys

_PR_SET_PDEATHSIG = 1  # linux/prctl.h

# argv[0] is "-m" until the page is found. minillm/stage.py asks for the same, but only after the imports of
# the page, which for train take seconds: a `dvc` killed in them would leave an orphan behind.
if sys.platform == "linux" and sys.argv[0] == "-m":
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
