"""The data of a setting, made as the stages make them, outside DVC."""

from pathlib import Path
from typing import NamedTuple

from minillm.files import Metrics, write_checksums
from minillm.params import Params
from minillm.tokens.splitting import write_shards
from minillm.tokens.tokenizer import load_tokenizer, save_tokenizer
from minillm.tokens.vocabulary import Sample, train_on_split, vocabulary_metrics

CLEAN = Path("data/clean/articles.parquet")


class Data(NamedTuple):
    """What a model is trained and measured on."""

    clean: Path
    tokenizer: Path
    splits: Path


PIPELINES = Data(CLEAN, Path("data/vocab/tokenizer.json"), Path("data/splits"))


def make_data(clean: Path, params: Params, folder: Path) -> tuple[Data, Metrics]:
    """Vocabulary and splits of these articles in `folder`, and what the stages' metrics say of them."""
    data = Data(clean, folder / "vocab" / "tokenizer.json", folder / "splits")
    sample = Sample(clean, params)
    save_tokenizer(train_on_split(sample, params), data.tokenizer)
    write_checksums(data.tokenizer)
    tokenizer = load_tokenizer(data.tokenizer)
    vocabulary = vocabulary_metrics(tokenizer, sample.read(), params)
    return data, {
        "vocab": vocabulary,
        "split": write_shards(clean, tokenizer, params.split, params.seed, data.splits),
    }
