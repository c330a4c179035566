"""The typed schema of params.yaml: every key, its unit and its range.

No key has a default here: params.yaml is the one place where a value stands, so that DVC, which
compares that file, sees every change. What a value is, text or number, is said by minillm/core_yaml.py.
"""

import difflib
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)
from pydantic_core import ErrorDetails

from minillm.core_yaml import read_mapping
from minillm.cores import usable_cores
from minillm.errors import InputError, shown, shown_path

LANGUAGES = tuple(
    sorted(path.parent.name for path in (Path(__file__).parent / "languages").glob("*/language.py"))
)
"""Codes, the names of the folders of minillm/languages."""


def _known_language(code: str) -> str:
    if code not in LANGUAGES:
        raise ValueError(
            f"{shown(code)} must be one of {', '.join(LANGUAGES)}; docs/languages.md says what "
            f"another one takes"
        )
    return code


Share = Annotated[float, Field(ge=0, le=1)]
MOST = 10**9
"""Of whatever is counted and has no limit of its own: what is computed from it stays within 64 bits."""
Count = Annotated[int, Field(ge=1, le=MOST)]
CountOrZero = Annotated[int, Field(ge=0, le=MOST)]
Tokens = Annotated[int, Field(ge=0, le=10**12)]
"""How many tokens at most; 0: no limit."""


def _whole_without_point(number: float) -> float:
    return int(number) if number.is_integer() else number


Epochs = Annotated[float, Field(gt=0, le=MOST), AfterValidator(_whole_without_point)]
"""10 and 10.0 are the same number of passes, and so the same training."""


def _one_line(text: str) -> str:
    if not text.isprintable():
        raise ValueError(f"{shown(text)} must be one line of printable characters")
    return text


Line = Annotated[str, AfterValidator(_one_line)]
"""A path, an address or a name."""
Note = Annotated[Line, Field(max_length=500)]
"""What report and model card say in the user's words."""


def _no_home(text: str) -> str:
    if re.match("~[^/]*/", text):
        raise ValueError(
            f"{shown_path(text)}: ~ is not taken for a folder here; write the whole path, "
            f"{shown_path(os.path.expanduser(text))}"  # as it is, for a user who does not exist
        )
    return text


FilePath = Annotated[Line, AfterValidator(_no_home)]
"""A path from the repository's root, or a whole one."""


def _no_mps(device: object) -> object:
    if device == "mps":
        raise ValueError("'mps' is refused: Apple's GPU has no float64, which is needed here; use cpu")
    return device


Device = Annotated[Literal["auto", "cpu", "cuda"], BeforeValidator(_no_mps)]


def _auto_or_up_to(most: int) -> Callable[[object], object]:
    """A check for `auto` or a number from 1 to `most`."""

    def check(value: object) -> object:
        if value != "auto" and not (type(value) is int and 1 <= value <= most):
            raise ValueError(f"{shown(value)} is neither auto nor a number from 1 to {most}")
        return value

    return check


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False)


