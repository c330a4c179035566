"""README's code blocks: each command is typed by a test, or stands here with what makes sure of it."""

import json
import re
import subprocess

import pytest

from minillm.evaluation.summary import summarize
from tests.conftest import ROOT
from tests.documents import blocks, without_comments

EXPERIMENTS = "typed by tests/test_pipeline.py as it stands there, with a narrower model"
WIKIPEDIA = "needs Wikipedia: tests/wikipedia has the stage and servers of its own"
INTERFACE = "tests/interface/test_commands.py reads their options and types others, on a tiny model"
COMMANDS = {
    "make": "typed by .ci/run in a fresh clone",
    "make test": "typed by .ci/run; it is what runs this",
    '.venv/bin/minillm generate --seed 42 --tokens 30 "La capital de" "El agua es"': INTERFACE,
    ".venv/bin/minillm evaluate texto.txt": INTERFACE,
    ".venv/bin/minillm compare checkpoints/best other/checkpoints/best": INTERFACE,
    ". .venv/bin/activate": "a test runs in the environment that it is in",
    "dvc exp run -S model.dim=512 --name dim-512": EXPERIMENTS,
    "dvc metrics diff": EXPERIMENTS,
    "dvc exp run --queue -S train.lr=1e-3,3e-3 && dvc exp run --run-all -j 2": EXPERIMENTS,
    "dvc exp show --only-changed": EXPERIMENTS,
    "dvc params diff && dvc plots diff": EXPERIMENTS,
    "dvc exp apply NAME": EXPERIMENTS,
    "docker compose run --rm pipeline": "needs an engine: tests/container runs the service on a clone",
    "make verify": "typed by .ci/run; tests/test_verify.py has its refusals",
    "make push": "typed by tests/test_remotes.py, out of docs/running.md",
    "dvc exp run -S extract.dump=data/own/eswiki-latest-pages-articles.xml.bz2 "
    "-S extract.articles=1000": WIKIPEDIA,
    "dvc exp run -S extract.articles=0 -S extract.dump_checksum=… "
    "-S extract.dump_url=https://dumps.wikimedia.org/eswiki/20261101/"
    "eswiki-20261101-pages-articles.xml.bz2": WIKIPEDIA,
    "dvc exp run -S extract.source=api -S extract.contact=you@example.org": WIKIPEDIA,
    "make pin && git add data/revisions.csv data/templates.json": "tests/test_make.py pins; "
    "tests/mediawiki runs with pins",
}
# By what they begin with: what a command printed, with what its figures depend on, or a listing of files.
PRINTED = {
    "                                 train  validation        test\n": ("seed 42", "AMD EPYC"),
    "La capital de": ("seed 42", "AMD EPYC"),
    "Path                   Metric ": ("seed 42", "AMD EPYC"),
    "error: params.yaml: train.learning_rate: unknown key": (),
    "params.yaml      ": (),
}


def commands(block: str) -> list[str]:
    """One a line, without comments and with what stands on the next line."""
    joined = re.sub(r"\s*\\\n\s*", " ", without_comments(block))
    return [line.strip() for line in joined.splitlines() if line.strip()]


def printed(block: str) -> str | None:
    return next((start for start in PRINTED if block.startswith(start)), None)


def all_commands(document: str) -> list[str]:
    return [command for _, block in blocks(document) if not printed(block) for command in commands(block)]


def test_every_command_of_the_readme_is_typed_by_a_test_or_has_a_reason() -> None:
    found = all_commands("README.md")
    for command in found:
        print(f"{command}\n    {COMMANDS.get(command, 'NOBODY TYPES IT')}")
    assert found == list(COMMANDS)
    typed = [command for command, how in COMMANDS.items() if how is EXPERIMENTS]
    tests = (ROOT / "tests/test_pipeline.py").read_text(encoding="utf-8")
    sections = [commands(block) for heading, block in blocks("README.md") if heading == "Change something"]
    taken = re.findall(r'command_blocks\("README.md", "Change something"\)\[(\d)\]', tests)
    assert typed == [line for index in taken for line in sections[int(index)] if not line.startswith(". ")]


def test_the_spanish_readme_has_the_same_commands() -> None:
    found = all_commands("README.es.md")
    assert [line.replace("NOMBRE", "NAME").replace("tu@", "you@") for line in found] == list(COMMANDS)


@pytest.mark.parametrize("document", ["README.md", "README.es.md"])
def test_a_figure_that_a_command_printed_says_what_it_depends_on(document: str) -> None:
    text = (ROOT / document).read_text(encoding="utf-8")
    spanish = {"seed 42": "semilla 42"}
    for start, labels in PRINTED.items():
        for block in (block for _, block in blocks(document) if labels and block.startswith(start)):
            before, after = text.split(block)
            beside = f"{before[-800:]} … {after[:400]}"
            for label in labels:
                assert (spanish.get(label, label) if document == "README.es.md" else label) in beside, start


@pytest.mark.parametrize("document", ["README.md", "README.es.md"])
def test_an_experiment_stands_beside_the_committed_metrics(document: str) -> None:
    table = next(block for _, block in blocks(document) if block.startswith("Path "))
    rows = [line.split() for line in table.splitlines()[1:]]
    assert len(rows) > 5
    for path, metric, head, other, change in rows:
        figure = json.loads(subprocess.check_output(["git", "show", f"HEAD:{path}"], cwd=ROOT))
        for name in metric.split("."):
            figure = figure[name]
        assert float(head) == pytest.approx(figure, rel=1e-5, abs=1e-5)
        assert float(other) - float(head) == pytest.approx(float(change), rel=1e-3, abs=1e-4)


@pytest.mark.parametrize("document", ["README.md", "README.es.md"])
def test_a_time_stands_beside_the_hardware_that_it_was_measured_on(document: str) -> None:
    paragraphs = (ROOT / document).read_text(encoding="utf-8").split("\n\n")
    times = [
        text for text in paragraphs if re.search(r"\b(second|minute|hour|segundo|minuto|hora)s?\b", text)
    ]
    assert len(times) >= 2
    assert [text for text in times if "AMD EPYC" not in text] == []


@pytest.mark.parametrize("document", ["README.md", "README.es.md"])
def test_the_summary_of_the_committed_metrics_is_what_the_readme_shows(document: str) -> None:
    path = "metrics/evaluate.json"
    committed = subprocess.check_output(["git", "show", f"HEAD:{path}"], cwd=ROOT, text=True)
    about_to_be = (ROOT / path).read_text(encoding="utf-8")  # or another machine's, which README is not about
    summaries = {f"{summarize(json.loads(text))}\n" for text in (committed, about_to_be)}
    assert summaries & {block for _, block in blocks(document)}
