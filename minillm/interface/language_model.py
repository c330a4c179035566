"""A checkpoint with its tokenizer, as text goes in and out: `minillm.load`.

from minillm import load

model = load("checkpoints/best")
print(model.generate("En el año 1492,", tokens=40, temperature=0.8, seed=1))
print(model.score("El faro de la isla luce desde 1850.").perplexity)
"""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from numbers import Integral, Real
from pathlib import Path
from typing import NamedTuple

import numpy as np
from tokenizers import Encoding, Tokenizer, models

from minillm.errors import InputError, shown, shown_path
from minillm.evaluation.code_length import fit_code
from minillm.evaluation.likelihood import score, stride_of
from minillm.evaluation.split_likelihood import perplexity
from minillm.evaluation.text_code import TextCode, segments_of
from minillm.model.generation import stream
from minillm.model.minigpt import MiniGPT
from minillm.model.sampling import Sampling
from minillm.params import Device
from minillm.tokens.detokenizing import BANNED, Detokenizer, read_of
from minillm.tokens.shards import Shard, check_vocabulary
from minillm.tokens.tokenizer import BOS, EOS, UNK, check_tokenizer, load_tokenizer
from minillm.training.checkpoints import METADATA, Checkpoint, load_checkpoint
from minillm.training.device import resolve_device
from minillm.training.named import checkpoint_folders
from minillm.training.threads import Threads, threads_for

TOKENIZER = Path("data/vocab/tokenizer.json")
TEXTS, SPLITS = Path("data/clean/articles.parquet"), Path("data/splits")
CONFIG = "config.json"
"""Of an export."""
_BATCH_SIZE = 32
_MOST_TOKENS = 1_000_000
"""In one continuation: of more, each next one would be read in ever longer time."""


class ScoredToken(NamedTuple):
    """A token of a text, and what the model expected in its place."""

    text: str
    """As it stands there, with the white space before it; "" for the end of the text."""
    id: int
    bits: float
    """Its surprise, −log₂ p."""
    likeliest: str
    """The token that the model would have chosen."""
    probability: float
    """Of that one."""


@dataclass(frozen=True)
class TextScore:
    """How probable the model finds a text; its end is a token too."""

    tokens: Sequence[ScoredToken]
    utf8_bytes: int
    spelling_bits: float | None
    """What the tokens do not tell of the text (minillm/evaluation/text_code.py); None: not known here."""

    @property
    def token_bits(self) -> float:
        """−log₂ of the probability of all tokens."""
        return sum(token.bits for token in self.tokens)

    @property
    def nll(self) -> float:
        """The same in nats."""
        return self.token_bits * math.log(2)

    @property
    def loss(self) -> float:
        """Mean NLL of a token, in nats."""
        return self.nll / len(self.tokens)

    @property
    def perplexity(self) -> float:
        """exp(loss)."""
        return perplexity(self.loss)

    @property
    def unknown(self) -> int:
        """How many tokens are words outside the vocabulary."""
        return sum(token.id == UNK for token in self.tokens)

    @property
    def bits(self) -> float | None:
        """Length of a code of the text; None where the spelling of its unknown words is not known."""
        return None if self.spelling_bits is None else self.token_bits + self.spelling_bits

    @property
    def bits_per_byte(self) -> float | None:
        """That length, divided by the UTF-8 bytes."""
        return None if self.bits is None else self.bits / self.utf8_bytes


