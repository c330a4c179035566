import math
import unicodedata
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer

from minillm.errors import InputError
from minillm.evaluation import code_length
from minillm.evaluation.code_length import SplitText, measure_texts, split_texts
from minillm.evaluation.text_code import GapModel, SpellingModel, TextCode, _contexts, segments_of
from minillm.params import SplitParams, VocabParams
from minillm.tokens.assignment import split_of
from minillm.tokens.choice import draw
from minillm.tokens.shards import open_shard
from minillm.tokens.splitting import write_shards
from minillm.tokens.tokenizer import BOS, UNK, train_tokenizer
from tests.tokens.corpus import WORDS, random_texts, write_texts

RATIOS = SplitParams(train=0.6, validation=0.2, test=0.2)
TEXTS = [f"{text}\n\n«{text.capitalize()}», de 1492\nen {text}" for text in random_texts(40)]
WORD = train_tokenizer(lambda: TEXTS, VocabParams(type="word", vocab_size=16, sample_characters=0))


def measured(folder: Path, texts: list[str], tokenizer: Tokenizer) -> dict[str, SplitText]:
    path = write_texts(folder / "articles.parquet", texts)
    write_shards(path, tokenizer, RATIOS, 7, folder / "splits")
    return {str(split): text for split, text in measure_texts(path, folder / "splits", tokenizer).items()}


class TestSpellingModel:
    def model(self) -> SpellingModel:
        model = SpellingModel()
        for word in ("ríos", "río", "mar", "mares", "marea", "ñandú"):
            model.learn(word.encode())
        return model

    @pytest.mark.parametrize("word", ["", "m", "mar", "mare", "río", "zzzz", "日本", "mar\n"])
    def test_probabilities_of_all_next_bytes_and_the_end_sum_to_one(self, word: str) -> None:
        place = len(word.encode())
        for model in (self.model(), SpellingModel()):
            probabilities = [model.probability(word.encode(), place, symbol) for symbol in range(257)]
            assert sum(probabilities) == pytest.approx(1, abs=1e-12)
            assert min(probabilities) > 0

    def test_a_long_word_is_not_read_anew_for_each_of_its_bytes(self) -> None:
        read: list[int] = []

        class Watched(bytes):
            def __getitem__(self, key: object) -> object:
                part = super().__getitem__(key)  # type: ignore[index]
                read.append(len(part))
                return part

        word = Watched(b"abcdefghi")
        for place in range(len(word) + 1):
            before = b"\xff" + bytes(word)[:place]
            assert list(_contexts(word, place)) == [
                before[len(before) - n :] for n in range(5) if n <= len(before)
            ]
        assert max(read) == 4

    def test_a_words_bits_are_those_of_its_bytes_and_its_end(self) -> None:
        model, word = self.model(), b"mars"
        probability = math.prod(model.probability(word, place, word[place]) for place in range(4))
        assert model.bits(word) == pytest.approx(-math.log2(probability * model.probability(word, 4, 256)))

    def test_interpolates_as_witten_and_bell_by_hand(self) -> None:
        model = SpellingModel()
        model.learn(b"a")  # "a" after nothing and after the start; the end after nothing, "a" and start + "a"
        unigram = (1 + 2 / 257) / (2 + 2)
        assert model.probability(b"", 0, ord("a")) == pytest.approx((1 + unigram) / 2)
        after_a = (1 + unigram) / 2
        assert model.probability(b"a", 1, 256) == pytest.approx((1 + after_a) / 2)
        assert model.probability(b"", 0, ord("b")) == pytest.approx(2 / 257 / 4 / 2)

    def test_words_like_those_learnt_are_short_and_unlearnt_bytes_are_possible(self) -> None:
        model = self.model()
        assert model.bits(b"mar") < model.bits(b"ram") < model.bits("日".encode()) < math.inf
        assert SpellingModel().bits(b"mar") == pytest.approx(4 * math.log2(257))