class ExtractParams(_Section):
    """Which articles are taken, and from where."""

    source: Literal["dump", "api", "files"]
    dump: FilePath
    """Path of a MediaWiki XML export, .xml, .xml.bz2 (multistream too) or .xml.gz, or of a folder of them."""
    dump_url: Line
    """Address (http, https) of an export that is downloaded and read in place of `dump`; may be empty."""
    dump_checksum: Line
    """SHA-1 or SHA-256 of that file, as published beside it, in hexadecimal digits."""
    api_url: Line
    """Address of a MediaWiki's api.php."""
    contact: Line
    """Whom that wiki may write to about the download: an e-mail address or a URL; may be empty for a dump."""
    allow_missing: bool
    """Whether pinned revisions that the wiki no longer has are left out instead of stopping the run."""
    files: Annotated[FilePath, Field(min_length=1)]
    """Path of a file of texts or of a folder of such files; data/none: none."""
    glob: Annotated[Line, Field(min_length=1)]
    """Which files of the folder are read, by their paths from it on; * stands for any characters, / too."""
    markup: Literal["none", "wikitext"]
    """What the texts of files are; those of a wiki are wikitext."""
    text_field: Annotated[Line, Field(min_length=1)]
    """Field or column that holds an article, of .jsonl, .csv and .parquet."""
    title_field: Line
    """The one with its title; empty: `title` if there is one, else the beginning of the text is its title."""
    encoding: Literal["utf-8", "windows-1252", "iso-8859-15", "mac-roman", "cp850"]
    """Of .txt, .md and .csv that have no mark and are no UTF-8; utf-8: such a file is refused."""
    articles: CountOrZero
    """How many articles to draw, by `seed`; 0 takes all."""
    min_chars: CountOrZero
    """Pages with fewer characters, of wikitext or whatever they come in, are skipped."""
    origin: Note
    """Of files: what the texts are and where they come from; empty: unknown."""
    licence: Note
    """Of the texts, where it is not known (minillm/report/origin.py); empty: unknown."""
    licence_url: Note
    """Address of that licence (http, https); may be empty."""
    attribution: Note
    """Whom to name as the authors; empty: the history of each article."""

    @property
    def plain(self) -> bool:
        """Whether the texts have no markup to be removed."""
        return self.source == "files" and self.markup == "none"

    @model_validator(mode="after")
    def _a_download_is_verified(self) -> Self:
        if self.dump_url and not re.match(r"https?://[^/]", self.dump_url):
            raise ValueError(
                f"dump_url = {shown(self.dump_url)}: must begin with http:// or https://, or be empty"
            )
        if self.dump_url and not re.fullmatch("[0-9a-f]{40}|[0-9a-f]{64}", self.dump_checksum):
            raise ValueError(
                f"dump_checksum = {shown(self.dump_checksum)}: must be the SHA-1 (40 hexadecimal digits, in "
                f"lower case) or SHA-256 (64) of dump_url; Wikimedia publishes …-sha1sums.txt beside a dump"
            )
        return self

    @model_validator(mode="after")
    def _the_licence_is_on_the_web(self) -> Self:
        if self.licence_url and not re.match(r"https?://[^/]", self.licence_url):
            raise ValueError(
                f"licence_url = {shown(self.licence_url)}: must begin with http:// or https://, or be empty"
            )
        return self


class CleanParams(_Section):
    """Which cleaned articles are kept."""

    min_chars: Count
    """Shortest text kept, in characters of plain text."""
    keep_headings: bool
    max_list_share: Share
    """Largest share of characters in list items and table rows."""
    min_function_word_share: Share
    """Smallest share of the language's function words (Spanish: de, la, que …) among the words."""
    max_duplicate_similarity: Annotated[float, Field(gt=0, le=1)]
    """Jaccard similarity of 5-word shingles from which on the later article is dropped; 1: equal sets."""


class VocabParams(_Section):
    """The tokenizer."""

    type: Literal["word", "bpe"]
    vocab_size: Annotated[int, Field(ge=16, le=2**20)]
    """Number of token ids, the four special ones included; bpe needs at least 260."""
    sample_characters: Annotated[int, Field(ge=0, le=10**12)]
    """Of the articles that it is made from and measured on, at most: drawn by seed; 0: all of them."""

    @model_validator(mode="after")
    def _bpe_holds_all_bytes(self) -> Self:
        if self.type == "bpe" and self.vocab_size < 260:
            raise ValueError(
                f"vocab_size = {self.vocab_size}: bpe needs at least 260 (256 bytes and 4 special tokens)"
            )
        return self


class SplitParams(_Section):
    """Shares of the articles, by a hash of the article's id and the seed."""

    train: Annotated[float, Field(gt=0, lt=1)]
    validation: Annotated[float, Field(gt=0, lt=1)]
    test: Annotated[float, Field(gt=0, lt=1)]

    @model_validator(mode="after")
    def _sum_is_one(self) -> Self:
        total = self.train + self.validation + self.test
        if abs(total - 1) > 1e-9:
            raise ValueError(f"train + validation + test = {total:g}: must sum to 1")
        return self


