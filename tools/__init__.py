"""Small programs around the pipeline, called by the Makefile."""

import sys

from minillm.files import print_any_text

if sys.argv[0] == "-m":  # run, not imported
    print_any_text()
