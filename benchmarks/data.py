"""The data of a setting, made as the stages make them, outside DVC."""

from pathlib import Path
from typing import NamedTuple

from minillm.files import Metrics, write_checksums
from minillm.params import Params
from minillm.tokens.splitting import write_shards
from minillm.tokens.texts import read_texts
from minillm.tokens.tokenizer import load_tokenizer, save_tokenizer
from minillm.tokens.vocabulary import train_on_split, vocabulary_metrics

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
    save_tokenizer(train_on_split(clean, params), data.tokenizer)
    write_checksums(data.tokenizer)
    tokenizer = load_tokenizer(data.tokenizer)
    vocabulary = vocabulary_metrics(tokenizer, read_texts(clean), params)
    return data, {
        "vocab": vocabulary,
        "split": write_shards(clean, tokenizer, params.split, params.seed, data.splits),
    }