class TestGapModel:
    def model(self) -> GapModel:
        model = GapModel()
        for gap in (" ", " ", "\n", " ", "\n\n"):
            model.learn("lower", "lower", gap)
        model.learn("lower", ",", "")
        return model

    @pytest.mark.parametrize("kinds", [("lower", "lower"), ("lower", ","), ("number", "(")])
    def test_probabilities_of_all_gaps_sum_to_one(self, kinds: tuple[str, str]) -> None:
        model, unseen = self.model(), "\t"
        seen = ("", " ", "\n", "\n\n")
        # Unseen gaps are spelt in uniform bytes with an end, whose probabilities sum to 1 over all gaps.
        uniform = {gap: 257 ** -(len(gap) + 1.0) for gap in (*seen, unseen)}
        scale = model.probability(*kinds, unseen) / uniform[unseen]
        rest = scale * (1 - sum(uniform[gap] for gap in seen))
        assert sum(model.probability(*kinds, gap) for gap in seen) + rest == pytest.approx(1, abs=1e-12)
        assert 0 < rest < 0.5

    def test_any_gap_is_possible_and_the_usual_one_is_short(self) -> None:
        model = self.model()
        assert model.bits("lower", ",", "") < 1 < model.bits("lower", ",", " ")
        assert model.bits("lower", "lower", "\t") == pytest.approx(
            -math.log2(model.probability("lower", "lower", "\t"))
        )
        assert 500 * 8 < model.bits("lower", "lower", "\u3000\n \t" * 100) < 650 * 8
        assert GapModel().bits("lower", "lower", "") == pytest.approx(math.log2(257))


@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]) | st.sampled_from("  \n\tel,«»ñ́")))
@settings(deadline=None, max_examples=300)
def test_a_decoder_gets_the_text_back(text: str) -> None:
    text = unicodedata.normalize("NFC", text)
    encoding = WORD.encode(text, add_special_tokens=False)
    segments = segments_of(text, encoding)
    assert [segment.token_id for segment in segments] == [*encoding.ids, None]
    decoded = ""
    for gap, surface, token_id in segments:  # all that the code tells: gap, token, and the spelling of [UNK]
        assert not gap.strip()
        if token_id == UNK:
            decoded += gap + surface
        elif token_id is not None:
            decoded += gap + str(WORD.id_to_token(token_id))
        else:
            decoded += gap
    assert decoded == text


def test_equally_frequent_known_words_cost_their_entropy(tmp_path: Path) -> None:
    texts = [" ".join(WORDS * 15) for _ in range(30)]
    tokenizer = train_tokenizer(
        lambda: texts, VocabParams(type="word", vocab_size=4 + len(WORDS), sample_characters=0)
    )
    for split, text in measured(tmp_path, texts, tokenizer).items():
        shard = open_shard(tmp_path / "splits", split)
        words = len(shard.tokens) - 2 * len(shard)
        entropy = 4 * words / text.utf8_bytes  # 16 words: 4 bits each
        assert entropy < text.bits_per_byte(nll=words * math.log(16)) < 1.01 * entropy


def test_nats_become_bits_and_what_the_tokens_lose_is_added() -> None:
    lossless, lossy = (
        SplitText(np.array([60, 40]), np.array(spelling)) for spelling in ([0.0, 0.0], [10.0, 40.0])
    )
    assert lossless.bits_per_byte(nll=100 * math.log(2)) == pytest.approx(1)
    assert lossy.bits_per_byte(nll=100 * math.log(2)) == pytest.approx(1.5)
    assert lossy.spelling_bits_per_byte == pytest.approx(0.5)
    assert lossy.article_bits(np.array([math.log(2), 0.0])) == pytest.approx([11, 40])


def test_bytes_are_those_of_the_clean_texts_and_bpe_loses_nothing(tmp_path: Path) -> None:
    bpe = train_tokenizer(lambda: TEXTS, VocabParams(type="bpe", vocab_size=280, sample_characters=0))
    lossless, lossy = measured(tmp_path / "bpe", TEXTS, bpe), measured(tmp_path / "word", TEXTS, WORD)
    assert sum(text.utf8_bytes for text in lossless.values()) == sum(len(text.encode()) for text in TEXTS)
    for split, text in lossless.items():
        assert text.utf8_bytes == lossy[split].utf8_bytes > 0
        assert text.spelling_bits_per_byte == 0 < lossy[split].spelling_bits_per_byte
        assert len(text.article_bytes) == len(open_shard(tmp_path / "bpe/splits", split))


def test_held_out_articles_are_measured_with_a_code_fitted_on_training_articles_alone(tmp_path: Path) -> None:
    path = write_texts(tmp_path / "articles.parquet", TEXTS)
    write_shards(path, WORD, RATIOS, 7, tmp_path / "splits")
    result = measure_texts(path, tmp_path / "splits", WORD)
    by_split: dict[str, list[str]] = {"train": [], "validation": [], "test": []}
    for number, text in enumerate(TEXTS, start=1):
        by_split[split_of(str(number), 7, RATIOS)].append(text)
    code = TextCode()
    for text in by_split["train"]:
        code.learn(segments_of(text, WORD.encode(text, add_special_tokens=False)))
    for split in ("validation", "test"):
        bits = [code.bits(segments_of(t, WORD.encode(t, add_special_tokens=False))) for t in by_split[split]]
        assert result[split].article_spelling_bits == pytest.approx(bits)


