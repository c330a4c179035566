import shutil
from pathlib import Path
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import nn

import stages.train
from minillm.errors import InputError
from minillm.model.minigpt import MiniGPT, ModelConfig
from minillm.params import Params
from minillm.tokens.tokenizer import PAD
from minillm.training import loss as loss_module
from minillm.training import threads
from minillm.training.distillation import Lesson, lesson_on, load_teachers
from minillm.training.fingerprint import fingerprint
from minillm.training.loss import LossSums, fused_loss
from minillm.training.smoothing import BigramSmoothing
from minillm.training.trainer import Trainer
from tests.test_same_bytes import Watch
from tests.test_same_bytes import pytestmark as where_bytes_are_promised
from tests.tokens.corpus import shard_of
from tests.tokens.test_batches import params
from tests.training.test_lanes import MODERN, one_step
from tests.training.test_loop import VOCAB_SIZE, contents, make_params, run, splits
from tests.training.test_smoothing import articles
from tests.training.test_state import SignalAfter, attempt

__all__ = ["splits"]

CPU = torch.device("cpu")
WORDS = 30
SHAPES: list[dict[str, Any]] = [{"dim": 16, "layers": 2}, {"dim": 8, "tie_embeddings": True}]


def model(seed: int, dim: int = 16, layers: int = 1, **changes: Any) -> MiniGPT:
    """One whose predictions are far from uniform."""
    torch.manual_seed(seed)
    config = ModelConfig(WORDS, dim, layers, 2, 2 * dim, context=8, dropout=0.0, **changes)
    made = MiniGPT(config).requires_grad_(False)
    for parameter in made.parameters():
        parameter.data *= 8
    return made


def lesson_of(models: list[MiniGPT], inputs: torch.Tensor, weight: float, temperature: float) -> Lesson:
    settings = params(distillation_weight=weight, distillation_temperature=temperature)
    return lesson_on(inputs, models, settings, torch.float32)


def student() -> tuple[nn.Linear, torch.Tensor, torch.Tensor, torch.Tensor]:
    """Head, hidden (3, 7, 16), inputs and targets (3, 7), some of them PAD."""
    torch.manual_seed(0)
    head, hidden = nn.Linear(16, WORDS), torch.randn(3, 7, 16, requires_grad=True)
    inputs, targets = torch.randint(1, WORDS, (2, 3, 7)).unbind()
    targets[1, 4:] = PAD
    return head, hidden, inputs, targets


@pytest.mark.parametrize(
    ("count", "weight", "temperature", "chunk_rows"),
    [(1, 0.5, 1.0, 1024), (1, 1.0, 0.5, 4), (2, 0.3, 2.5, 4), (2, 0.5, 1.0, 1024)],
)
def test_loss_and_gradients_equal_the_formula_in_float64(
    monkeypatch: pytest.MonkeyPatch, count: int, weight: float, temperature: float, chunk_rows: int
) -> None:
    monkeypatch.setattr(loss_module, "_CHUNK_ROWS", chunk_rows)
    models = [model(seed, **shape) for seed, shape in enumerate(SHAPES[:count])]
    head, hidden, inputs, targets = student()
    lesson = lesson_of(models, inputs, weight, temperature)
    found = fused_loss(hidden, targets, head, 0.1, torch.float32, lesson=lesson)
    grads = torch.autograd.grad(found.loss, [hidden, head.weight, head.bias])

    exact = nn.Linear(16, WORDS).double()
    exact.load_state_dict({name: value.double() for name, value in head.state_dict().items()})
    exact_hidden = hidden.detach().double().requires_grad_()
    logits = exact(exact_hidden)
    log_p = (logits / temperature).log_softmax(2)
    with torch.no_grad():
        qs = [(each.double()(inputs) / temperature).softmax(2) for each in models]
    counted = targets != PAD

    def divergence(q: torch.Tensor) -> torch.Tensor:
        return (q * (q.log() - log_p)).sum(2)[counted].mean()

    by_targets = F.cross_entropy(
        logits.flatten(0, 1), targets.flatten(), ignore_index=PAD, label_smoothing=0.1
    )
    of_each = sum(divergence(q) for q in qs) / count
    expected = (1 - weight) * by_targets + weight * temperature**2 * of_each
    assert found.loss.item() == pytest.approx(expected.item(), rel=1e-5)
    of_their_mean = divergence(sum(qs) / count)
    loss = (1 - weight) * by_targets + weight * temperature**2 * of_their_mean
    for grad, exact_grad in zip(
        grads, torch.autograd.grad(loss, [exact_hidden, exact.weight, exact.bias]), strict=True
    ):
        assert exact_grad.abs().max() > 1e-3
        torch.testing.assert_close(grad.double(), exact_grad, atol=1e-6, rtol=1e-4)
    plain = F.cross_entropy(logits.flatten(0, 1), targets.flatten(), ignore_index=PAD, reduction="sum")
    assert found.nll.item() == pytest.approx(plain.item(), rel=1e-5)


