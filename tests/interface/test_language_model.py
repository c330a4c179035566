"""`from minillm import load`: text in, text out."""

import math
import shutil
import subprocess
import sys
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from tokenizers import models

from minillm import load
from minillm.errors import InputError
from minillm.evaluation.code_length import measure_texts, split_texts
from minillm.interface import language_model
from minillm.interface.language_model import LanguageModel, ScoredToken, TextScore
from minillm.model.generation import generate, stream
from minillm.model.sampling import GREEDY, Sampling
from minillm.params import read_params
from minillm.tokens.tokenizer import BOS, EOS, PAD, UNK
from tests.conftest import ROOT, environment
from tests.interface.project import make_project

TEXT = "el río de la ciudad,\n¡ñandú! y el mar"


@pytest.fixture(scope="module", params=["word", "bpe"])
def project(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_project(tmp_path_factory.mktemp(request.param), request.param)


@pytest.fixture(scope="module")
def model(project: Path) -> LanguageModel:
    return load(project / "checkpoints/best", device="cpu")


def ids_of(model: LanguageModel, text: str) -> list[int]:
    return [BOS, *model.tokenizer.encode(text, add_special_tokens=False).ids]


@pytest.mark.parametrize("temperature", [0, 0.8])
def test_the_pieces_of_a_stream_are_the_text_of_the_tokens(model: LanguageModel, temperature: float) -> None:
    sampling = GREEDY if temperature == 0 else Sampling(0.8, 50)
    prompt, counted = ids_of(model, "el río"), 0
    before = model.tokenizer.decode(prompt, skip_special_tokens=False)
    options = {"max_new_tokens": 15, "stop": EOS, "banned": (PAD, UNK, BOS)}
    for seed in range(3):
        (new,) = generate(model.model, [prompt], sampling, seed=seed, **options)  # type: ignore[arg-type]
        new = [token for token in new if token != EOS]
        after = model.tokenizer.decode(prompt + new, skip_special_tokens=False)
        pieces = list(model.stream("el río", sampling, tokens=15, seed=seed))
        assert "".join(pieces) == after[len(before) :]
        assert model.generate("el río", tokens=15, temperature=temperature, seed=seed) == "".join(pieces)
        counted += len(pieces)
    assert counted > 10


def test_a_continuation_has_no_space_where_the_prompt_ends_in_one(model: LanguageModel) -> None:
    texts = [model.generate("el río", tokens=3, seed=seed) for seed in range(30)]
    assert any(text.startswith(" ") for text in texts)
    if isinstance(model.tokenizer.model, models.WordLevel):
        for seed, text in enumerate(texts):
            for space in (" ", "  ", "\n"):  # a word has no room for a line's end
                assert model.generate(f"el río{space}", tokens=3, seed=seed) == text.removeprefix(" ")
        beginnings = [model.generate("", tokens=3, seed=seed) for seed in range(30)]
        assert any(beginnings)
        assert not any(text.startswith(" ") for text in beginnings)


def test_a_piece_after_a_space_does_not_go_on_within_the_word_before_it(
    model: LanguageModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn: dict[str, list[str]] = {}

    def recorded(*args: Any, **options: Any) -> Iterator[int]:
        ids = list(stream(*args, **options))
        drawn.setdefault(prompt, []).append(model.tokenizer.decode(ids[:1], skip_special_tokens=False))
        return iter(ids)

    monkeypatch.setattr(language_model, "stream", recorded)
    for prompt in ("el río", "el río "):
        for seed in range(30):
            text = model.generate(prompt, tokens=3, seed=seed)
    if isinstance(model.tokenizer.model, models.WordLevel):  # whose words have no pieces
        assert drawn["el río "] == drawn["el río"]
    else:
        assert not all(piece.startswith(" ") for piece in drawn["el río"])
        assert all(piece.startswith(" ") for piece in drawn["el río "])
    assert model.generate("el río  ", tokens=3, seed=29) == text


def test_a_character_of_several_tokens_comes_whole(
    model: LanguageModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = model.tokenizer.encode("el 日", add_special_tokens=False).ids
    monkeypatch.setattr(language_model, "stream", lambda *_, **__: iter([*ids, ids[-1]]))
    pieces = list(model.stream("la", GREEDY, tokens=9, seed=0))
    if model.tokenizer.get_vocab_size() == 290:
        assert len(pieces) < len(ids)
        assert pieces[-2:] == ["日", "\ufffd"]  # what a text that is cut ends with
    else:
        assert pieces == [" el", " [UNK]", " [UNK]"]


def test_the_defaults_draw_as_params_yaml_does(model: LanguageModel) -> None:
    params = read_params(ROOT / "params.yaml").evaluate
    sampling = Sampling.from_params(params)
    told = "".join(model.stream("el mar", sampling, tokens=params.sample_tokens, seed=0))
    assert model.generate("el mar") == told


def test_a_score_is_what_the_model_says_of_each_token(model: LanguageModel) -> None:
    text = "el río de la"  # short enough for one window
    ids = [*ids_of(model, text), EOS][:8]
    score = model.score(text)
    assert [token.id for token in score.tokens][:7] == ids[1:]
    log_p = model.model(torch.tensor([ids[:-1]]))[0].detach().log_softmax(dim=1)
    for place, token in enumerate(score.tokens[:4]):
        assert token.bits == pytest.approx(-float(log_p[place, ids[place + 1]]) / math.log(2), abs=1e-4)
        best = int(log_p[place].argmax())
        assert token.probability == pytest.approx(float(log_p[place, best].exp()), abs=1e-5)
        assert token.likeliest == model.tokenizer.decode([best], skip_special_tokens=False).strip(" ")
    assert score.loss == pytest.approx(score.nll / len(score.tokens))
    assert score.perplexity == pytest.approx(math.exp(score.loss))


def test_the_tokens_of_a_score_are_the_text(model: LanguageModel) -> None:
    score = model.score(TEXT)
    assert "".join(token.text for token in score.tokens) == TEXT
    assert score.tokens[-1].id == EOS
    assert score.utf8_bytes == len(TEXT.encode())
    assert (score.unknown > 0) == (model.tokenizer.get_vocab_size() == 16)


def test_a_text_scores_the_same_among_others(model: LanguageModel) -> None:
    texts = [TEXT, "la", "el siglo del rey y de la obra en el campo de la sierra"]
    together = model.score_all(texts)
    for text, score in zip(texts, together, strict=True):
        alone = model.score(text)
        assert [token.id for token in alone.tokens] == [token.id for token in score.tokens]
        assert score.bits == pytest.approx(alone.bits, abs=1e-3)


def test_bits_per_byte_are_those_of_the_evaluation(model: LanguageModel, project: Path) -> None:
    texts, splits = project / "data/clean/articles.parquet", project / "data/splits"
    expected = measure_texts(texts, splits, model.tokenizer)["test"]
    scores = model.score_all([text for split, text in split_texts(texts, splits) if split == "test"])
    assert len(scores) > 3
    assert [score.utf8_bytes for score in scores] == expected.article_bytes.tolist()
    assert [score.spelling_bits for score in scores] == pytest.approx(expected.article_spelling_bits.tolist())
    nll = np.array([score.nll for score in scores])
    assert [score.bits for score in scores] == pytest.approx(expected.article_bits(nll).tolist())


def test_without_training_articles_a_word_model_has_no_bits_per_byte(project: Path, tmp_path: Path) -> None:
    tokenizer = shutil.copy(project / "data/vocab/tokenizer.json", tmp_path)
    model = load(project / "checkpoints/best", tokenizer, "cpu")
    score = model.score(TEXT)
    assert (score.bits_per_byte is None) == (model.tokenizer.get_vocab_size() == 16)
    assert score.perplexity == pytest.approx(load(project / "checkpoints/best").score(TEXT).perplexity)


def test_bits_are_those_of_tokens_and_spelling() -> None:
    score = TextScore([ScoredToken("a", UNK, 3.0, "b", 0.5), ScoredToken("", EOS, 1.0, "b", 0.5)], 8, 4.0)
    assert (score.bits, score.bits_per_byte, score.unknown) == (8.0, 1.0, 1)
    assert score.perplexity == pytest.approx(4.0)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"tokens": 0}, "tokens = 0: must be 1 to 1,000,000"),
        ({"tokens": 10**18}, "tokens = 1000000000000000000: must be 1 to 1,000,000"),
        ({"temperature": -1.0}, "temperature = -1.0: must be 0 (the likeliest token) or 0.01 to 100"),
        ({"temperature": 1e-9}, "temperature = 1e-09: must be"),
        ({"temperature": float("nan")}, "temperature = nan: must be"),
        ({"top_k": -1}, "top_k = -1: must be 0 (all tokens) or more"),
        ({"top_p": 0.0}, "top_p = 0.0: must be above 0"),
        ({"min_p": 1.0}, "min_p = 1.0: must be 0 (all tokens) or more, and below 1"),
        ({"repetition_penalty": 0.5}, "repetition_penalty = 0.5: must be 1 (none) to 100"),
        ({"seed": -1}, "seed = -1: must be 0 to"),
        ({"seed": 1.5}, "seed = 1.5: must be a whole number"),
        ({"tokens": "5"}, "tokens = '5': must be a whole number"),
        ({"top_k": 2.0}, "top_k = 2.0: must be a whole number"),
        ({"temperature": None}, "temperature = None: must be a number"),
    ],
)
def test_a_value_out_of_its_range_is_said(
    model: LanguageModel, options: dict[str, object], said: str
) -> None:
    with pytest.raises(InputError) as error:
        model.generate("el", **options)  # type: ignore[arg-type]
    assert str(error.value).startswith(said)


