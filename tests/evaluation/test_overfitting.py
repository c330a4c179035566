from pathlib import Path

import pytest

from minillm.errors import InputError
from minillm.evaluation.overfitting import overfitting, overfitting_by_epoch
from minillm.files import write_tsv


def test_ratio_and_gap_say_how_much_harder_validation_is() -> None:
    assert overfitting(4.0, 5.0) == {"ratio": 1.25, "gap": 1.0}
    assert overfitting(3.0, 3.0) == {"ratio": 1.0, "gap": 0.0}


def test_who_knows_the_training_text_by_heart_has_a_ratio_too(tmp_path: Path) -> None:
    assert overfitting(0.0, 5.0) == {"ratio": pytest.approx(5e6), "gap": 5.0}
    curve = tmp_path / "training.tsv"
    write_tsv(curve, ("epoch", "train_loss", "validation_loss"), [(1, 0.0, 3.0)])
    assert overfitting_by_epoch(curve) == [(1, pytest.approx(3e6), 3.0)]


def test_the_curve_gives_a_row_per_epoch(tmp_path: Path) -> None:
    curve = tmp_path / "training.tsv"
    write_tsv(
        curve,
        ("step", "epoch", "train_loss", "validation_loss"),
        [(10, 1, 4.0, 3.0), (20, 2, 2.0, 2.5)],
    )
    assert overfitting_by_epoch(curve) == [(1, 0.75, -1.0), (2, 1.25, 0.5)]


@pytest.mark.parametrize(
    "content",
    [
        "step\tepoch\n1\t1\n",
        "epoch\ttrain_loss\tvalidation_loss\n1\tx\t2\n1\t2\n",
        f"epoch\ttrain_loss\tvalidation_loss\n{'1' * 200_000}\t1\t2\n",
    ],
    ids=["other columns", "no number", "longer than a field of csv"],
)
def test_a_foreign_curve_is_a_clear_error(tmp_path: Path, content: str) -> None:
    curve = tmp_path / "training.tsv"
    curve.write_text(content)
    with pytest.raises(InputError, match=r"training\.tsv is not training's curve .*dvc repro -f train"):
        overfitting_by_epoch(curve)


def test_a_missing_curve_is_a_clear_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"training\.tsv is missing; run `dvc repro train`"):
        overfitting_by_epoch(tmp_path / "training.tsv")