def test_the_targets_keep_their_smoothing_beside_a_teacher() -> None:
    """The loss is a mixture of the smoothed one and of the teacher's alone."""
    head, hidden, inputs, targets = student()
    towards = BigramSmoothing(shard_of(articles(30, seed=1)), WORDS, CPU).targets_after(inputs)

    def found(lesson: Lesson | None) -> list[torch.Tensor]:
        sums: LossSums = fused_loss(hidden, targets, head, 0.2, torch.float32, None, towards, lesson)
        return [sums.loss.detach(), *torch.autograd.grad(sums.loss, [hidden, head.weight, head.bias])]

    smoothed, taught, mixed = (
        found(lesson)
        for lesson in (None, *(lesson_of([model(1)], inputs, weight, 1.0) for weight in (1.0, 0.3)))
    )
    for one, other, both in zip(smoothed, taught, mixed, strict=True):
        assert not torch.allclose(one, other)
        torch.testing.assert_close(both, 0.7 * one + 0.3 * other, atol=1e-6, rtol=1e-5)


def test_in_bfloat16_only_the_products_are_rounded() -> None:
    teachers = [model(seed, **shape) for seed, shape in enumerate(SHAPES)]
    _, _, inputs, _ = student()
    logits = torch.randn(21, WORDS)
    found = {
        dtype: lesson_on(inputs, teachers, params(), dtype).divergence(slice(None), logits)
        for dtype in (torch.float32, torch.bfloat16)
    }
    assert {part.dtype for parts in found.values() for part in parts} == {torch.float32}
    for exact, rounded in zip(*found.values(), strict=True):
        assert not torch.equal(rounded, exact)
        torch.testing.assert_close(rounded, exact, rtol=0.1, atol=0.1)
    torch.testing.assert_close(found[torch.bfloat16][1].sum(1), torch.zeros(21), rtol=0, atol=1e-5)


def test_a_student_that_predicts_what_its_teacher_does_learns_nothing() -> None:
    own = model(3)
    inputs = torch.randint(1, WORDS, (2, 8))
    lesson = lesson_of([own], inputs, 1.0, 2.0)
    hidden = own.hidden(inputs).detach().requires_grad_()
    loss = fused_loss(hidden, inputs, own.head, 0.1, torch.float32, lesson=lesson).loss
    assert abs(loss.item()) < 1e-5
    assert torch.autograd.grad(loss, hidden)[0].abs().max() < 1e-5


