import pytest
import torch
from transformers import (
    LogitsProcessorList,
    MinPLogitsWarper,
    RepetitionPenaltyLogitsProcessor,
    TemperatureLogitsWarper,
    TopKLogitsWarper,
    TopPLogitsWarper,
)

from minillm.model.sampling import GREEDY, Sampling

RANDOM = torch.Generator().manual_seed(0)
LOGITS = torch.randn(6, 50, generator=RANDOM) * 3
TEXT = torch.randint(0, 50, (6, 9), generator=RANDOM)
DRAWS = [torch.Generator() for _ in range(6)]


def kept(sampling: Sampling, logits: torch.Tensor) -> list[set[int]]:
    filtered = sampling.filter(logits, torch.zeros(len(logits), 1, dtype=torch.long))
    return [set(row.isfinite().nonzero()[:, 0].tolist()) for row in filtered]


@pytest.mark.parametrize(
    ("sampling", "theirs"),
    [
        (Sampling(repetition_penalty=1.7), [RepetitionPenaltyLogitsProcessor(1.7)]),
        (Sampling(temperature=0.6), [TemperatureLogitsWarper(0.6)]),
        (Sampling(top_k=7), [TopKLogitsWarper(7)]),
        (Sampling(top_k=500), [TopKLogitsWarper(500)]),
        (Sampling(top_p=0.8), [TopPLogitsWarper(0.8)]),
        (Sampling(top_p=1e-6), [TopPLogitsWarper(1e-6)]),
        (Sampling(min_p=0.1), [MinPLogitsWarper(0.1)]),
        (
            Sampling(temperature=1.4, top_k=30, top_p=0.9, min_p=0.05, repetition_penalty=1.2),
            [
                RepetitionPenaltyLogitsProcessor(1.2),
                TemperatureLogitsWarper(1.4),
                TopKLogitsWarper(30),
                TopPLogitsWarper(0.9),
                MinPLogitsWarper(0.05),
            ],
        ),
    ],
)
def test_filters_equal_those_of_transformers(sampling: Sampling, theirs: list[object]) -> None:
    expected = LogitsProcessorList(theirs)(TEXT, LOGITS.clone())
    filtered = sampling.filter(LOGITS, TEXT)
    assert torch.equal(filtered, expected)
    if sampling.top_k < 50:
        assert not torch.equal(filtered, LOGITS)


def test_nothing_is_changed_by_default() -> None:
    assert torch.equal(Sampling().filter(LOGITS, TEXT), LOGITS)


def test_probabilities_at_the_limits_by_hand() -> None:
    logits = torch.tensor([[0.5, 0.25, 0.125, 0.125]]).log()
    assert kept(Sampling(top_p=0.5), logits) == [{0}]
    assert kept(Sampling(top_p=0.6), logits) == [{0, 1}]
    assert kept(Sampling(min_p=0.4), logits) == [{0, 1}]
    assert kept(Sampling(min_p=0.6), logits) == [{0}]
    assert kept(Sampling(top_k=3), logits) == [{0, 1, 2, 3}]  # the third and fourth tie


def test_a_token_written_often_is_penalized_once() -> None:
    logits = torch.tensor([[3.0, -1.0, 1.0]])
    filtered = Sampling(repetition_penalty=2.0).filter(logits, torch.tensor([[0, 0, 1, 0]]))
    assert filtered.tolist() == [[1.5, -2.0, 1.0]]


def test_greedy_takes_the_likeliest_after_the_penalty() -> None:
    assert torch.equal(GREEDY.choose(LOGITS, TEXT, DRAWS)[:, 0], LOGITS.argmax(dim=1))
    logits = torch.tensor([[3.0, 2.0]])
    text = torch.tensor([[0]])
    assert int(Sampling(temperature=0, repetition_penalty=2.0).choose(logits, text, DRAWS[:1])) == 1