class ModelParams(_Section):
    """The shape of MiniGPT."""

    dim: Annotated[int, Field(ge=2, le=16384, multiple_of=2)]
    layers: Annotated[int, Field(ge=1, le=256)]
    heads: Count
    feed_forward_multiple: Annotated[float, Field(gt=0, le=64)]
    """Width of the feed-forward layer as a multiple of `dim`."""
    dropout: Annotated[float, Field(ge=0, le=0.999)]
    """The largest is far from 1 − 2⁻¹⁷, which minillm/model/dropout.py could not tell from 0."""
    context: Annotated[int, Field(ge=2, le=65536)]
    """Longest sequence that the model sees, in tokens."""
    positions: Literal["sinusoidal", "rope"]
    norm: Literal["layernorm", "rmsnorm"]
    """rmsnorm: the linear layers have no biases either, as in Llama."""
    activation: Literal["gelu", "swiglu"]
    qk_norm: bool
    tie_embeddings: bool

    @model_validator(mode="after")
    def _heads_divide_dim(self) -> Self:
        if self.dim % self.heads:
            divisors = [n for n in range(1, min(self.dim, 64) + 1) if self.dim % n == 0]
            raise ValueError(f"heads = {self.heads}: must divide dim = {self.dim}; up to 64: {divisors}")
        return self

    @model_validator(mode="after")
    def _feed_forward_has_a_width(self) -> Self:
        if round(self.feed_forward_multiple * self.dim) < 1:
            raise ValueError(
                f"feed_forward_multiple = {self.feed_forward_multiple:g}: times dim = {self.dim} "
                "it must be 1 or more"
            )
        return self

    @model_validator(mode="after")
    def _rope_turns_pairs(self) -> Self:
        if self.positions == "rope" and self.dim // self.heads % 2:
            raise ValueError(
                f"positions = 'rope': turns pairs, but dim / heads = {self.dim // self.heads} is odd; "
                f"use another number of heads or positions = 'sinusoidal'"
            )
        return self


