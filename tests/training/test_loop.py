import csv
import json
import math
import signal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from ruamel.yaml import YAML
from torch import nn

from minillm.errors import InputError
from minillm.files import Metrics
from minillm.params import Params, SplitParams, VocabParams, parse_params
from minillm.tokens.choice import draw_tokens, only
from minillm.tokens.shards import open_shard
from minillm.tokens.splitting import write_shards
from minillm.tokens.tokenizer import train_tokenizer
from minillm.training import loop
from minillm.training.checkpoints import load_checkpoint
from minillm.training.curve import CURVE_COLUMNS, STEP_COLUMNS, Progress
from minillm.training.fingerprint import Fingerprint
from minillm.training.interrupts import InterruptedTrainingError, Interrupts
from minillm.training.loop import train
from minillm.training.outputs import Outputs
from minillm.training.state import ResumeState
from minillm.training.trainer import Trainer
from minillm.training.validation import measure
from tests.tokens.corpus import cyclic_texts, write_texts

ROOT = Path(__file__).parents[2]
CPU = torch.device("cpu")
VOCAB_SIZE = 21
TINY = {"dim": 16, "layers": 1, "heads": 2, "context": 16, "dropout": 0.1}
SETTINGS: dict[str, Any] = {
    "batch_size": 8,
    "epochs": 3,
    "lr": 1e-2,
    "warmup_steps": 2,
    "device": "cpu",
    "precision": "float32",
}


@pytest.fixture(scope="module")
def splits(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data")
    texts = cyclic_texts(60)
    tokenizer = train_tokenizer(
        lambda: texts, VocabParams(type="word", vocab_size=VOCAB_SIZE, sample_characters=0)
    )
    ratios = SplitParams(train=0.6, validation=0.2, test=0.2)
    write_shards(write_texts(folder / "articles.parquet", texts), tokenizer, ratios, 1, folder / "splits")
    return folder / "splits"


def make_params(model: dict[str, Any] | None = None, **train_changes: object) -> Params:
    content = YAML(typ="safe").load((ROOT / "params.yaml").read_text(encoding="utf-8"))
    content["model"] |= TINY | (model or {})
    content["train"] |= SETTINGS | train_changes
    return parse_params(content, "params.yaml")


def run(params: Params, splits: Path, folder: Path) -> Metrics:
    outputs = Outputs(folder / "best", folder / "training.tsv", folder / "steps.tsv")
    return train(params, splits, VOCAB_SIZE, outputs)


def read_curve(folder: Path) -> list[dict[str, float]]:
    with (folder / "training.tsv").open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file, delimiter="\t")
        assert tuple(reader.fieldnames or ()) == CURVE_COLUMNS
        return [{key: float(value) for key, value in row.items()} for row in reader]


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_training_learns_and_its_curve_is_consistent(splits: Path, tmp_path: Path) -> None:
    metrics = run(make_params(epochs=6), splits, tmp_path)
    curve = read_curve(tmp_path)
    assert [row["epoch"] for row in curve] == [1, 2, 3, 4, 5, 6]
    assert curve[-1]["validation_loss"] < curve[0]["validation_loss"] - 0.2
    for row in curve:
        assert math.isclose(row["validation_perplexity"], math.exp(row["validation_loss"]), rel_tol=1e-4)
        assert 0 < row["train_accuracy"] < 1
        assert row["gradient_norm"] > 0
    assert curve[0]["learning_rate"] > curve[-1]["learning_rate"]
    assert metrics["steps"] == curve[-1]["step"]


