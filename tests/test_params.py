import copy
import re
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from minillm.cores import usable_cores
from minillm.errors import InputError
from minillm.params import LANGUAGES, parse_params, read_params

ROOT = Path(__file__).parent.parent


@pytest.fixture
def content() -> dict[str, Any]:
    return copy.deepcopy(YAML(typ="safe").load((ROOT / "params.yaml").read_text(encoding="utf-8")))


def test_the_repositorys_params_are_valid_and_the_studied_models() -> None:
    params = read_params(ROOT / "params.yaml")
    assert (params.extract.articles, params.extract.min_chars, params.vocab.vocab_size) == (1000, 500, 5000)
    assert (params.model.dim, params.model.layers, params.model.heads) == (256, 2, 4)
    assert (params.train.lr, params.train.weight_decay, params.train.betas) == (3e-4, 0.01, [0.9, 0.999])


def test_every_key_of_params_yaml_is_commented_on_its_line() -> None:
    lines = (ROOT / "params.yaml").read_text(encoding="utf-8").splitlines()
    keys = [line for line in lines if ":" in line.split("#")[0] and not line.strip().startswith("- ")]
    assert len(keys) > 50
    assert [line for line in keys if " # " not in line] == []


@pytest.mark.parametrize("text", ["3e-4", "3e-04", "0.0003", "3E-4"])
def test_scientific_notation_is_a_float(tmp_path: Path, text: str) -> None:
    original = (ROOT / "params.yaml").read_text(encoding="utf-8")
    path = tmp_path / "params.yaml"
    path.write_text(original.replace("lr: 3e-4", f"lr: {text}"), encoding="utf-8")
    assert read_params(path).train.lr == 3e-4


@pytest.mark.parametrize(
    ("section", "key", "value", "expected"),
    [
        ("train", "learning_rate", 1e-3, "train.learning_rate: unknown key"),
        ("model", "head", 2, "did you mean 'heads'?"),
        ("model", "dim", "256", "model.dim = '256': must be a valid integer"),
        ("model", "dim", True, "model.dim = True: must be a valid integer"),
        ("model", "dropout", 1.0, "model.dropout = 1.0: must be less than or equal to 0.999"),
        ("model", "heads", 3, "model: heads = 3: must divide dim = 256"),
        ("split", "train", 0.8, "split: train + validation + test = 1.1: must sum to 1"),
        ("vocab", "type", "char", "vocab.type = 'char': must be 'word' or 'bpe'"),
        ("train", "lr", 0, "train.lr = 0: must be greater than 0"),
        ("train", "lr", float("nan"), "train.lr = nan: must be a finite number"),
        ("train", "betas", [0.9], "train.betas = [0.9]: "),
        ("train", "device", "gpu", "train.device = 'gpu': must be 'auto', 'cpu' or 'cuda'"),
        ("train", "device", "mps", "train.device: 'mps' is refused: Apple's GPU has no float64"),
        ("evaluate", "device", "mps", "evaluate.device: 'mps' is refused: Apple's GPU has no float64"),
        ("extract", "articles", -1, "extract.articles = -1: must be greater than or equal to 0"),
        ("extract", "files", "", "extract.files = '': must be"),
        ("extract", "encoding", "latin", "extract.encoding = 'latin': must be 'utf-8', 'windows-1252', "),
        ("extract", "markup", "html", "extract.markup = 'html': must be 'none' or 'wikitext'"),
        ("evaluate", "prompts", [], "evaluate.prompts = []: "),
    ],
)
def test_a_faulty_value_is_one_line_with_key_value_and_what_is_allowed(
    content: dict[str, Any], section: str, key: str, value: object, expected: str
) -> None:
    content[section][key] = value
    with pytest.raises(InputError) as error:
        parse_params(content, "params.yaml")
    assert str(error.value).startswith("params.yaml: ")
    assert expected in str(error.value)
    assert "\n" not in str(error.value)


