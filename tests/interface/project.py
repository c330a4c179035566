"""A project's folder with a tiny model that nothing was trained for: checkpoint, tokenizer, texts, shards."""

from pathlib import Path

import torch

from minillm.params import SplitParams, VocabParams
from minillm.tokens.splitting import write_shards
from minillm.tokens.tokenizer import TOKENIZER_KEY, save_tokenizer, tokenizer_sha256, train_tokenizer
from minillm.training.checkpoints import save_checkpoint
from tests.evaluation.models import random_model
from tests.tokens.corpus import random_texts, write_texts

RATIOS = SplitParams(train=0.5, validation=0.2, test=0.3)
VOCABULARY = {"word": 16, "bpe": 290}


def make_project(root: Path, kind: str = "word", seed: int = 0) -> Path:
    """Write it into `root`; `checkpoints/best` and, with other weights, `checkpoints/other`."""
    texts = [f"{text} ¡Ñandú!" for text in random_texts(30, seed=seed)]
    params = VocabParams.model_validate(
        {"type": kind, "vocab_size": VOCABULARY[kind], "sample_characters": 0}
    )
    tokenizer = train_tokenizer(lambda: texts, params)
    save_tokenizer(tokenizer, root / "data/vocab/tokenizer.json")
    write_texts(root / "data/clean/articles.parquet", texts)
    write_shards(root / "data/clean/articles.parquet", tokenizer, RATIOS, 1, root / "data/splits")
    metadata = {TOKENIZER_KEY: tokenizer_sha256(tokenizer), "step": 7, "metrics": {"validation_loss": 3.25}}
    for place, name in enumerate(("best", "other")):
        model = random_model(VOCABULARY[kind])
        torch.nn.init.normal_(model.head.bias, generator=torch.Generator().manual_seed(place))
        save_checkpoint(root / "checkpoints" / name, model, metadata)
    return root