def test_the_steps_show_warm_up_and_decay_in_a_bounded_number_of_rows(
    splits: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("minillm.training.curve._STEP_ROWS", 20)
    metrics = run(make_params(epochs=4, lr=1e-2, warmup_steps=20), splits, tmp_path)
    header, *lines = (tmp_path / "steps.tsv").read_text(encoding="utf-8").splitlines()
    assert tuple(header.split("\t")) == STEP_COLUMNS
    rows = [[float(value) for value in line.split("\t")] for line in lines]
    rates = [row[2] for row in rows]
    top = rates.index(max(rates))
    assert 20 <= len(rows) < 40
    assert 0 < top < len(rows) - 1
    assert rates[: top + 1] == sorted(rates[: top + 1])
    assert rates[top:] == sorted(rates[top:], reverse=True)
    assert rows[-1][0] == metrics["steps"]
    assert rows[-1][1] < rows[0][1]


def test_best_is_the_checkpoint_of_the_lowest_validation_loss(splits: Path, tmp_path: Path) -> None:
    metrics = run(make_params(epochs=6, lr=3e-2), splits, tmp_path)
    curve = read_curve(tmp_path)
    lowest = min(curve, key=lambda row: row["validation_loss"])
    best = load_checkpoint(tmp_path / "best", CPU)
    assert best.metadata["epoch"] == lowest["epoch"]
    figures = measure(best.model, open_shard(splits, "validation"), 4, torch.float32)
    assert math.isclose(figures.loss, lowest["validation_loss"], rel_tol=1e-5)
    assert isinstance(metrics["best"], dict)
    assert math.isclose(metrics["best"]["validation_loss"], lowest["validation_loss"], rel_tol=1e-5)


@pytest.mark.parametrize("batches", ["packed", "padded"])
def test_the_same_inputs_give_the_same_bytes(splits: Path, tmp_path: Path, batches: str) -> None:
    for name in ("a", "b"):
        run(make_params(batches=batches), splits, tmp_path / name)
    assert contents(tmp_path / "b") == contents(tmp_path / "a")
    assert len(contents(tmp_path / "a")) == 5


def test_an_untrained_model_predicts_the_unigram_frequencies(splits: Path) -> None:
    trainer = Trainer(make_params(), splits, VOCAB_SIZE)
    shard = open_shard(splits, "train")
    counts = np.zeros(VOCAB_SIZE)
    for index in range(len(shard)):
        for token in shard.article(index)[1:]:
            counts[token] += 1
    assert shard.target_counts(VOCAB_SIZE).tolist() == counts.tolist()
    smoothed = (counts + 1) / (counts + 1).sum()
    entropy = -(counts / counts.sum() * np.log(smoothed)).sum()
    figures = measure(trainer.model, shard, 4, torch.float32)
    assert abs(figures.loss - entropy) < 0.02
    assert entropy < math.log(VOCAB_SIZE) - 0.1


def test_another_seed_gives_another_model(splits: Path, tmp_path: Path) -> None:
    params = make_params(epochs=1)
    run(params, splits, tmp_path / "a")
    run(params.model_copy(update={"seed": 1}), splits, tmp_path / "b")
    name = "best/model.safetensors"
    assert (tmp_path / "a" / name).read_bytes() != (tmp_path / "b" / name).read_bytes()


def test_dropout_depends_on_seed_and_step_and_not_on_history(splits: Path) -> None:
    def loss_of_step(earlier_draws: int) -> float:
        trainer = Trainer(make_params({"dropout": 0.5}), splits, VOCAB_SIZE)
        torch.rand(earlier_draws)
        inputs, targets = next(iter(trainer.batches(1)))
        return float(trainer.train_step(inputs, targets)[0])

    assert loss_of_step(0) == loss_of_step(1000)


def test_training_stops_when_validation_no_longer_improves(splits: Path, tmp_path: Path) -> None:
    run(make_params(epochs=60, lr=0.05, patience=2), splits, tmp_path)
    curve = read_curve(tmp_path)
    best = min(curve, key=lambda row: row["validation_loss"])
    assert len(curve) < 60
    assert len(curve) == best["epoch"] + 2


def test_label_smoothing_is_not_in_the_curves_figures(splits: Path, tmp_path: Path) -> None:
    params = make_params({"dropout": 0.0}, epochs=1, lr=1e-9, warmup_steps=0, label_smoothing=0.9)
    run(params, splits, tmp_path)
    row = read_curve(tmp_path)[0]
    model = load_checkpoint(tmp_path / "best", CPU).model
    figures = measure(model, open_shard(splits, "validation"), 4, torch.float32)
    assert math.isclose(row["validation_loss"], figures.loss, rel_tol=1e-5)
    assert abs(row["train_loss"] - figures.loss) < 0.05  # untrained: equally bad on both


def spoilt_trainer(splits: Path) -> Trainer:
    trainer = Trainer(make_params(lr=0.5, warmup_steps=0), splits, VOCAB_SIZE)
    with torch.no_grad():
        trainer.model.head.weight[0, 0] = math.nan
    return trainer


def test_a_diverged_step_stops_before_the_optimizer(splits: Path) -> None:
    trainer = spoilt_trainer(splits)
    before = trainer.model.embedding.weight.detach().clone()
    expected = r"loss nan, gradient norm nan at step 0, learning rate 0\.5; lower train\.lr"
    with pytest.raises(InputError, match=expected):
        trainer.train_step(*next(iter(trainer.batches(1))))
    assert torch.equal(trainer.model.embedding.weight, before)


@pytest.mark.parametrize(("loss", "norm"), [(math.inf, 1.0), (1.0, math.inf), (1.0, math.nan), (1e3, 1.0)])
def test_a_loss_or_a_norm_alone_that_is_not_finite_or_huge_is_a_divergence(
    splits: Path, loss: float, norm: float
) -> None:
    trainer = Trainer(make_params(), splits, VOCAB_SIZE)
    double = torch.float64
    trainer._note_fault(torch.tensor(2.0, dtype=double), torch.tensor(3e9))
    trainer.refuse_divergence()
    trainer._note_fault(torch.tensor(loss, dtype=double), torch.tensor(norm))
    with pytest.raises(InputError, match=f"loss {loss:g}, gradient norm {norm:g} at step 0"):
        trainer.refuse_divergence()


def test_a_learning_rate_that_is_allowed_and_far_too_high_is_one_clear_error(
    splits: Path, tmp_path: Path
) -> None:
    params = make_params(epochs=8, lr=10.0)
    with pytest.raises(InputError, match=r"training diverged: .*loss .* at step \d+, learning rate .*lower"):
        run(params, splits, tmp_path)


def test_a_huge_validation_loss_is_a_divergence_too(splits: Path) -> None:
    trainer = Trainer(make_params(), splits, VOCAB_SIZE)
    trainer.step = 1
    with torch.no_grad():
        trainer.model.head.bias[5] += 1000.0
    with pytest.raises(InputError, match=r"diverged: validation loss \d+\.?\d* at step 0, learning rate"):
        trainer.validate()


def test_a_divergence_that_a_gpu_notes_is_named_by_its_first_step_before_anything_is_kept(
    splits: Path, tmp_path: Path
) -> None:
    trainer = spoilt_trainer(splits)
    trainer.check_steps = 50  # as on a GPU, and the steps 1 to 4 do not ask
    trainer.step = 1
    for inputs, targets in list(trainer.batches(1))[:4]:
        trainer.train_step(inputs, targets)
    with pytest.raises(InputError, match="at step 1, "):
        ResumeState(tmp_path, Fingerprint({}, {}, {})).save(trainer, Progress())
    assert list(tmp_path.iterdir()) == []


def test_bfloat16_learns_what_float32_learns(splits: Path, tmp_path: Path) -> None:
    """Within 0.005 nats; and it does compute in it, from the first layer on."""
    trainer = Trainer(make_params(precision="bfloat16"), splits, VOCAB_SIZE)
    seen = set()
    layer = next(module for module in trainer.model.modules() if isinstance(module, nn.Linear))
    layer.register_forward_hook(lambda _module, _inputs, output: seen.add(output.dtype))
    trainer.train_step(*next(iter(trainer.batches(1))))
    trainer.validate()
    assert seen == {torch.bfloat16}
    run(make_params(epochs=4), splits, tmp_path / "float32")
    run(make_params(epochs=4, precision="bfloat16"), splits, tmp_path / "bfloat16")
    full, low = read_curve(tmp_path / "float32"), read_curve(tmp_path / "bfloat16")
    assert full[-1]["validation_loss"] < full[0]["validation_loss"] - 0.1
    for each, other in zip(full, low, strict=True):
        assert each["validation_loss"] != other["validation_loss"]
        assert each["validation_loss"] == pytest.approx(other["validation_loss"], abs=0.005)


def test_cuda_on_a_machine_without_it_is_a_clear_error(splits: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(InputError, match="device = 'cuda': torch finds no CUDA device"):
        Trainer(make_params(device="cuda"), splits, VOCAB_SIZE)


def test_a_training_from_a_checkpoint_starts_where_that_one_ended(splits: Path, tmp_path: Path) -> None:
    run(make_params(epochs=6), splits, tmp_path / "base")
    reached = min(row["validation_loss"] for row in read_curve(tmp_path / "base"))
    base = str(tmp_path / "base" / "best")
    run(make_params(epochs=1, lr=1e-9, init_from=base), splits, tmp_path / "still")
    assert math.isclose(read_curve(tmp_path / "still")[0]["validation_loss"], reached, rel_tol=1e-5)
    run(make_params(epochs=2, lr=3e-3, init_from=base), splits, tmp_path / "on")
    assert read_curve(tmp_path / "on")[-1]["validation_loss"] < reached - 0.01


def test_a_checkpoint_says_of_which_tokenizer_it_is(splits: Path, tmp_path: Path) -> None:
    run(make_params(epochs=1), splits, tmp_path)
    metadata = load_checkpoint(tmp_path / "best", CPU).metadata
    assert metadata["tokenizer_sha256"] == json.loads((splits / "vocabulary.json").read_bytes())["sha256"]
    assert len(metadata["tokenizer_sha256"]) == 64


def test_a_model_with_shared_spelling_is_kept_as_a_plain_one_and_gives_the_same_bytes_twice(
    splits: Path, tmp_path: Path
) -> None:
    params = make_params({"tie_embeddings": True}, share_spelling=True, optimizer="muon")
    metrics = run(params, splits, tmp_path / "a")
    assert metrics == run(params, splits, tmp_path / "b")
    weights = [(tmp_path / name / "best" / "model.safetensors").read_bytes() for name in "ab"]
    assert weights[0] == weights[1]
    model = load_checkpoint(tmp_path / "a" / "best", CPU).model
    assert metrics["parameters"] == model.parameter_count()
    figures = measure(model, open_shard(splits, "validation"), 8, torch.float32)
    assert figures.loss == pytest.approx(metrics["best"]["validation_loss"], rel=1e-5)  # type: ignore[call-overload, index]
    without = run(make_params({"tie_embeddings": True}, optimizer="muon"), splits, tmp_path / "c")
    assert without["last"] != metrics["last"]  # it does something


def test_validations_within_an_epoch_add_rows_and_change_no_step(splits: Path, tmp_path: Path) -> None:
    metrics = run(make_params(epochs=2), splits, tmp_path / "epochs")
    steps = int(str(metrics["steps"])) // 2
    run(make_params(epochs=2, validate_every=5), splits, tmp_path / "often")
    rows, often = read_curve(tmp_path / "epochs"), read_curve(tmp_path / "often")
    assert steps == 13
    assert [row["step"] for row in often] == [5, 10, 15, 20, 25, 26]
    assert [row["epoch"] for row in often] == pytest.approx([row["step"] / 13 for row in often], rel=1e-5)
    for name in ("validation_loss", "validation_accuracy", "learning_rate"):
        assert often[-1][name] == rows[-1][name]
    # A row's figures of training are of the steps since the row before: weighted by them, the epochs' own.
    for name in ("train_loss", "train_accuracy", "gradient_norm"):
        lengths = np.diff([0, *(row["step"] for row in often)])
        assert np.dot(lengths, [row[name] for row in often]) / 26 == pytest.approx(
            (rows[0][name] + rows[1][name]) / 2, rel=0.01
        )
    assert (tmp_path / "often/steps.tsv").read_bytes() == (tmp_path / "epochs/steps.tsv").read_bytes()


def test_the_best_checkpoint_may_be_of_a_step_within_an_epoch(splits: Path, tmp_path: Path) -> None:
    metrics = run(make_params(epochs=6, lr=0.1, validate_every=4, patience=99), splits, tmp_path)
    curve = read_curve(tmp_path)
    lowest = min(curve, key=lambda row: row["validation_loss"])
    best = load_checkpoint(tmp_path / "best", CPU)
    assert best.metadata["step"] == lowest["step"]
    assert lowest["step"] % 13  # guards the test: it is within one
    figures = measure(best.model, open_shard(splits, "validation"), 4, torch.float32)
    assert math.isclose(figures.loss, lowest["validation_loss"], rel_tol=1e-5)
    assert metrics["best"]["epoch"] == best.metadata["epoch"] == lowest["step"] / 13  # type: ignore[call-overload, index]


def test_patience_counts_validations(splits: Path, tmp_path: Path) -> None:
    run(make_params(epochs=60, lr=0.3, patience=2, validate_every=3), splits, tmp_path)
    losses = [row["validation_loss"] for row in read_curve(tmp_path)]
    assert len(losses) == losses.index(min(losses)) + 3
    assert len(losses) < 260


@pytest.mark.parametrize(
    ("limits", "steps"),
    [
        ({"epochs": 0.5}, 6),
        ({"epochs": 1.5}, 20),
        ({"epochs": 10, "max_steps": 17}, 17),
        ({"epochs": 10, "max_tokens": 17 * 8 * 16 + 5}, 17),
    ],
)
def test_a_run_may_end_within_an_epoch_with_its_schedule_at_its_end(
    splits: Path, tmp_path: Path, limits: dict[str, float], steps: int
) -> None:
    metrics = run(make_params(**limits), splits, tmp_path)
    assert metrics["steps"] == steps
    assert metrics["epochs"] == steps / 13
    curve = read_curve(tmp_path)
    assert [row["step"] for row in curve] == [*range(13, steps, 13), steps]
    trainer = Trainer(make_params(epochs=steps / 13), splits, VOCAB_SIZE)
    assert trainer.steps == steps
    assert curve[-1]["learning_rate"] == pytest.approx(trainer.learning_rate(steps - 1), rel=1e-5)
    assert trainer.learning_rate(steps - 1) == pytest.approx(1e-2 / (steps - 2))


def test_whole_epochs_may_be_written_with_a_point() -> None:
    written = [json.dumps(make_params(epochs=epochs).train.model_dump()) for epochs in (2, 2.0)]
    assert written[0] == written[1]


def test_tokens_of_padded_batches_count_without_the_padding(splits: Path) -> None:
    shard = open_shard(splits, "train")
    trainer = Trainer(make_params(batches="padded", epochs=9, max_tokens=shard.targets), splits, VOCAB_SIZE)
    assert trainer.steps == trainer.steps_per_epoch


def test_a_validation_reads_so_many_tokens_of_articles_drawn_by_seed_and_says_so(
    splits: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    params = make_params(epochs=1, validation_tokens=200)
    run(params, splits, tmp_path / "some")
    whole = open_shard(splits, "validation")
    some = only(whole, draw_tokens(whole, 200, params.seed))
    assert 100 < len(some.tokens) <= 200 < len(whole.tokens)
    said = f"validated on {len(some.tokens)} of {len(whole.tokens)} tokens"
    assert said in capsys.readouterr().out.replace(",", "").splitlines()[0]
    model = load_checkpoint(tmp_path / "some/best", CPU).model
    [row] = read_curve(tmp_path / "some")
    assert row["validation_loss"] == pytest.approx(measure(model, some, 8, torch.float32).loss, rel=1e-5)
    assert measure(model, whole, 8, torch.float32).loss != pytest.approx(row["validation_loss"], rel=1e-5)
    assert Trainer(make_params(), splits, VOCAB_SIZE).validates_on == ""


def test_a_signal_that_comes_while_the_processes_agree_is_not_lost() -> None:
    interrupts = Interrupts()

    def agree(received: int | None, _: torch.device) -> int | None:
        interrupts.received = signal.SIGTERM  # it comes when this process has said that it has none
        return received

    run: Any = SimpleNamespace(
        interrupts=interrupts,
        world=SimpleNamespace(size=2, max=agree),
        trainer=SimpleNamespace(step=1, check_steps=1, device=torch.device("cpu")),
    )
    loop._Run._end_if_asked(run)  # as the other process, which knows of none
    with pytest.raises(InterruptedTrainingError):
        loop._Run._end_if_asked(run)