BORDERS: dict[str, tuple[list[float], list[float]]] = {
    "extract.articles": ([0, 10**9], [-1, 10**9 + 1]),
    "extract.min_chars": ([0, 10**9], [-1, 10**9 + 1]),
    "clean.min_chars": ([1, 10**9], [0, 10**9 + 1]),
    "clean.max_list_share": ([0.0, 1.0], [-0.01, 1.01]),
    "clean.min_function_word_share": ([0.0, 1.0], [-0.01, 1.01]),
    "clean.max_duplicate_similarity": ([0.01, 1.0], [0.0, 1.01]),
    "vocab.vocab_size": ([16, 2**20], [15, 2**20 + 1]),
    "vocab.sample_characters": ([0, 10**12], [-1, 10**12 + 1]),
    "split.train": ([0.01, 0.99], [0.0, 1.0]),
    "split.validation": ([0.01, 0.99], [0.0, 1.0]),
    "split.test": ([0.01, 0.99], [0.0, 1.0]),
    "model.dim": ([2, 16384], [0, 3, 16386]),
    "model.layers": ([1, 256], [0, 257]),
    "model.heads": ([1, 10**9], [0, 10**9 + 1]),
    "model.feed_forward_multiple": ([0.01, 64.0], [0.0, 64.01]),
    "model.dropout": ([0.0, 0.999], [-0.01, 0.99901, 0.9999999999999999]),
    "model.context": ([2, 65536], [1, 65537]),
    "train.batch_size": ([1, 10**9], [0, 10**9 + 1]),
    "train.processes": ([1, 1024], [0, 1025]),
    "train.distillation_weight": ([0.0, 1.0], [-0.01, 1.01]),
    "train.distillation_temperature": ([0.1, 10.0], [0.0, 0.09, 10.01]),
    "train.epochs": ([0.01, 1, 10**9], [0, -0.5, 10**9 + 1]),
    "train.max_steps": ([0, 10**9], [-1, 10**9 + 1]),
    "train.max_tokens": ([0, 10**12], [-1, 10**12 + 1]),
    "train.validate_every": ([0, 10**9], [-1, 10**9 + 1]),
    "train.validation_tokens": ([0, 10**12], [-1, 10**12 + 1]),
    "train.lr": ([1e-9, 10.0], [0.0, 10.01]),
    "train.warmup_steps": ([0, 10**9], [-1, 10**9 + 1]),
    "train.decay_share": ([0.01, 1.0], [0.0, 1.01]),
    "train.weight_decay": ([0.0, 100.0], [-0.01, 100.01]),
    "train.label_smoothing": ([0.0, 0.99], [-0.01, 1.0]),
    "train.clip_norm": ([1e-6, 1e30], [0.0, 1e-40, 1.1e30]),
    "train.patience": ([1, 10**9], [0, 10**9 + 1]),
    "evaluate.batch_size": ([1, 10**9], [0, 10**9 + 1]),
    "evaluate.max_tokens": ([0, 10**12], [-1, 10**12 + 1]),
    "evaluate.bleu_prompts": ([1, 10**9], [0, 10**9 + 1]),
    "evaluate.bleu_prompt_tokens": ([1, 10**9], [0, 10**9 + 1]),
    "evaluate.bleu_continuation_tokens": ([1, 10**9], [0, 10**9 + 1]),
    "evaluate.baseline_order": ([2, 5], [1, 6]),
    "evaluate.sample_tokens": ([1, 10**9], [0, 10**9 + 1]),
    "evaluate.temperature": ([0.01, 100.0], [0.0, 1e-40, 0.0099, 100.01]),
    "evaluate.top_k": ([0, 10**9], [-1, 10**9 + 1]),
    "evaluate.top_p": ([0.01, 1.0], [0.0, 1.01]),
    "evaluate.min_p": ([0.0, 0.99], [-0.01, 1.0]),
    "evaluate.repetition_penalty": ([1.0, 100.0], [0.99, 100.01]),
    "evaluate.latency_runs": ([1, 10**9], [0, 10**9 + 1]),
}
"""The last values allowed and the first refused, of every number but the seed."""


def faults(content: dict[str, Any]) -> list[str]:
    try:
        parse_params(content, "p")
    except InputError as error:
        return str(error).split("\n")
    return []


@pytest.mark.parametrize("name", BORDERS)
def test_each_number_has_its_borders(content: dict[str, Any], name: str) -> None:
    section, _, key = name.partition(".")
    allowed, refused = BORDERS[name]
    for value in allowed:  # which need not fit the other values: that is a fault of the section
        content[section][key] = value
        assert not any(name in line for line in faults(content))
    for value in refused:
        content[section][key] = value
        assert [f"{name} = {value}: must be " in line for line in faults(content)] == [True]