def test_of_many_training_articles_a_fixed_choice_is_fitted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    everything = measured(tmp_path, TEXTS, WORD)
    training = len(everything["train"].article_bytes)
    monkeypatch.setattr(code_length, "FITTED_ARTICLES", training)
    known = measured(tmp_path, TEXTS, WORD)["test"].article_spelling_bits
    assert known.tolist() == everything["test"].article_spelling_bits.tolist()
    monkeypatch.setattr(code_length, "FITTED_ARTICLES", 3)
    few = measured(tmp_path, TEXTS, WORD)["test"].article_spelling_bits
    chosen = np.flatnonzero(draw(np.ones(training, dtype=np.int64), 3, 0)).tolist()
    assert len(chosen) == 3
    assert chosen != [0, 1, 2]
    texts = [
        text
        for split, text in split_texts(tmp_path / "articles.parquet", tmp_path / "splits")
        if split == "train"
    ]
    code = TextCode()
    for index in chosen:
        code.learn(segments_of(texts[index], WORD.encode(texts[index], add_special_tokens=False)))
    held_out = [
        text
        for split, text in split_texts(tmp_path / "articles.parquet", tmp_path / "splits")
        if split == "test"
    ]
    bits = [code.bits(segments_of(text, WORD.encode(text, add_special_tokens=False))) for text in held_out]
    assert few.tolist() == pytest.approx(bits)


@pytest.mark.parametrize("workers", [2, 3])
@pytest.mark.parametrize("type_", ["word", "bpe"])
def test_worker_processes_give_the_figures_of_one(tmp_path: Path, type_: str, workers: int) -> None:
    size = 16 if type_ == "word" else 280
    params = VocabParams.model_validate({"type": type_, "vocab_size": size, "sample_characters": 0})
    tokenizer = train_tokenizer(lambda: TEXTS, params)
    alone = measured(tmp_path, TEXTS, tokenizer)
    texts, splits = tmp_path / "articles.parquet", tmp_path / "splits"
    lengths = {len(text.article_bytes) for text in alone.values()}
    assert any(length % workers for length in lengths)  # shares of unlike sizes
    chosen = {split: np.arange(len(text.article_bytes)) % 2 == 0 for split, text in alone.items()}
    for scored in (None, chosen):
        for split, text in measure_texts(texts, splits, tokenizer, scored, workers).items():
            kept = slice(None) if scored is None else chosen[split]
            assert text.article_bytes.tolist() == alone[split].article_bytes[kept].tolist()
            assert text.article_spelling_bits.tolist() == alone[split].article_spelling_bits[kept].tolist()


def test_calling_words_unknown_cannot_lower_the_figure(tmp_path: Path) -> None:
    # The frequencies of all words are their best unigram code (Gibbs' inequality): [UNK] with a spelling is
    # another one of the same words, so it cannot be shorter.
    def figures(size: int) -> tuple[float, float]:
        tokenizer = train_tokenizer(
            lambda: TEXTS, VocabParams(type="word", vocab_size=size, sample_characters=0)
        )
        folder = tmp_path / str(size)
        text = measured(folder, TEXTS, tokenizer)["train"]
        counts = Counter(open_shard(folder / "splits", "train").tokens.tolist())
        del counts[BOS]
        total = sum(counts.values())
        nll = -sum(count * math.log(count / total) for count in counts.values())
        return text.bits_per_byte(nll), nll / math.log(2) / text.utf8_bytes

    all_words = len({token for text in TEXTS for token, _ in WORD.pre_tokenizer.pre_tokenize_str(text)}) + 4
    honest, naive = zip(*(figures(size) for size in (all_words, 30, 24, 20, 16)), strict=True)
    assert list(naive) == sorted(naive, reverse=True)  # without paying, knowing less looks better
    assert naive[-1] < 0.9 * naive[0]
    assert min(honest[1:]) > honest[0]


def test_texts_of_another_corpus_than_the_shards_are_a_clear_error(tmp_path: Path) -> None:
    measured(tmp_path, TEXTS, WORD)
    for other in (TEXTS[:-1], [*TEXTS, TEXTS[0]]):
        path = write_texts(tmp_path / "articles.parquet", other)
        with pytest.raises(InputError, match="do not hold the same articles; run `dvc repro split`"):
            measure_texts(path, tmp_path / "splits", WORD)
