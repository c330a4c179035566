import pytest
import torch
from torch import nn

from minillm.model.minigpt import MiniGPT, ModelConfig
from minillm.training.adamw import AdamW
from minillm.training.muon import Muon
from minillm.training.optimizer import build_optimizers
from tests.tokens.test_batches import params

CONFIG = ModelConfig(vocab_size=9, dim=4, layers=1, heads=1, feed_forward_dim=8, context=4, dropout=0.0)


def test_weight_decay_shrinks_matrices_and_leaves_biases_and_norms() -> None:
    model = MiniGPT(CONFIG)
    [optimizer] = build_optimizers(dict(model.named_parameters()), params(weight_decay=0.5, lr=0.1))
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
    [optimizer] = build_optimizers(
        dict(ours.named_parameters()), params(lr=0.01, weight_decay=0.0, betas=[0.8, 0.9])
    )
    reference = torch.optim.AdamW(theirs.parameters(), 0.01, (0.8, 0.9), weight_decay=0.0, fused=True)
    for step in range(3):
        for a, b in zip(ours.parameters(), theirs.parameters(), strict=True):
            a.grad = torch.randn(a.shape, generator=torch.Generator().manual_seed(step))
            b.grad = a.grad.clone()
        optimizer.step()
        reference.step()
    for a, b in zip(ours.parameters(), theirs.parameters(), strict=True):
        assert torch.equal(a, b)


def test_muon_takes_the_blocks_matrices_and_adamw_everything_else() -> None:
    model = MiniGPT(CONFIG)
    muon, adamw = build_optimizers(
        dict(model.named_parameters()), params(optimizer="muon", lr=0.1, weight_decay=0.5)
    )
    assert (type(muon), type(adamw)) == (Muon, AdamW)
    names = {id(parameter): name for name, parameter in model.named_parameters()}
    taken = [{names[id(p)] for group in o.param_groups for p in group["params"]} for o in (muon, adamw)]
    assert taken[0] == {
        "blocks.0.attention.query_key_value.weight",
        "blocks.0.attention.output.weight",
        "blocks.0.feed_forward.input.weight",
        "blocks.0.feed_forward.output.weight",
    }
    assert taken[0] | taken[1] == set(names.values())
    assert not taken[0] & taken[1]
    assert {group["weight_decay"] for group in muon.param_groups} == {0.5}


def test_muons_step_is_orthogonal_and_as_large_as_adamws() -> None:
    torch.manual_seed(0)
    model = MiniGPT(CONFIG)
    muon, _ = build_optimizers(
        dict(model.named_parameters()), params(optimizer="muon", lr=0.1, weight_decay=0.0)
    )
    weight = model.blocks[0].feed_forward.input.weight  # (8, 4)
    before = weight.detach().clone()
    weight.grad = torch.randn(8, 4) * 1000
    muon.step()
    step = (before - weight.detach()) / (0.1 * 0.2 * 8**0.5)
    singular_values = torch.linalg.svdvals(step)
    assert 0.5 < singular_values.min() <= singular_values.max() < 1.3  # what five iterations leave of 1
    update = (before - weight.detach()).square().mean().sqrt().item()
    assert 0.6 < update / (0.1 * 0.2) < 1.3  # AdamW's updates have a root mean square of about 0.2 · lr


def test_muon_is_torchs_up_to_the_rounding_of_bfloat16() -> None:
    ours, theirs = (
        [nn.Parameter(torch.linspace(-1, 1, 8 * c).sin().reshape(8, c)) for c in (4, 4, 16)] for _ in range(2)
    )
    muon = Muon([{"params": ours}], lr=0.1, weight_decay=0.5, dtype=torch.float32)
    reference = torch.optim.Muon(theirs, lr=0.1, weight_decay=0.5, adjust_lr_fn="match_rms_adamw")
    start = [parameter.detach().clone() for parameter in ours]
    random = torch.Generator().manual_seed(0)
    for _ in range(3):
        for a, b in zip(ours, theirs, strict=True):
            a.grad = torch.randn(a.shape, generator=random)
            b.grad = a.grad.clone()
        muon.step()
        reference.step()
    for a, b, before in zip(ours, theirs, start, strict=True):
        assert (a - before).norm() > 0.1  # it moved
        torch.testing.assert_close(a, b, rtol=0, atol=0.01)


def test_muon_orthogonalizes_queries_keys_and_values_each_for_itself() -> None:
    torch.manual_seed(0)
    model = MiniGPT(CONFIG)
    muon, _ = build_optimizers(
        dict(model.named_parameters()), params(optimizer="muon", lr=0.1, weight_decay=0.5)
    )
    weight = model.blocks[0].attention.query_key_value.weight  # (12, 4)
    parts = [nn.Parameter(part.clone()) for part in weight.detach().chunk(3)]
    apart = Muon([{"params": parts}], lr=0.1, weight_decay=0.5, dtype=torch.float32)
    together = nn.Parameter(weight.detach().clone())
    joint = Muon([{"params": [together]}], lr=0.1, weight_decay=0.5, dtype=torch.float32)
    for _ in range(2):
        weight.grad = torch.randn(12, 4) * torch.tensor([1.0, 10, 1000]).repeat_interleave(4)[:, None]
        together.grad = weight.grad.clone()
        for part, gradient in zip(parts, weight.grad.chunk(3), strict=True):
            part.grad = gradient.clone()
        for optimizer in (muon, apart, joint):
            optimizer.step()
    assert muon.param_groups[1]["params"] == [weight]
    torch.testing.assert_close(weight.detach(), torch.cat(parts).detach(), rtol=0, atol=0.01)
    assert (weight - together).norm() > 0.1  # there the queries, with the smallest gradient, hardly move


@pytest.mark.parametrize("optimizer", ["adamw", "muon"])
def test_shares_are_of_about_the_same_size_and_change_no_byte(optimizer: str) -> None:
    def trained(shares: int) -> tuple[list[int], list[torch.Tensor]]:
        torch.manual_seed(0)
        model = MiniGPT(ModelConfig(**CONFIG.as_dict() | {"layers": 4}))  # type: ignore[arg-type]
        optimizers = build_optimizers(dict(model.named_parameters()), params(optimizer=optimizer), shares)
        for _ in range(2):
            for parameter in model.parameters():
                parameter.grad = torch.randn(parameter.shape)
            for one in optimizers:
                one.step()
        sizes = [sum(p.numel() for group in one.param_groups for p in group["params"]) for one in optimizers]
        return sizes, list(model.parameters())

    whole, shared = trained(1), trained(3)
    assert len(shared[0]) == 3 * len(whole[0])
    assert sum(shared[0]) == sum(whole[0])
    assert min(shared[0][:3]) > 0.8 * max(shared[0][:3])
    for a, b in zip(whole[1], shared[1], strict=True):
        assert torch.equal(a, b)


def test_a_tied_matrix_is_updated_once() -> None:
    model = MiniGPT(ModelConfig(**CONFIG.as_dict() | {"tie_embeddings": True}))  # type: ignore[arg-type]
    for optimizer in ("adamw", "muon"):
        optimizers = build_optimizers(dict(model.named_parameters()), params(optimizer=optimizer), shares=3)
        groups = [group for optimizer in optimizers for group in optimizer.param_groups]
        listed = [id(parameter) for group in groups for parameter in group["params"]]
        assert len(listed) == len(set(listed)) == len(list(model.parameters()))
        assert id(model.embedding.weight) in listed
