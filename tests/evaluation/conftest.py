import pytest

from minillm.evaluation import bleu, comparison


@pytest.fixture
def few_draws(monkeypatch: pytest.MonkeyPatch) -> None:
    """For tests that measure all: to draw articles a thousand times is a quarter of a small evaluation."""
    for module in (bleu, comparison):
        monkeypatch.setattr(module, "DRAWS", 50)
