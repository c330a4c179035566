"""Text that is a little different in every epoch: masked input tokens.

A share of the input tokens becomes [UNK] (word dropout, Bowman et al. 2016): the model has to predict the
same targets from less, and cannot lean on one word. [BOS] and [EOS] stay: they say where an article begins.
"""

import torch
from torch import Tensor

from minillm.model.draws import generator
from minillm.tokens.tokenizer import EOS, UNK


def mask_tokens(inputs: Tensor, share: float) -> Tensor:
    """Replace a random share of the ids (B, T) by [UNK], special tokens excepted."""
    if share == 0:
        return inputs
    chosen = torch.rand(inputs.shape, device=inputs.device, generator=generator()) < share
    return inputs.masked_fill(chosen & (inputs > EOS), UNK)