class TrainParams(_Section):
    """The optimization."""

    init_from: Annotated[FilePath, Field(min_length=1)]
    """Folder of the checkpoint to start from; checkpoints/none: random weights."""
    teacher: Annotated[FilePath, Field(min_length=1)]
    """Folder of the checkpoint to learn from beside the targets, or of several such folders; data/none: none.
    Another folder than init_from's for none, so that dvc.lock has each of the stage's dependencies once."""
    distillation_weight: Share
    """The teacher's share of the loss; the targets have the rest."""
    distillation_temperature: Annotated[float, Field(ge=0.1, le=10)]
    """What the logits of both are divided by, where the student is compared with its teacher."""
    batches: Literal["packed", "padded"]
    batch_size: Count
    """Sequences per step, of all lanes and processes together."""
    lanes: Annotated[Any, AfterValidator(_auto_or_up_to(1024))]
    """Parts of a batch, each one core's work: 1, 2, 4 … 1024, or auto: 4 on a CPU, one a process on GPUs."""
    processes: Annotated[int, Field(ge=1, le=1024)]
    """Processes that share each batch."""
    shuffle: bool
    share_spelling: bool
    """Whether an embedding is the sum of the word's own vector and those of its spelling's parts."""
    epochs: Epochs
    """Passes over the training split, at most; a fraction ends within one."""
    max_steps: CountOrZero
    """Steps of the run at most; 0: no limit. The learning rate's schedule ends where the run does."""
    max_tokens: Tokens
    """Tokens of all its batches at most; 0: no limit."""
    validate_every: CountOrZero
    """Steps from one validation to the next; 0: once an epoch. The end of the run is always validated."""
    validation_tokens: Tokens
    """Validate on so many tokens at most, of whole articles chosen by the seed; 0: on the whole split."""
    lr: Annotated[float, Field(gt=0, le=10)]
    """Highest learning rate, reached at the end of the warm-up."""
    warmup_steps: CountOrZero
    schedule: Literal["constant", "linear", "cosine"]
    """The learning rate after the warm-up; linear and cosine end at zero."""
    decay_share: Annotated[float, Field(gt=0, le=1)]
    """Over so much of the run's end they fall; until then the learning rate is constant."""
    optimizer: Literal["adamw", "muon"]
    """muon: for the matrices of the blocks; AdamW for the rest."""
    weight_decay: Annotated[float, Field(ge=0, le=100)]
    betas: Annotated[list[Annotated[float, Field(ge=0, lt=1)]], Field(min_length=2, max_length=2)]
    label_smoothing: Annotated[float, Field(ge=0, lt=1)]
    smoothing_target: Literal["uniform", "bigrams"]
    """Where that share of the probability goes: all tokens, or those that counting expects."""
    clip_norm: Annotated[float, Field(ge=1e-6, le=1e30)]
    """Largest norm of the gradient; 1e30 never clips, and a float32 holds it."""
    patience: Count
    """Validations without a lower loss after which training stops."""
    device: Device
    precision: Literal["auto", "float32", "bfloat16"]
    compile: bool
    """Whether torch.compile turns the model into code of its own before the first step."""

    @property
    def has_teacher(self) -> bool:
        """Whether `teacher` names a checkpoint."""
        return Path(self.teacher) != Path(NO_TEACHER)

    def recorded(self) -> dict[str, Any]:
        """What stands beside a result: what had a part in it, so nothing of a teacher if there was none."""
        no_part = FREE | (set() if self.has_teacher else DISTILLATION)
        return self.model_dump(exclude=no_part | ({"decay_share"} if self.decay_share == 1 else set()))

    @model_validator(mode="after")
    def _lanes_make_a_tree(self) -> Self:
        if self.lanes != "auto" and self.lanes.bit_count() != 1:
            raise ValueError(f"lanes = {self.lanes}: must be auto or a power of two (1, 2, 4, 8, …)")
        return self

    @model_validator(mode="after")
    def _a_smoothing_target_gets_a_share(self) -> Self:
        if self.smoothing_target != "uniform" and self.label_smoothing == 0:
            raise ValueError(
                f"smoothing_target = {self.smoothing_target!r}: with label_smoothing = 0 nothing goes there; "
                f"raise label_smoothing or use smoothing_target = 'uniform'"
            )
        return self

    @model_validator(mode="after")
    def _what_decays_has_a_share(self) -> Self:
        if self.schedule == "constant" and self.decay_share != 1:
            raise ValueError(
                f"decay_share = {self.decay_share:g}: with schedule = 'constant' nothing decays; use "
                f"schedule = 'linear' or 'cosine', or leave decay_share at 1.0"
            )
        return self


NO_TEACHER = "data/none"
"""The value of train.teacher that stands for none: a folder, since DVC wants one to depend on."""
FREE = {"processes"}
"""Of TrainParams: how a computer is used for a training, and nothing of its result."""
DISTILLATION = {"teacher", "distillation_weight", "distillation_temperature"}
"""Of TrainParams: what says nothing where there is no teacher."""


class EvaluateParams(_Section):
    """What is measured."""

    batch_size: Count
    device: Device
    max_tokens: Tokens
    """Score so many tokens of a split at most, of whole articles chosen by the seed, and of the training
    split no more than of test; 0: every split as a whole."""
    bleu_prompts: Count
    """Test articles to continue (fewer if there are fewer long enough)."""
    bleu_prompt_tokens: Count
    bleu_continuation_tokens: Count
    stride: Annotated[Any, AfterValidator(_auto_or_up_to(65536))]
    """Tokens from the beginning of one window to that of the next, or auto: half of the context. A target
    counts in the first window that holds it; with the context for a stride, windows begin without a past."""
    baseline_order: Annotated[int, Field(ge=2, le=5)]
    """Order of the Kneser–Ney n-gram baseline."""
    minimal_pairs: Annotated[FilePath, Field(min_length=1)]
    """TSV file of minimal pairs to ask beside our own; data/none: none."""
    ensemble: Annotated[FilePath, Field(min_length=1)]
    """Folder of checkpoints to measure together, beside the model; checkpoints/none: none."""
    prompts: Annotated[list[str], Field(min_length=1)]
    """Beginnings to continue in metrics/samples.md."""
    sample_tokens: Count
    temperature: Annotated[float, Field(ge=0.01, le=100)]
    """What logits are divided by. At 0.01 the likeliest token is nearly always drawn, at 100 any; 1e-40 would
    make logits infinite, and every sample token 0 without a word."""
    top_k: CountOrZero
    """Sample among the k likeliest tokens; 0 = all."""
    top_p: Annotated[float, Field(gt=0, le=1)]
    """Sample among the fewest likeliest tokens with so much probability together; 1 = all."""
    min_p: Annotated[float, Field(ge=0, lt=1)]
    """Sample among the tokens at least so probable, relative to the likeliest; 0 = all."""
    repetition_penalty: Annotated[float, Field(ge=1, le=100)]
    """What the logits of tokens already written are divided by (multiplied, if negative); 1 = nothing."""
    latency_runs: Count


