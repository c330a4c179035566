import torch

from minillm.model.minigpt import MiniGPT, ModelConfig
from minillm.training.schedule import learning_rate, make_optimizer
from tests.tokens.test_batches import params

CONFIG = ModelConfig(vocab_size=9, dim=4, layers=1, heads=1, feed_forward_dim=8, context=4, dropout=0.0)


def test_the_learning_rate_rises_linearly_then_falls_linearly_towards_zero() -> None:
    settings = params(lr=1.0, warmup_steps=4)
    rates = [learning_rate(step, 10, settings) for step in range(10)]
    expected = [0.25, 0.5, 0.75, 1.0, 1.0, 5 / 6, 4 / 6, 3 / 6, 2 / 6, 1 / 6]
    assert all(abs(a - b) < 1e-12 for a, b in zip(rates, expected, strict=True))


def test_without_warm_up_the_first_step_has_the_full_rate() -> None:
    assert learning_rate(0, 5, params(lr=0.5, warmup_steps=0)) == 0.5


def test_a_warm_up_longer_than_the_run_is_cut_off_on_its_way_up() -> None:
    rates = [learning_rate(step, 3, params(lr=1.0, warmup_steps=10)) for step in range(3)]
    assert rates == [0.1, 0.2, 0.3]


def test_weight_decay_shrinks_matrices_and_leaves_biases_and_norms() -> None:
    model = MiniGPT(CONFIG)
    optimizer = make_optimizer(model, params(weight_decay=0.5, lr=0.1))
    before = {name: parameter.detach().clone() for name, parameter in model.named_parameters()}
    for parameter in model.parameters():
        parameter.grad = torch.zeros_like(parameter)
    optimizer.step()
    kinds = {1: 0, 2: 0}
    for name, parameter in model.named_parameters():
        factor = 1 - 0.1 * 0.5 if parameter.ndim == 2 else 1.0
        torch.testing.assert_close(parameter.detach(), before[name] * factor)
        kinds[parameter.ndim] += 1
    assert min(kinds.values()) > 5


def test_a_step_is_adamws() -> None:
    torch.manual_seed(0)
    ours = MiniGPT(CONFIG)
    theirs = MiniGPT(CONFIG)
    theirs.load_state_dict(ours.state_dict())
    optimizer = make_optimizer(ours, params(lr=0.01, weight_decay=0.0, betas=[0.8, 0.9]))
    reference = torch.optim.AdamW(theirs.parameters(), 0.01, (0.8, 0.9), weight_decay=0.0, foreach=False)
    for step in range(3):
        for a, b in zip(ours.parameters(), theirs.parameters(), strict=True):
            a.grad = torch.randn(a.shape, generator=torch.Generator().manual_seed(step))
            b.grad = a.grad.clone()
        optimizer.step()
        reference.step()
    for a, b in zip(ours.parameters(), theirs.parameters(), strict=True):
        torch.testing.assert_close(a, b)