@pytest.fixture(scope="module")
def base(splits: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of two checkpoints of different shapes: a and b."""
    folder = tmp_path_factory.mktemp("teachers")
    for name, changes, seed in (("a", {}, 1), ("b", {"dim": 24} | MODERN, 2)):
        settings = make_params(changes, epochs=3).model_copy(update={"seed": seed})
        run(settings, splits, folder / "runs" / name)
        shutil.copytree(folder / "runs" / name / "best", folder / "both" / name)
    return folder / "both"


def test_a_student_comes_to_predict_what_its_teacher_does(splits: Path, base: Path) -> None:
    settings = make_params({"dropout": 0.0}, teacher=str(base / "b"), distillation_weight=1.0)
    trainer = Trainer(settings, splits, VOCAB_SIZE)
    batches = list(trainer.batches(1))
    lesson = lesson_on(batches[-1][0], trainer._teachers, settings.train, torch.float32)

    def divergence() -> float:
        with torch.no_grad():
            logits = trainer.model(batches[-1][0]).flatten(0, 1)
        return float(lesson.divergence(slice(None), logits)[0].mean())

    before = divergence()
    for inputs, targets in 2 * batches[:-1]:
        trainer.train_step(inputs, targets.flip(1))  # which say nothing here
    assert 0 < divergence() < before / 2


def test_a_teacher_without_weight_changes_no_byte_of_the_model(
    splits: Path, base: Path, tmp_path: Path
) -> None:
    recipe: dict[str, Any] = {"epochs": 2, "share_spelling": True}
    none, without, with_one = (
        model_and_curve(make_params(**recipe, **taught), splits, tmp_path / name)
        for name, taught in (
            ("none", {}),
            ("without", {"teacher": str(base), "distillation_weight": 0.0}),
            ("with one", {"teacher": str(base), "distillation_weight": 0.1}),
        )
    )
    assert none == without
    assert none != with_one


def model_and_curve(settings: Params, splits: Path, folder: Path) -> list[bytes]:
    run(settings, splits, folder)
    return [(folder / name).read_bytes() for name in ("best/model.safetensors", "training.tsv", "steps.tsv")]


def test_neither_cores_nor_interruptions_change_a_byte(
    splits: Path, base: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("DVC_ROOT", raising=False)
    settings = make_params(epochs=2, teacher=str(base), distillation_temperature=1.5)
    for cores in (1, 2, 5):
        monkeypatch.setattr(threads, "usable_cores", lambda cores=cores: cores)
        run(settings, splits, tmp_path / str(cores))
    assert contents(tmp_path / "1") == contents(tmp_path / "2") == contents(tmp_path / "5")
    interruptions = 0
    while not attempt(settings, splits, tmp_path / "killed", SignalAfter(7)):
        interruptions += 1
    assert interruptions == 3
    assert contents(tmp_path / "killed") == contents(tmp_path / "1")


def test_eight_lanes_give_the_gradient_of_one(splits: Path, base: Path) -> None:
    taught = {"teacher": str(base), "distillation_weight": 0.6}
    (figures, gradients), (parted_figures, parted) = (
        one_step(splits, lanes=lanes, **taught) for lanes in (1, 8)
    )
    assert figures == pytest.approx(parted_figures, rel=1e-6)
    assert gradients.keys() == parted.keys()
    for name, gradient in gradients.items():
        torch.testing.assert_close(parted[name], gradient, rtol=1e-4, atol=1e-6, msg=name)


def test_a_teacher_is_not_trained_and_drops_nothing(splits: Path, base: Path) -> None:
    settings = make_params(teacher=str(base))
    trainer = Trainer(settings, splits, VOCAB_SIZE)
    assert len(trainer._teachers) == 2
    inputs, targets = next(iter(trainer.batches(1)))
    logits = torch.zeros(inputs.numel(), VOCAB_SIZE)
    before, _ = lesson_on(inputs, trainer._teachers, settings.train, torch.float32).divergence(
        slice(None), logits
    )
    for _ in range(3):
        trainer.train_step(inputs, targets)
    after, _ = lesson_on(inputs, trainer._teachers, settings.train, torch.float32).divergence(
        slice(None), logits
    )
    assert torch.equal(before, after)
    assert before.min() > 1e-3
    assert len(trainer.trained) == len(Trainer(make_params(), splits, VOCAB_SIZE).trained)


@where_bytes_are_promised
def test_nothing_of_a_lesson_is_left_to_what_looks_at_the_cpus_vendor(
    splits: Path, base: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(threads, "usable_cores", lambda: 1)  # the mode sees its own thread only
    settings = make_params(MODERN, teacher=str(base), distillation_temperature=2.0)
    trainer = Trainer(settings, splits, VOCAB_SIZE)
    with Watch() as operations:
        trainer.train_step(*next(iter(trainer.batches(1))))
    assert operations.seen == set()
    assert operations.others > 200


def test_a_training_depends_on_the_files_of_all_its_teachers(
    splits: Path, base: Path, tmp_path: Path
) -> None:
    folder = shutil.copytree(base, tmp_path / "teachers")
    settings = make_params(teacher=str(folder))

    def key() -> str:
        files = stages.train.input_files(settings, splits / "vocabulary.json", splits)
        return fingerprint(settings, files).key

    before = key()
    assert before == key()
    weights = folder / "b" / "model.safetensors"
    content = weights.read_bytes()
    weights.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    assert key() != before
    weights.write_bytes(content)
    assert key() == before
    shutil.copytree(folder / "a", folder / "c")
    assert key() != before


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("empty", "train.teacher = T: T/checkpoint.json is missing; name a folder that holds a checkpoint "),
        ("gone", "train.teacher = T: T/checkpoint.json is missing; name a folder that holds a checkpoint "),
        ("one without weights", "train.teacher = T: T/b/model.safetensors is missing; name a folder that "),
        ("one cut", "train.teacher = T: T/b/model.safetensors is not as train wrote it: "),
        ("one of another tokenizer", "train.teacher = T: T/a was trained with another tokenizer (tokenizer_"),
        ("one of a shorter context", "train.teacher = T: the context of T/a is 16 tokens, fewer than model."),
    ],
)
def test_a_teacher_that_does_not_fit_is_one_clear_line(
    splits: Path, base: Path, tmp_path: Path, change: str, message: str
) -> None:
    folder = shutil.copytree(base, tmp_path / "T")
    weights = folder / "b" / "model.safetensors"
    known = Trainer(make_params(), splits, VOCAB_SIZE).tokenizer_sha256
    sha256, context = known, 16
    if change in ("empty", "gone"):
        shutil.rmtree(folder)
    if change == "empty":
        folder.mkdir()
    elif change == "one without weights":
        weights.unlink()
    elif change == "one cut":
        weights.write_bytes(weights.read_bytes()[:-9])
    elif change == "one of another tokenizer":
        sha256 = "b" * 64
    elif change == "one of a shorter context":
        context = 17
    with pytest.raises(InputError) as caught:
        load_teachers(str(folder), context, sha256, CPU)
    said = str(caught.value).replace(str(folder), "T")
    assert said.startswith(message)
    assert "\n" not in said


def test_several_teachers_predict_the_mean_of_their_probabilities(splits: Path, base: Path) -> None:
    sha256 = Trainer(make_params(), splits, VOCAB_SIZE).tokenizer_sha256
    inputs = torch.randint(4, VOCAB_SIZE, (2, 16))
    slopes = []
    for folder in (base / "a", base / "b", base):
        found = load_teachers(str(folder), 16, sha256, CPU)
        assert len(found) == 1 + (folder == base)
        # Against a uniform student: 1 / V − q.
        lesson = lesson_on(inputs, found, params(), torch.float32)
        slopes.append(lesson.divergence(slice(None), torch.zeros(32, VOCAB_SIZE))[1])
    assert not torch.allclose(slopes[0], slopes[1], atol=1e-3)
    torch.testing.assert_close(slopes[2], (slopes[0] + slopes[1]) / 2)
    q = 1 / VOCAB_SIZE - slopes[2]
    torch.testing.assert_close(q.sum(1), torch.ones(32))
    assert q.min() > -1e-6
