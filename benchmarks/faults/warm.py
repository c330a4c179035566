"""Imported by the server of processes: what torch imports at the first call of this, half of itself."""

import torch

torch.use_deterministic_algorithms(True)
