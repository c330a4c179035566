"""What the figures of the documentation were printed by."""

import minillm  # noqa: F401  # before NumPy and torch are loaded: it tells them which instructions to use
