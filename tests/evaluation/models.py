"""A tiny MiniGPT with weights large enough that every input matters."""

import torch

from minillm.model.minigpt import MiniGPT, ModelConfig


def random_model(vocab_size: int = 30, context: int = 8, dropout: float = 0.5, std: float = 0.3) -> MiniGPT:
    torch.manual_seed(0)
    config = ModelConfig(
        vocab_size=vocab_size,
        dim=16,
        layers=2,
        heads=2,
        feed_forward_dim=32,
        context=context,
        dropout=dropout,
    )
    model = MiniGPT(config)
    for parameter in model.parameters():
        torch.nn.init.normal_(parameter, std=std)
    return model
