import math

import numpy as np
import pytest
import torch
from torch import nn

from minillm.tokens.kneser_ney import KneserNey
from minillm.tokens.tokenizer import BOS, EOS, PAD
from minillm.training import loss as loss_module
from minillm.training.loss import fused_loss
from minillm.training.smoothing import BigramSmoothing
from tests.tokens.corpus import shard_of

CPU = torch.device("cpu")
VOCAB_SIZE = 30


def articles(count: int, seed: int) -> list[list[int]]:
    """Ids 5 to 27, the small ones often; 28 and 29 are never seen."""
    random = np.random.default_rng(seed)
    return [(5 + random.geometric(0.2, size=25).clip(max=23) - 1).tolist() for _ in range(count)]


def distributions(train: list[list[int]]) -> torch.Tensor:
    """(V, V) in float64: asked of Kneser–Ney word by word, each after an article's beginning like it."""
    model = KneserNey(shard_of(train), VOCAB_SIZE, order=2)
    table = torch.zeros(VOCAB_SIZE, VOCAB_SIZE, dtype=torch.float64)
    for context in range(VOCAB_SIZE):
        pairs = [[context, token] for token in range(VOCAB_SIZE)]
        table[context] = torch.tensor([math.exp(-nll[1]) for _, nll in model.nll(shard_of(pairs))])
    return table


def test_the_distribution_after_each_token_is_kneser_neys() -> None:
    train = articles(30, seed=0)
    table = distributions(train)
    smoothing = BigramSmoothing(shard_of(train), VOCAB_SIZE, CPU)
    contexts = torch.tensor([7, 5, 29, 7, EOS, 12])  # frequent, unseen, twice the same
    p = torch.zeros(len(contexts), VOCAB_SIZE)
    smoothing.targets_after(contexts)(slice(None)).subtract_from(p, 1.0)
    torch.testing.assert_close(-p.double(), table[contexts], rtol=1e-5, atol=1e-8)
    torch.testing.assert_close(-p.sum(1), torch.ones(len(contexts)))
    assert (-p[0]).max() > 2 * (-p[2]).max(), "no context says more than none"


@pytest.mark.parametrize("chunk_rows", [1, 4, 1024])
def test_loss_and_gradients_equal_the_formula_in_float64(
    monkeypatch: pytest.MonkeyPatch, chunk_rows: int
) -> None:
    monkeypatch.setattr(loss_module, "_CHUNK_ROWS", chunk_rows)
    train = articles(30, seed=1)
    torch.manual_seed(0)
    head, hidden = nn.Linear(16, VOCAB_SIZE), torch.randn(3, 7, 16, requires_grad=True)
    inputs, targets = torch.randint(1, VOCAB_SIZE, (2, 3, 7)).unbind()
    targets[1, 4:] = PAD
    expected = BigramSmoothing(shard_of(train), VOCAB_SIZE, CPU).targets_after(inputs)
    found = fused_loss(hidden, targets, head, 0.3, torch.float32, None, expected)
    grads = torch.autograd.grad(found.loss, [hidden, head.weight, head.bias])

    exact = nn.Linear(16, VOCAB_SIZE).double()
    exact.load_state_dict({name: value.double() for name, value in head.state_dict().items()})
    exact_hidden = hidden.detach().double().requires_grad_()
    log_p = exact(exact_hidden).log_softmax(2)
    one_hot = torch.nn.functional.one_hot(targets, VOCAB_SIZE)
    wanted = 0.7 * one_hot + 0.3 * distributions(train)[inputs]
    losses = -(wanted * log_p).sum(2)[targets != PAD]
    exact_grads = torch.autograd.grad(losses.mean(), [exact_hidden, exact.weight, exact.bias])
    assert math.isclose(found.loss.item(), losses.mean().item(), rel_tol=1e-6)
    for grad, exact_grad in zip(grads, exact_grads, strict=True):
        assert exact_grad.abs().max() > 1e-3
        torch.testing.assert_close(grad.double(), exact_grad, atol=1e-7, rtol=1e-5)


def test_an_articles_first_word_is_expected_after_its_beginning() -> None:
    smoothing = BigramSmoothing(shard_of([[9, 8], [9, 7], [9, 6]] * 20), VOCAB_SIZE, CPU)
    p = torch.zeros(1, VOCAB_SIZE)
    smoothing.targets_after(torch.tensor([BOS]))(slice(None)).subtract_from(p, 1.0)
    assert -p[0, 9] > 0.9
