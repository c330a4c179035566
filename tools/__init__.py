"""Small programs around the pipeline, called by the Makefile."""

import signal
import sys

from minillm.errors import interrupt_in_one_line
from minillm.files import print_any_text

if sys.argv[0] == "-m":  # run, not imported
    interrupt_in_one_line()
    print_any_text()
    if hasattr(signal, "SIGPIPE"):  # `| head` has seen enough: end as every program does
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
