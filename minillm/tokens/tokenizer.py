"""The tokenizer: words or byte-level BPE, in one Hugging Face tokenizer.json.

`word` is the studied system: the most frequent words and punctuation marks of the training articles,
everything else becomes [UNK]. `bpe` (Sennrich et al. 2016, on bytes as in GPT-2) loses nothing. In both,
the ids after the four special tokens are sorted by frequency in the training articles (ties by the token
itself), so that an id is a rank: small ids are common tokens.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice
from pathlib import Path

from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers

from minillm.errors import InputError
from minillm.files import atomic_path, check
from minillm.params import VocabParams

SPECIAL_TOKENS = ("[PAD]", "[UNK]", "[BOS]", "[EOS]")
PAD, UNK, BOS, EOS = range(4)

TOKENIZER_KEY = "tokenizer_sha256"
"""In checkpoint.json: which tokenizer the ids belong to."""

_ENCODE_ARTICLES = 256  # articles per call into the Rust library, which spreads them over the cores


def train_tokenizer(texts: Callable[[], Iterable[str]], params: VocabParams) -> Tokenizer:
    """Train on `texts()`, the training articles; called twice for bpe.

    Raises InputError if the texts hold too few words or pairs for `params.vocab_size`.
    """
    trainer: trainers.Trainer
    if params.type == "word":
        tokenizer = _word_tokenizer()
        trainer = trainers.WordLevelTrainer(
            vocab_size=params.vocab_size, special_tokens=list(SPECIAL_TOKENS), show_progress=False
        )
    else:
        tokenizer = _bpe_tokenizer()
        trainer = trainers.BpeTrainer(
            vocab_size=params.vocab_size,
            special_tokens=list(SPECIAL_TOKENS),
            initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
            show_progress=False,
        )
    tokenizer.train_from_iterator(texts(), trainer)
    found = tokenizer.get_vocab_size()
    if found < params.vocab_size:
        what = "distinct words" if params.type == "word" else "tokens worth merging"
        raise InputError(
            f"vocab.vocab_size = {params.vocab_size}: the training articles have only "
            f"{found - len(SPECIAL_TOKENS)} {what}; lower it to at most {found} or add articles"
        )
    return tokenizer if params.type == "word" else _sorted_by_frequency(tokenizer, texts())


def save_tokenizer(tokenizer: Tokenizer, path: Path) -> None:
    """Write tokenizer.json, atomically."""
    with atomic_path(path) as temporary:
        tokenizer.save(str(temporary), pretty=True)


def load_tokenizer(path: Path) -> Tokenizer:
    """Load tokenizer.json. Raises InputError if it is missing, damaged or not one of ours."""
    check(path, "vocab")
    try:
        tokenizer = Tokenizer.from_file(str(path))
    except Exception as error:  # the Rust library raises plain Exception
        raise InputError(f"{path} is no readable tokenizer ({error}); run `dvc repro vocab`") from None
    if [tokenizer.token_to_id(token) for token in SPECIAL_TOKENS] != list(range(len(SPECIAL_TOKENS))):
        raise InputError(f"{path}: ids 0 to 3 are not {' '.join(SPECIAL_TOKENS)}; run `dvc repro vocab`")
    # An article that quotes "[EOS]" holds five characters, not the end of an article.
    tokenizer.encode_special_tokens = True
    return tokenizer


def tokenizer_sha256(tokenizer: Tokenizer) -> str:
    """Of all that it is made of: under the same hash an id means the same word."""
    return hashlib.sha256(tokenizer.to_str().encode()).hexdigest()


def check_tokenizer(tokenizer: Tokenizer, checkpoint: Path, metadata: Mapping[str, object]) -> None:
    """Raise InputError if the checkpoint was trained with another one; `metadata` is its checkpoint.json."""
    trained_with, here = metadata.get(TOKENIZER_KEY), tokenizer_sha256(tokenizer)
    if trained_with != here:
        raise InputError(
            f"{checkpoint} was trained with another tokenizer ({TOKENIZER_KEY} {trained_with!s:.12}…, here "
            f"{here:.12}…), so its ids mean other words; bring back its data/vocab/tokenizer.json or run "
            f"`dvc repro train`"
        )


def encode_texts(tokenizer: Tokenizer, texts: Iterable[str]) -> Iterator[list[int]]:
    """Yield the token ids of each text, without special tokens around it."""
    remaining = iter(texts)
    while group := list(islice(remaining, _ENCODE_ARTICLES)):
        for encoding in tokenizer.encode_batch_fast(group, add_special_tokens=False):
            yield encoding.ids


def _word_tokenizer() -> Tokenizer:
    """Words and single punctuation marks; the decoder puts the marks where Spanish has them."""
    tokenizer = Tokenizer(models.WordLevel(unk_token=SPECIAL_TOKENS[UNK]))
    tokenizer.encode_special_tokens = True
    tokenizer.normalizer = normalizers.NFC()
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Punctuation("isolated")]
    )
    tokenizer.decoder = decoders.Sequence(
        [
            decoders.WordPiece(prefix="##", cleanup=False),  # a space before each token; no token begins so
            decoders.Fuse(),
            decoders.Replace(Regex(r" (?=[,.;:!?)\]}»”’…%])"), ""),
            decoders.Replace(Regex(r"(?<=[(\[{«“‘¿¡]) "), ""),
        ]
    )
    return tokenizer


def _bpe_tokenizer() -> Tokenizer:
    """Bytes, so that nothing is unknown; no normalizer, so that nothing is lost."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.encode_special_tokens = True
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    return tokenizer


def _sorted_by_frequency(tokenizer: Tokenizer, texts: Iterable[str]) -> Tokenizer:
    """Renumber a BPE vocabulary, whose ids are in the order of the merges, by frequency."""
    counts: Counter[int] = Counter()
    for ids in encode_texts(tokenizer, texts):
        counts.update(ids)
    content = json.loads(tokenizer.to_str())
    vocabulary: dict[str, int] = content["model"]["vocab"]
    tokens = sorted(
        (token for token in vocabulary if token not in SPECIAL_TOKENS),
        key=lambda token: (-counts[vocabulary[token]], token),
    )
    content["model"]["vocab"] = {token: rank for rank, token in enumerate([*SPECIAL_TOKENS, *tokens])}
    return Tokenizer.from_str(json.dumps(content))
