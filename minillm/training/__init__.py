"""The training loop, the optimizer's schedule and checkpoints."""