class LanguageModel:
    """A trained model and its tokenizer. `load_model` makes one."""

    def __init__(
        self, checkpoint: Checkpoint, tokenizer: Tokenizer, tokenizer_path: Path, threads: Threads
    ) -> None:
        self.model, self.metadata = checkpoint.model, checkpoint.metadata
        self.tokenizer, self.tokenizer_path = tokenizer, tokenizer_path
        self.threads = threads
        self.beside: list[MiniGPT] = []
        """Others that write together with it (`load_together`); what scores a text is the model alone."""

    def generate(
        self,
        prompt: str,
        *,
        tokens: int = 60,
        temperature: float = 0.8,
        top_k: int = 50,
        top_p: float = 1.0,
        min_p: float = 0.0,
        repetition_penalty: float = 1.0,
        seed: int = 0,
    ) -> str:
        """Continue the prompt by so many tokens, fewer if the text ends; the result begins after the prompt.

        It begins without a space where the prompt ends in one.

        The defaults draw as params.yaml does; temperature 0 takes the likeliest token. Raises InputError for
        a value out of its range.
        """
        sampling = Sampling(temperature, top_k, top_p, min_p, repetition_penalty)
        return "".join(self.stream(prompt, sampling, tokens=tokens, seed=seed))

    def stream(self, prompt: str, sampling: Sampling, *, tokens: int, seed: int) -> Iterator[str]:
        """Yield the pieces of such a continuation as they come, each of whole characters."""
        check_sampling(sampling, tokens, seed)
        read = read_of(_encodable(prompt), self.tokenizer)
        ids = [BOS, *self.tokenizer.encode(read.text, add_special_tokens=False).ids]
        detokenizer = Detokenizer(self.tokenizer, ids, spaced=read.spaced)
        new = stream(
            self.model,
            ids,
            sampling,
            max_new_tokens=tokens,
            seed=seed,
            stop=EOS,
            banned=BANNED,
            not_first=read.not_first,
            beside=self.beside,
        )
        for token in new:
            if token == EOS:
                break
            if piece := detokenizer.add(token):
                yield piece
        if rest := detokenizer.rest():
            yield rest

    def score(self, text: str) -> TextScore:
        """How probable the text is, token by token. Raises InputError for an empty one."""
        return self.score_all([text])[0]

    def score_all(self, texts: Iterable[str]) -> list[TextScore]:
        """The same for several texts, each by itself, in batches; bytes are those of what is encoded."""
        if isinstance(texts, str):
            raise InputError("score_all takes a list of texts; `score` takes one")
        texts = list(texts)
        if not texts:
            return []
        if not all(texts):
            raise InputError("a text is empty; give it at least one character")
        # As the tokenizer itself does it: then the offsets are exact.
        normalizer = self.tokenizer.normalizer
        valid = [_encodable(text) for text in texts]
        normal = [normalizer.normalize_str(text) for text in valid] if normalizer else valid
        encodings = self.tokenizer.encode_batch(normal, add_special_tokens=False)
        ids = [np.array([BOS, *encoding.ids, EOS], dtype=np.uint32) for encoding in encodings]
        shard = Shard(np.concatenate(ids), np.cumsum([0, *map(len, ids)]))
        tokens = self._scored(shard)
        scores = []
        for place, (text, encoding) in enumerate(zip(normal, encodings, strict=True)):
            ends = [stop for _, stop in encoding.offsets]
            pieces = [text[start:stop] for start, stop in pairwise([0, *ends, len(text)])]
            own = tokens[shard.offsets[place] + 1 : shard.offsets[place + 1]]
            named = [token._replace(text=piece) for token, piece in zip(own, pieces, strict=True)]
            scores.append(TextScore(named, len(text.encode()), self._spelling_bits(text, encoding)))
        return scores

    def _scored(self, shard: Shard) -> list[ScoredToken]:
        """Each token of the shard, still without its text; the first of each article is no target."""
        tokens = [ScoredToken("", BOS, 0.0, "", 0.0)] * len(shard.tokens)
        stride = stride_of("auto", self.model.config.context)
        for part in score(self.model, shard, _BATCH_SIZE, self.threads, stride):
            if not np.isfinite(part.nll).all():
                raise InputError("the model predicts no numbers; run `dvc repro -f train`")
            words = self.tokenizer.decode_batch(part.predicted[:, None].tolist(), skip_special_tokens=False)
            bits = part.nll / math.log(2)
            for row, at in enumerate(part.positions):
                surprise, sure = float(bits[row]), float(part.confidence[row])
                tokens[at] = ScoredToken("", int(part.targets[row]), surprise, words[row].strip(" "), sure)
        return tokens

    def _spelling_bits(self, text: str, encoding: Encoding) -> float | None:
        if self._is_lossless:
            return 0.0
        return None if self._code is None else self._code.bits(segments_of(text, encoding))

    @property
    def _is_lossless(self) -> bool:
        return isinstance(self.tokenizer.model, models.BPE)

    @cached_property
    def _code(self) -> TextCode | None:
        """Of spellings and gaps, fitted on the training articles of the project that the tokenizer is of."""
        project = project_of(self.tokenizer_path)
        if project is None or not (project / SPLITS).exists():
            return None
        check_vocabulary(project / SPLITS, self.tokenizer)
        return fit_code(project / TEXTS, project / SPLITS, self.tokenizer)