def test_the_borders_are_those_of_every_number_in_params_yaml(content: dict[str, Any]) -> None:
    numbers = {
        f"{section}.{key}"
        for section, values in content.items()
        if isinstance(values, dict)
        for key, value in values.items()
        if type(value) in (int, float)
    }
    assert numbers == BORDERS.keys()


@pytest.mark.parametrize(("seed", "is_allowed"), [(0, True), (2**32 - 1, True), (-1, False), (2**32, False)])
def test_a_seed_has_32_bits(content: dict[str, Any], seed: int, is_allowed: bool) -> None:
    content["seed"] = seed
    assert (faults(content) == []) is is_allowed


@pytest.mark.parametrize("language", ["fr", "", "ES", "../es", "es\n", "__pycache__"])
def test_a_language_is_a_folder_that_there_is(content: dict[str, Any], language: str) -> None:
    content["language"] = language
    (fault,) = faults(content)
    assert re.match(r"(error: )?p: language: .* must be one of en, es; docs/languages.md", fault)
    assert "\n" not in fault
    for code in LANGUAGES:
        content["language"] = code
        assert faults(content) == []


@pytest.mark.parametrize(("beta", "is_allowed"), [(0.0, True), (0.999, True), (-0.1, False), (1.0, False)])
def test_each_beta_is_a_decay(content: dict[str, Any], beta: float, is_allowed: bool) -> None:
    for betas in ([beta, 0.5], [0.5, beta]):
        content["train"]["betas"] = betas
        assert (faults(content) == []) is is_allowed


def test_bpe_needs_room_for_all_bytes(content: dict[str, Any]) -> None:
    content["vocab"] |= {"type": "bpe", "vocab_size": 259}
    with pytest.raises(InputError, match="bpe needs at least 260"):
        parse_params(content, "params.yaml")
    content["vocab"]["vocab_size"] = 260
    assert parse_params(content, "params.yaml").vocab.vocab_size == 260


def test_rope_needs_pairs_of_values_in_each_head(content: dict[str, Any]) -> None:
    content["model"] |= {"positions": "rope", "dim": 12, "heads": 4}
    with pytest.raises(InputError, match=r"dim / heads = 3 is odd"):
        parse_params(content, "params.yaml")
    content["model"]["positions"] = "sinusoidal"
    assert parse_params(content, "params.yaml").model.heads == 4


def test_a_smoothing_target_without_a_share_is_refused(content: dict[str, Any]) -> None:
    content["train"] |= {"smoothing_target": "bigrams", "label_smoothing": 0.0}
    with pytest.raises(InputError, match=r"smoothing_target = 'bigrams': with label_smoothing = 0 nothing"):
        parse_params(content, "params.yaml")
    content["train"]["label_smoothing"] = 0.1
    assert parse_params(content, "params.yaml").train.smoothing_target == "bigrams"


@pytest.mark.parametrize(("teacher", "is_recorded"), [("data/none", False), ("checkpoints/base", True)])
def test_what_stands_beside_a_result_names_the_teacher_that_there_was(
    content: dict[str, Any], teacher: str, is_recorded: bool
) -> None:
    content["train"]["teacher"] = teacher
    train = parse_params(content, "p").train
    own = {"teacher", "distillation_weight", "distillation_temperature"}
    missing = set(content["train"]) - set(train.recorded()) - {"processes", "decay_share"}
    assert missing == (set() if is_recorded else own)


@pytest.mark.parametrize("schedule", ["linear", "cosine"])
def test_a_share_of_the_decay_is_recorded_if_it_is_not_the_whole_run(
    content: dict[str, Any], schedule: str
) -> None:
    content["train"]["schedule"] = schedule
    for share, is_recorded in ((1.0, False), (0.2, True)):
        content["train"]["decay_share"] = share
        assert ("decay_share" in parse_params(content, "p").train.recorded()) is is_recorded


def test_a_share_of_a_decay_that_there_is_not_is_refused(content: dict[str, Any]) -> None:
    content["train"] |= {"schedule": "constant", "decay_share": 0.2}
    with pytest.raises(InputError, match=r"decay_share = 0\.2: with schedule = 'constant' nothing decays"):
        parse_params(content, "params.yaml")
    content["train"]["decay_share"] = 1.0
    assert parse_params(content, "params.yaml").train.schedule == "constant"