def test_texts_that_are_none_are_refused(model: LanguageModel) -> None:
    with pytest.raises(InputError, match="a text is empty"):
        model.score("")
    for use in (model.score, model.generate):
        with pytest.raises(InputError, match="the text is no UTF-8 at character 4"):
            use("el \udcff")
        for thing in (5, b"el", ["el"]):
            with pytest.raises(InputError, match="is no text; give a str"):
                use(thing)  # type: ignore[arg-type]


def test_of_no_texts_there_are_no_scores(model: LanguageModel) -> None:
    assert model.score_all([]) == []


def test_texts_may_come_one_by_one_and_a_single_one_is_no_list_of_letters(model: LanguageModel) -> None:
    assert model.score_all(text for text in ("el río", "la mar")) == model.score_all(["el río", "la mar"])
    with pytest.raises(InputError, match="a list of texts; `score` takes one"):
        model.score_all("abc")


def test_letters_in_two_characters_cost_no_fewer_bits_per_byte(model: LanguageModel) -> None:
    text = "el río más allá"
    apart = unicodedata.normalize("NFD", text)
    encoded = text if model.tokenizer.normalizer else apart  # words are composed, BPE takes what there is
    assert model.score(apart).utf8_bytes == len(encoded.encode())
    assert (model.score(apart) == model.score(text)) == (encoded == text)


def test_what_does_not_belong_together_is_refused(project: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="there is no checkpoint 'nowhere"):
        load("nowhere\n")
    with pytest.raises(InputError, match=r"nowhere\.json' is missing; .*--tokenizer"):
        load(project / "checkpoints/best", tmp_path / "nowhere.json")
    with pytest.raises(InputError, match="device = 'gpu': must be auto, cpu or cuda"):
        load(project / "checkpoints/best", device="gpu")  # type: ignore[arg-type]
    other = make_project(tmp_path / "other", seed=5)
    with pytest.raises(InputError, match="was trained with another tokenizer"):
        load(project / "checkpoints/best", other / "data/vocab/tokenizer.json")


def test_importing_minillm_is_light() -> None:
    heavy = "{'torch', 'numpy', 'tokenizers', 'pydantic', 'pyarrow', 'transformers'}"
    code = f"import sys, minillm, minillm.interface.main; print(sorted({heavy} & sys.modules.keys()))"
    result = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=environment(), capture_output=True, text=True, check=True
    )
    assert result.stdout == "[]\n"
