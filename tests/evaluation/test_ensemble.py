import math
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from tokenizers import Tokenizer

from minillm.errors import InputError
from minillm.evaluation.ensemble import load_ensemble, measured_ensemble, scored_together
from minillm.evaluation.likelihood import score
from minillm.evaluation.split_likelihood import Likelihood
from minillm.model.minigpt import MiniGPT
from minillm.params import VocabParams
from minillm.tokens.tokenizer import TOKENIZER_KEY, tokenizer_sha256, train_tokenizer
from minillm.training.checkpoints import save_checkpoint
from minillm.training.threads import ONE_THREAD, Threads
from tests.evaluation.models import random_model
from tests.evaluation.settings import settings
from tests.model.reference import reference_logits
from tests.tokens.corpus import random_texts, shard_of

CPU = torch.device("cpu")
RANDOM = np.random.default_rng(3)
ARTICLES = [RANDOM.integers(4, 30, 7).tolist() for _ in range(9)]  # a window each
SHARD = shard_of(ARTICLES)


def models() -> list[MiniGPT]:
    return [random_model(std=std) for std in (0.3, 0.2, 0.4)]


def article_nll(models: list[MiniGPT], threads: Threads = ONE_THREAD) -> list[float]:
    likelihood = Likelihood(SHARD)
    for scores in scored_together(models, SHARD, 2, threads, 8):
        likelihood.add(scores)
    return likelihood.article_nll.tolist()


def test_the_probability_of_each_target_is_the_mean_of_the_models() -> None:
    expected = []
    for index in range(len(SHARD)):
        article = SHARD.article(index).tolist()
        p = []
        for model in models():
            exp = np.exp(reference_logits(model, article[:-1]))
            p.append((exp / exp.sum(axis=1, keepdims=True))[np.arange(len(article) - 1), article[1:]])
        expected.append(-np.log(np.mean(p, axis=0)).sum())
    found = article_nll(models())
    assert found == pytest.approx(expected, rel=1e-5)
    alone = [article_nll([model]) for model in models()]
    assert all(np.array(found) < np.mean(alone, axis=0))
    assert article_nll(models(), Threads(3)) == found


def test_a_model_together_with_itself_predicts_what_it_does_alone() -> None:
    """To the last bit, and where it finds a target all but impossible."""
    sure = random_model(std=0.3)
    sure.head.weight.data *= 1e5
    alone = Likelihood(SHARD)
    for scores in score(sure, SHARD, 2, ONE_THREAD, 8):
        alone.add(scores)
        assert scores.nll.max() > 1e3
    assert article_nll([sure]) == article_nll([sure, sure]) == alone.article_nll.tolist()


@pytest.fixture
def tokenizer() -> Tokenizer:
    return train_tokenizer(
        lambda: random_texts(20), VocabParams(type="word", vocab_size=18, sample_characters=0)
    )


@pytest.fixture
def folder(tokenizer: Tokenizer, tmp_path: Path) -> Path:
    for name, std in (("b", 0.3), ("a", 0.2)):
        metadata = {TOKENIZER_KEY: tokenizer_sha256(tokenizer)}
        save_checkpoint(tmp_path / "together" / name, random_model(vocab_size=18, std=std), metadata)
    return tmp_path / "together"


def test_the_checkpoints_of_a_folder_are_measured_on_what_is_held_out(
    folder: Path, tokenizer: Tokenizer
) -> None:
    loaded = load_ensemble(str(folder), tokenizer, CPU)
    assert [model.head.weight.std() < 0.25 for model in loaded] == [True, False]  # by name
    shard = shard_of([[4, 5, 6], [7, 8]])
    text = SimpleNamespace(bits_per_byte=lambda nll: nll / 10)
    splits = {"validation": shard_of([[9, 9, 9, 9]]), "test": shard}
    found = measured_ensemble(loaded, splits, dict.fromkeys(splits, text), settings(), ONE_THREAD)  # type: ignore[arg-type]
    figures = found.metrics["ensemble"]
    assert isinstance(figures, dict)
    assert figures["checkpoints"] == 2
    assert figures["test"]["perplexity"] == np.exp(figures["test"]["loss"])
    assert figures["test"]["bits_per_byte"] == pytest.approx(figures["test"]["loss"] * 7 / 10)
    assert figures["test"]["loss"] != figures["validation"]["loss"]


def test_without_a_folder_nothing_is_measured(tokenizer: Tokenizer) -> None:
    assert load_ensemble("./checkpoints/none/", tokenizer, CPU) == []
    found = measured_ensemble([], {}, {}, settings(), ONE_THREAD)
    assert not any(found)


def test_what_does_not_fit_is_one_clear_line(folder: Path, tokenizer: Tokenizer) -> None:
    other = train_tokenizer(
        lambda: random_texts(20, seed=1), VocabParams(type="word", vocab_size=17, sample_characters=0)
    )
    with pytest.raises(InputError, match=r"^evaluate\.ensemble = .*: .*/a was trained with another tokenize"):
        load_ensemble(str(folder), other, CPU)
    metadata = {TOKENIZER_KEY: tokenizer_sha256(tokenizer)}
    save_checkpoint(folder / "c", random_model(vocab_size=18, context=9), metadata)
    with pytest.raises(InputError, match=r"the context of .*/c is 9 tokens, of the first one 8; name check"):
        load_ensemble(str(folder), tokenizer, CPU)
    broken = random_model(vocab_size=18)
    torch.nn.init.constant_(broken.head.bias, math.nan)
    save_checkpoint(folder / "c", broken, metadata)
    with pytest.raises(
        InputError,
        match=r"/c/model\.safetensors holds weights that are no numbers .* checkpoints/none for no ens",
    ):
        load_ensemble(str(folder), tokenizer, CPU)
    (folder / "a" / "model.safetensors").unlink()
    with pytest.raises(InputError, match=r"/a/model\.safetensors is missing; .* checkpoints/none for no ens"):
        load_ensemble(str(folder), tokenizer, CPU)