def test_no_key_has_a_default(content: dict[str, Any]) -> None:
    removed = 0
    for section, values in content.items():
        for key in list(values) if isinstance(values, dict) else []:
            without = copy.deepcopy(content)
            del without[section][key]
            with pytest.raises(InputError, match=f"{section}.{key}: missing"):
                parse_params(without, "params.yaml")
            removed += 1
    assert removed > 30


def test_several_faults_are_a_line_each(content: dict[str, Any]) -> None:
    content["model"]["dim"] = 0
    content["train"]["epochs"] = 0
    with pytest.raises(InputError) as error:
        parse_params(content, "params.yaml")
    first, second = str(error.value).splitlines()
    assert "model.dim" in first
    assert "train.epochs" in second


@pytest.mark.parametrize("text", ["seed: [", "seed: 1\nseed: 2\n", "", "- 1\n", "\x00"])
def test_a_file_that_is_no_mapping_is_a_clear_error(tmp_path: Path, text: str) -> None:
    path = tmp_path / "params.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=r"params\.yaml"):
        read_params(path)


def test_a_missing_file_says_where_to_run(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="run this from the repository's root"):
        read_params(tmp_path / "params.yaml")


@pytest.mark.parametrize("workers", [1, 7, 256])
def test_the_number_of_workers_can_be_given(content: dict[str, Any], workers: int) -> None:
    content["machine"]["workers"] = workers
    assert parse_params(content, "p").machine.worker_count == workers


def test_auto_is_as_many_workers_as_there_are_cores(content: dict[str, Any]) -> None:
    assert content["machine"]["workers"] == "auto"
    assert parse_params(content, "p").machine.worker_count == usable_cores() >= 1


@pytest.mark.parametrize("workers", [0, 257, 1.5, True, "all", None])
def test_another_number_of_workers_is_one_clear_line(content: dict[str, Any], workers: object) -> None:
    content["machine"]["workers"] = workers
    with pytest.raises(InputError) as caught:
        parse_params(content, "p")
    message = f"p: machine.workers: {workers!r} is neither auto nor a number from 1 to 256"
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("url", "checksum", "message"),
    [
        (
            "dumps/a.xml",
            "0" * 40,
            "dump_url = 'dumps/a.xml': must begin with http:// or https://, or be empty",
        ),
        ("ftp://a/b", "0" * 40, "must begin with http"),
        ("https://a/b", "", "dump_checksum = '': must be the SHA-1"),
        ("https://a/b", "0" * 32, "must be the SHA-1 (40 hexadecimal digits, in lower case) or SHA-256 (64)"),
        ("https://a/b", "A" * 40, "must be the SHA-1"),
    ],
)
def test_a_download_needs_an_address_and_a_checksum(
    content: dict[str, Any], url: str, checksum: str, message: str
) -> None:
    content["extract"] |= {"dump_url": url, "dump_checksum": checksum}
    with pytest.raises(InputError) as caught:
        parse_params(content, "p")
    assert message in str(caught.value)
    content["extract"] |= {"dump_url": "https://a/b", "dump_checksum": "0" * 64}
    assert parse_params(content, "p").extract.dump_url == "https://a/b"


def test_a_feed_forward_layer_has_a_width(content: dict[str, Any]) -> None:
    content["model"]["feed_forward_multiple"] = 1e-300
    assert faults(content) == [
        "p: model: feed_forward_multiple = 1e-300: times dim = 256 it must be 1 or more"
    ]


@pytest.mark.parametrize(
    "key", ["dump", "dump_url", "dump_checksum", "api_url", "contact", "licence", "attribution"]
)
@pytest.mark.parametrize("value", ["a\nb", "\t", "x\r", "\u202e"])
def test_a_path_or_an_address_is_one_line(content: dict[str, Any], key: str, value: str) -> None:
    content["extract"][key] = value
    assert faults(content) == [f"p: extract.{key}: {value!r} must be one line of printable characters"]


