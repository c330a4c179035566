import torch

from minillm.tokens.tokenizer import BOS, EOS, PAD, UNK
from minillm.training.augmentation import mask_tokens


def test_masks_the_share_asked_for_and_no_special_token() -> None:
    torch.manual_seed(0)
    inputs = torch.arange(4, 104).repeat(100, 10)
    inputs[:, ::10] = torch.tensor([PAD, BOS, EOS, UNK]).repeat(25)
    masked = mask_tokens(inputs, 0.2)
    special = inputs <= EOS
    assert torch.equal(masked[special], inputs[special])
    changed = masked != inputs
    assert (masked[changed] == UNK).all()
    assert abs(changed[~special].float().mean().item() - 0.2) < 0.005


def test_a_share_of_zero_draws_no_random_number() -> None:
    inputs = torch.arange(4, 20)[None]
    torch.manual_seed(1)
    expected = torch.rand(3)
    torch.manual_seed(1)
    assert torch.equal(mask_tokens(inputs, 0.0), inputs)
    assert torch.equal(torch.rand(3), expected)


def test_another_step_masks_other_tokens() -> None:
    inputs = torch.arange(4, 104)[None]
    torch.manual_seed(1)
    first, second = mask_tokens(inputs, 0.5), mask_tokens(inputs, 0.5)
    torch.manual_seed(1)
    assert torch.equal(mask_tokens(inputs, 0.5), first)
    assert not torch.equal(first, second)