def load_model(checkpoint: Path, tokenizer: Path | None, device: Device) -> LanguageModel:
    """Load a checkpoint and its tokenizer.

    Without a path, the tokenizer is that of the project that the folder stands in, or of the project here.
    Raises InputError for files that are missing, damaged or of another model.
    """
    if device not in ("auto", "cpu", "cuda"):
        raise InputError(f"device = {shown(device)}: must be auto, cpu or cuda")
    if not checkpoint.is_dir():
        raise InputError(f"there is no checkpoint {shown_path(checkpoint)}; `make` trains checkpoints/best")
    if (checkpoint / CONFIG).is_file() and not (checkpoint / METADATA).exists():
        raise InputError(
            f"{shown_path(checkpoint)} is an export, which other programs read; name its checkpoint"
        )
    places = [checkpoint.resolve().parent.parent / TOKENIZER, TOKENIZER]
    path = tokenizer or next((place for place in places if place.exists()), TOKENIZER)
    if not path.is_file():
        raise InputError(
            f"{shown_path(path)} is {'no file' if path.exists() else 'missing'}; run `dvc repro vocab`, "
            "or say where it is (--tokenizer)"
        )
    target = resolve_device(device)
    loaded, words = load_checkpoint(checkpoint, target), load_tokenizer(path)
    check_tokenizer(words, checkpoint, loaded.metadata)
    return LanguageModel(loaded, words, path, threads_for(target))


def load_together(checkpoint: Path, tokenizer: Path | None, device: Device) -> LanguageModel:
    """The same, or of a folder that holds checkpoints the first, which writes as all of them do together.

    Raises InputError too if their contexts differ.
    """
    folders = checkpoint_folders(checkpoint)
    first, *others = (load_model(folder, tokenizer, device) for folder in folders)
    context = first.model.config.context
    for folder, other in zip(folders[1:], others, strict=True):
        if other.model.config.context != context:
            raise InputError(
                f"the context of {folder} is {other.model.config.context} tokens, of the first one "
                f"{context}; name a folder of checkpoints of one context"
            )
        first.beside.append(other.model)
    return first


def project_of(tokenizer: Path) -> Path | None:
    """The folder whose data/vocab/tokenizer.json this is; None for a tokenizer elsewhere."""
    return tokenizer.parents[2] if tokenizer.parts[-3:] == TOKENIZER.parts else None


def check_sampling(sampling: Sampling, tokens: int, seed: int) -> None:
    """Raise InputError for a value that is out of its range: params.yaml's, and 0 for greedy."""
    for name, number in {**vars(sampling), "tokens": tokens, "seed": seed}.items():
        kind = Integral if name in ("tokens", "seed", "top_k") else Real
        if not isinstance(number, kind):
            raise InputError(f"{name} = {shown(number)}: must be a {'whole ' * (kind is Integral)}number")
    temperature, penalty = sampling.temperature, sampling.repetition_penalty
    for name, value, allowed, is_allowed in (
        ("tokens", tokens, f"1 to {_MOST_TOKENS:,}", 1 <= tokens <= _MOST_TOKENS),
        ("seed", seed, "0 to 2³² − 1", 0 <= seed < 2**32),
        ("temperature", temperature, "0 (the likeliest token) or 0.01 to 100", _warm(temperature)),
        ("top_k", sampling.top_k, "0 (all tokens) or more", sampling.top_k >= 0),
        ("top_p", sampling.top_p, "above 0, and 1 (all tokens) at most", 0 < sampling.top_p <= 1),
        ("min_p", sampling.min_p, "0 (all tokens) or more, and below 1", 0 <= sampling.min_p < 1),
        ("repetition_penalty", penalty, "1 (none) to 100", 1 <= penalty <= 100),
    ):
        if not is_allowed:
            raise InputError(f"{name} = {shown(value)}: must be {allowed}")


def _warm(temperature: float) -> bool:
    return temperature == 0 or 0.01 <= temperature <= 100


def _encodable(text: str) -> str:
    if not isinstance(text, str):
        raise InputError(f"{shown(text)} is no text; give a str")
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise InputError(f"the text is no UTF-8 at character {error.start + 1}; convert it first") from None
    return text