class MachineParams(_Section):
    """How this computer is used. No result depends on it, and no stage lists it in dvc.yaml."""

    workers: Annotated[Any, AfterValidator(_auto_or_up_to(256))]
    """Processes that clean and threads that unpack bzip2: 1 to 256, or auto: as many as cores may be used."""
    log: Literal["none", "tensorboard", "dvclive"]
    """Whose files show a training's curves while it is under way (minillm/tracking.py)."""

    @property
    def worker_count(self) -> int:
        """The number of workers, at least 1."""
        return usable_cores() if self.workers == "auto" else int(self.workers)


class Params(_Section):
    """The whole of params.yaml."""

    seed: Annotated[int, Field(ge=0, lt=2**32)]
    language: Annotated[str, AfterValidator(_known_language)]
    """Of the articles: a folder of minillm/languages."""
    machine: MachineParams
    extract: ExtractParams
    clean: CleanParams
    vocab: VocabParams
    split: SplitParams
    model: ModelParams
    train: TrainParams
    evaluate: EvaluateParams


MAX_FAULTS = 20
"""Lines of an error; a file that is none of ours has one for each of its names."""


def read_params(path: Path) -> Params:
    """Read and check the parameters.

    Raises InputError with one line per faulty key: the key, its value and what is allowed.
    """
    return parse_params(read_mapping(path), str(path))


def parse_params(content: object, source: str) -> Params:
    """Check `content` (the parsed YAML) against the schema; `source` names it in errors."""
    if not isinstance(content, dict):
        raise InputError(
            f"{source}: expected sections {', '.join(Params.model_fields)}, found {shown(content)}"
        )
    try:
        return Params.model_validate(content)
    except ValidationError as error:
        faults = error.errors()
        lines = [_explain(detail) for detail in faults[:MAX_FAULTS]]
        if len(faults) > MAX_FAULTS:
            lines.append(f"{len(faults) - MAX_FAULTS} more faults; mend these first")
        raise InputError(f"{source}: " + f"\nerror: {source}: ".join(lines)) from None


def _explain(detail: ErrorDetails) -> str:
    """One line for one fault: key, value, what is allowed."""
    location = [str(part) for part in detail["loc"]]
    key = ".".join(part if re.fullmatch("[A-Za-z0-9_]{1,60}", part) else shown(part) for part in location)
    match detail["type"]:
        case "extra_forbidden":
            allowed = list(_section_at(location[:-1]).model_fields)
            close = difflib.get_close_matches(location[-1][:60], allowed, n=1)
            hint = f"; did you mean {close[0]!r}?" if close else ""
            return f"{key}: unknown key{hint} (allowed: {', '.join(allowed)})"
        case "missing":
            return f"{key}: missing; every key must be given"
        case "value_error":  # our own validators: the message names the values already
            return f"{key}: {detail['ctx']['error']}"
        case _:
            message = detail["msg"].removeprefix("Input should be ").removeprefix("Value error, ")
            return f"{key} = {shown(detail['input'])}: must be {message}"


def _section_at(location: list[str]) -> type[BaseModel]:
    section: type[BaseModel] = Params
    for part in location:
        annotation: Any = section.model_fields[part].annotation
        section = annotation
    return section