@pytest.mark.parametrize(
    ("section", "key"),
    [
        ("extract", "dump"),
        ("extract", "files"),
        ("train", "init_from"),
        ("train", "teacher"),
        ("evaluate", "minimal_pairs"),
        ("evaluate", "ensemble"),
    ],
)
def test_a_home_folder_is_refused_and_written_out(
    content: dict[str, Any], monkeypatch: pytest.MonkeyPatch, section: str, key: str
) -> None:
    monkeypatch.setenv("HOME", "/home/ana")
    content[section][key] = "~/datos/x.xml"
    assert faults(content) == [
        f"p: {section}.{key}: '~/datos/x.xml': ~ is not taken for a folder here; write the whole path, "
        "'/home/ana/datos/x.xml'"
    ]
    content[section][key] = "~x.xml"
    assert not faults(content)


@pytest.mark.parametrize("value", ["javascript:alert(1)", "//a.org/", "example.org"])
def test_a_licences_address_is_on_the_web(content: dict[str, Any], value: str) -> None:
    content["extract"]["licence_url"] = value
    assert faults(content) == [
        f"p: extract: licence_url = {value!r}: must begin with http:// or https://, or be empty"
    ]


def test_a_file_of_something_else_is_a_bounded_number_of_lines(content: dict[str, Any]) -> None:
    lines = faults({f"{'x' * 70}{i}\n": i for i in range(1000)})
    assert len(lines) == 21
    assert max(map(len, lines)) < 300
    assert lines[-1].endswith(f"p: {1000 + len(content) - 20} more faults; mend these first")
    assert faults({"model": dict.fromkeys(range(5))})


ODD = """~ true yes "" 0 -1 1 1e400 .inf -.inf .nan 1e-400 0x10 0o17 010 1_000 .5e3 2026-13-45
    2026-01-02 1:30 [] {} [1] [[]] [~] {a:1} [a,b] [.nan,.nan] "a" '\' " - ? : , & * ! | > % @ `
    # ~/x /dev/null ../../x $(id) ${x} {{x}} << = *a &a !!python/name:os.system !!binary 😀 ñ
    --help 1e308 -0.0 99999999999999999999 0.1e-5 a:b auto none cpu"""
ODD_VALUES = [
    *ODD.split(),
    *("", "{a: 1}", "{? [a] : b}", "\n  - a", "|\n  a", "a: b", "\x00", "\x1b[2J", "\x85"),
    *('"\\0"', '"\\n"', '"\\uD800"', '"\\U00110000"'),
    *("1" * 39, "9" * 5000, "1" * 4301, "x" * 9999, "x" * 20_000),
    *("[" * 5000, "{a: " * 3000, "[" * 15 + "]" * 15, f"[{'1,' * 500}]", f"[{'[],' * 500}]"),
]
KINDS = ["seed", "machine.workers", "extract.source", "extract.dump", "extract.allow_missing", "train.lr"]
KINDS += ["train.lanes", "evaluate.stride", "train.betas", "evaluate.prompts"]


def with_value(text: str, name: str, value: str) -> str:
    """params.yaml with what stands behind a key replaced; lists of lines stay where they are."""
    section, _, key = name.rpartition(".")
    start = text.index(f"\n{section}:") + 1 if section else 0
    start = text.index(f"\n  {key}:" if section else f"\n{key}:", start)
    colon = text.index(":", start)
    return f"{text[: colon + 1]} {value}{text[text.index(chr(10), colon) :]}"


@pytest.mark.parametrize("name", KINDS)
def test_an_odd_value_is_read_or_refused_in_one_line(tmp_path: Path, name: str) -> None:
    text = (ROOT / "params.yaml").read_text(encoding="utf-8")
    text = re.sub(" +#.*", "", text)  # read in a third of the time
    if name == "evaluate.prompts":
        text = text.replace("\n    - ", "\n    # ")
    path = tmp_path / "params.yaml"
    refused = 0
    for value in ODD_VALUES:
        path.write_text(with_value(text, name, value), encoding="utf-8")
        lines = []
        try:
            read_params(path)
        except InputError as error:
            lines = str(error).split("\n")  # one for each of a list's values, up to a bound
        assert len(lines) <= 21, value
        assert all(line.isprintable() and len(line) < 300 + len(str(path)) for line in lines), value
        refused += lines != []
    assert len(ODD_VALUES) // 3 < refused
