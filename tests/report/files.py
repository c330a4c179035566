"""A pipeline's small results on disk, of which a test may change any part."""

import hashlib
import json
import shutil
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from minillm.files import write_json, write_tsv
from minillm.params import VocabParams
from minillm.report.origin import WIKI
from minillm.report.results import PERFORMANCE_TABLES, TABLES
from minillm.tokens.tokenizer import TOKENIZER_KEY, save_tokenizer, tokenizer_sha256, train_tokenizer
from minillm.wikipedia.wiki import Wiki, write_wiki

ROOT = Path(__file__).parents[2]
HOSTILE = "<script>alert(1)</script>\"'>&amp;</style><img src=x onerror=alert(2)> |*`[x](http://e.vil)"
SPLITS = ("train", "validation", "test")
LATENCIES = ("forward", "token", "forward_batch_32", "token_batch_32")


def likelihood(loss: float) -> dict[str, float]:
    return {
        "loss": loss,
        "perplexity": 50.5,
        "accuracy": 0.25,
        "accuracy_known": 0.125,
        "accuracy_limit": 0.6,
        "bits_per_byte": 2.0,
        "spelling_bits_per_byte": 0.75,
    }


METRICS: dict[str, Any] = {
    "extract": {"pages_read": 1200, "skipped": {"redirect": 150, "too_short": 0}, "articles": 1050},
    "clean": {
        "articles_in": 1050,
        "kept": 1000,
        "rejected": {"disambiguation": 40, "near_duplicate": 10, "new_rule": 0},
        "characters_in": 9000,
        "characters_out": 7000,
        "losses": {"holes_closed": 7, "sentences": 3, "characters_share": 0.0125},
    },
    "vocab": {"size": 300, "train": {"unk_rate": 0.1}, "validation": {"unk_rate": 0.2}},
    "split": {split: {"articles": 700, "tokens": 160682} for split in SPLITS},
    "train": {
        "parameters": 4145032,
        "epochs": 3,
        "steps": 30,
        "best": {"epoch": 2, "validation_loss": 4.125},
        "last": {"train_loss": 4.0},
    },
    "evaluate": {
        **{split: likelihood(4.0 + index / 8) for index, split in enumerate(SPLITS)},
        "overfitting": {"ratio": 1.25},
        "bias": {
            "total_variation": 0.375,
        },
        "calibration_error": 0.0312,
        "bleu": {"bleu_4": 0.5, "prompts": 84, "signature": HOSTILE},
        "grammar": {"minigpt": 0.75, "pairs": 1000, "skipped": 20},
        "minimal_pairs": {"minigpt": 1.0, "unigram": 0.625, "ngram": 0.0, "pairs": 1, "skipped": 3},
        "generated": {"rep_4": {"greedy": 0.475}},
        "baseline": {
            "ngram": {"perplexity": 70.5, "bits_per_byte": 2.125},
            "strongest": "byte_ngram",
            "lead": {"mean": 0.0625, "low": 0.03125, "high": 0.125},
            "verdict": "better",
        },
    },
}
WEIGHTS = b"weights"
PERFORMANCE: dict[str, Any] = {
    "device": "cpu",
    "threads": 2,
    "weights": hashlib.sha256(WEIGHTS).hexdigest()[:12],
    "evaluation_seconds": 12.25,
    "memory": {"parameter_bytes": 2**24, "peak_resident_bytes": 2**29},
}
PERFORMANCE_ROWS: dict[str, list[tuple[object, ...]]] = {
    "latencies": [(name, 3.25, 3.0, 1234.5) for name in LATENCIES],
    "cache": [(1, 32, 0.75), (33, 64, 1.25)],
    "percentiles": [(p, 3.0 + p / 100, 1.0 + p / 100, 90.0, 30.0) for p in (1, 50, 100)],
    "parts": [("likelihood", 12.25)],
}
ROWS: dict[str, list[tuple[object, ...]]] = {
    "plots/training": [
        (10 * epoch, epoch, 5 / epoch, 6 / epoch, 90.0 / epoch, 99.0 / epoch, 0.1 * epoch, 0.05 * epoch)
        for epoch in (1, 2, 3)
    ],
    "plots/steps": [(step, 3e-4 / step, 0.5) for step in range(1, 31)],
    "plots/overfitting": [(epoch, 1 + 0.1 * epoch, 0.1 * epoch) for epoch in (1, 2, 3)],
    "plots/token_bias": [("de", 4.5, "over-predicted"), (HOSTILE, -1.5, "under-predicted")],
    "plots/bleu": [(order, 20.0 / order, 18.0 / order, 19.0 / order, 21.0 / order) for order in (1, 2, 3, 4)],
    "plots/calibration": [(0.1, 0.2, 90), (0.5, 0.45, 9)],
    "tables/alarms": [
        ("leak", False, "causal: all is well"),
        ("one_token", True, f"the token predicted most, {HOSTILE}, makes up 54.3% of the predictions"),
        ("a_new_alarm", False, "nothing"),
    ],
    "tables/articles": [
        (str(number), f"{number:08x}", 1000, 200, 50, 25, 850.0 + number, 700.0) for number in range(9)
    ],
    "tables/bias": [
        ("rank_difference", -40.5),
        ("function_words_predicted", 0.25),
        ("function_words_true", 0.5),
    ],
    "tables/baselines": [
        ("minigpt", None, "test", 4.25, 50.5, 2.0, 0.0, 0.0, 0.0, 1.0, 1.0),
        ("ngram", 3, "test", 4.3125, 70.5, 2.125, 0.125, 0.0625, 0.25, 1.0, 1.0),
        ("byte_ngram", 9, "test", None, None, 2.0625, 0.0625, 0.03125, 0.125, 1.0, 1.0),
        ("ppmd", 8, "test", None, None, 2.5, 0.5, None, None, 1.0, 1.0),
        ("minigpt", None, "validation", 9.0, 9.0, 9.0, 0.0, 0.0, 0.0, 1.0, 1.0),
    ],
    "tables/generated": [(kind, 0.475, 0.1, 0.2, 0.3, 0.0, 8) for kind in ("greedy", "sampled", "human")],
    "tables/grammar": [
        (phenomenon, model, 30, 100, 2, share, share - 0.1, share + 0.1, *lead, local)
        for phenomenon, local in (("ser_estar", False), ("clitics", True), ("all", False))
        for model, share, lead in (
            ("minigpt", 0.75, (0.15, -0.05, 0.25)),
            ("unigram", 0.5, (-0.1, -0.2, 0.0)),
            ("ngram", 0.6, (None, None, None)),
        )
    ],
    "tables/minimal_pairs": [
        (phenomenon, model, 1, 1, 3, share, None, None, *lead, False)
        for phenomenon in (f"SV-# {HOSTILE}", "all")
        for model, share, lead in (("minigpt", 1.0, (1.0, None, None)), ("ngram", 0.0, (None, None, None)))
    ],
    "tables/grammar_pairs": [
        ("ser_estar", "Está lleno.", "Es lleno.", -2.5),
        ("ser_estar", "Está vacío.", "Es vacío.", -1.5),
        ("ser_estar", HOSTILE, "Es así.", 3.5),
    ],
    "tables/intervals": [
        ("test.loss", 4.25, 4.125, 4.375),
        ("baseline.lead", 0.0625, 0.03125, 0.125),
    ],
    "tables/near_articles": [(HOSTILE, 26, 0.0625), ("Corto", 0, None)],
    "tables/templates": [("cdx", 2, 1, 3, "Faro"), (HOSTILE, 1, 6, 2, HOSTILE)],
    "tables/samples": [
        ("La capital de", "greedy", " la ciudad", False, False),
        ("La capital de", "greedy", " de la ciudad", False, True),
        ("La capital de", "greedy", " y del reino", True, False),
        ("La capital de", "greedy", f" {HOSTILE}", True, True),
        (HOSTILE, "sampled", ", dijo", False, False),
    ],
}


def write_results(root: Path) -> Path:
    """Write them all under `root`; `root` again."""
    for name, metrics in METRICS.items():
        write_json(root / "metrics" / f"{name}.json", metrics)
    tables = {
        name: [dict(zip(PERFORMANCE_TABLES[name], row, strict=True)) for row in rows]
        for name, rows in PERFORMANCE_ROWS.items()
    }
    tables["latencies"] = [row | {"std": 0.5, "p95": 4.5} for row in tables["latencies"]]
    write_json(root / "metrics/machine/performance.json", PERFORMANCE | tables)
    for name, rows in ROWS.items():
        write_tsv(root / "metrics" / f"{name}.tsv", tuple(TABLES[name]), rows)
    wiki = Wiki("Muestra", "eswiki_sample", language="es", embedded=True)
    write_wiki(root / WIKI, wiki)
    shape = {"dim": 16, "layers": 1, "context": 32, "dropout": 0.1}
    trained = {"lr": 3e-4, "betas": [0.9, 0.999], "batches": "packed", "shuffle": True}
    known = {"model": shape, "params": {"train": trained}, TOKENIZER_KEY: write_tokenizer(root, "a b c d")}
    write_json(root / "checkpoints/best/checkpoint.json", known)
    (root / "checkpoints/best/model.safetensors").write_bytes(WEIGHTS)
    shutil.copy(ROOT / "params.yaml", root / "params.yaml")
    return root


def use_files(root: Path, **extract: str) -> None:
    """Say that the articles are somebody's own files, and by parameters of extract what is known of them."""
    write_wiki(root / WIKI, Wiki(language="es", files=True))
    yaml = YAML()
    content = yaml.load((root / "params.yaml").read_text(encoding="utf-8"))
    content["extract"] |= {"source": "files"} | extract
    with (root / "params.yaml").open("w", encoding="utf-8") as file:
        yaml.dump(content, file)


def use_wiki(root: Path, **changes: Any) -> None:
    """Say that the articles are of another wiki than the embedded corpus, by default of Wikipedia."""
    base = "https://es.wikipedia.org/wiki/Wikipedia:Portada"
    wikipedia = {"sitename": "Wikipedia", "dbname": "eswiki", "base": base, "language": "es"}
    write_wiki(root / WIKI, Wiki(**wikipedia | changes))


def write_tokenizer(root: Path, words: str) -> str:
    """A tokenizer of these words and twelve others; its hash."""
    vocab = VocabParams(type="word", vocab_size=16, sample_characters=0)
    tokenizer = train_tokenizer(lambda: [f"{words} e f g h i j k l m n ñ o"], vocab)
    save_tokenizer(tokenizer, root / "data/vocab/tokenizer.json")
    return tokenizer_sha256(tokenizer)


def change_figure(root: Path, file: str, name: str, value: object) -> None:
    """Set a figure by its dotted name, or remove it with None."""
    path = root / "metrics" / f"{file}.json"
    content = json.loads(path.read_text(encoding="utf-8"))
    *folders, leaf = name.split(".")
    inner = content
    for folder in folders:
        inner = inner[folder]
    if value is None:
        del inner[leaf]
    else:
        inner[leaf] = value
    write_json(path, content)
