import subprocess
from pathlib import Path

import pytest

from minillm.errors import InputError
from minillm.evaluation.comparison import Interval
from minillm.report.comparison import change, flat_params, judgement, read_reference
from tests.conftest import environment
from tests.report.files import METRICS, change_figure, write_results


def run(root: Path, *command: str) -> None:
    subprocess.run(command, cwd=root, env=environment(), check=True, capture_output=True)


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two commits, `first` and `second`, with another loss and another parameter; nothing in the latter."""
    root = write_results(tmp_path_factory.mktemp("repository"))
    run(root, "git", "init", "-q")
    run(root, "dvc", "init", "-q")
    change_figure(root, "evaluate", "test.loss", 5.5)
    run(root, "git", "add", "-A")
    run(root, "git", "commit", "-qm", "first")
    run(root, "git", "tag", "first")
    change_figure(root, "evaluate", "test.loss", 6.5)
    run(root, "git", "rm", "-q", "--cached", "metrics/train.json")
    run(root, "git", "commit", "-qam", "second")
    run(root, "git", "tag", "second")
    return root


def test_figures_and_parameters_are_those_of_the_revision(repository: Path) -> None:
    change_figure(repository, "evaluate", "test.loss", 7.5)  # in the working tree
    reference = read_reference(repository, "first")
    assert reference.name == "first"
    assert reference.metrics["evaluate"].number("test.loss") == 5.5
    assert set(reference.metrics) == set(METRICS)
    assert reference.params["model.dim"] == 256
    assert reference.params["train.betas"] == "[0.9, 0.999]"
    assert reference.articles is not None
    assert [row["id"] for row in reference.articles] == [str(number) for number in range(9)]


def test_a_revision_whose_table_of_articles_nobody_has_is_read_without_it(repository: Path) -> None:
    run(repository, "git", "rm", "-q", "metrics/tables/articles.tsv")
    run(repository, "git", "add", "metrics/train.json")
    run(repository, "git", "commit", "-qm", "as before the table was made")
    assert read_reference(repository, "HEAD").articles is None


@pytest.mark.parametrize(
    ("revision", "expected"),
    [
        ("nowhere", "unknown Git revision 'nowhere'"),
        ("second", "metrics/train.json cannot be read there"),
        ("HEAD^{tree}", "metrics/extract.json cannot be read there"),
    ],
)
def test_an_unknown_revision_and_one_without_results_are_one_clear_line(
    repository: Path, revision: str, expected: str
) -> None:
    with pytest.raises(InputError) as raised:
        read_reference(repository, revision)
    assert str(raised.value).startswith(f"REF = {revision}: metrics/")
    assert expected in str(raised.value)
    assert "name a branch, a commit or an experiment" in str(raised.value)
    assert "\n" not in str(raised.value)


def test_who_asks_the_wiki_is_no_parameter_to_show() -> None:
    text = "seed: 1\nextract: {contact: someone@example.org, articles: 5}\ntrain: {betas: [0.9, 0.99]}\n"
    assert flat_params(text) == {"seed": 1, "extract.articles": 5, "train.betas": "[0.9, 0.99]"}
    with pytest.raises(InputError, match="no YAML"):
        flat_params("a: [")


@pytest.mark.parametrize(
    ("here", "there", "gain", "expected"),
    [
        (4.0, 5.0, Interval(1.0, 0.5, 1.5), "better"),
        (4.0, 3.0, Interval(-1.0, -1.5, -0.5), "worse"),
        (4.0, 3.9, Interval(-0.1, -0.3, 0.1), "no clear difference"),
        (4.0, 3.0, Interval(-1.0, None, None), "no clear difference"),
        (0.6, 0.5, None, ""),
        (4.0, 4.0, None, "the same"),
        (None, 4.0, Interval(1.0, 0.5, 1.5), ""),
        (4.0, None, Interval(1.0, 0.5, 1.5), ""),
        (None, None, None, ""),
    ],
)
def test_a_change_is_judged_by_the_interval_of_the_difference_alone(
    here: float | None, there: float | None, gain: Interval | None, expected: str
) -> None:
    assert judgement(here, there, gain) == expected


def test_a_change_is_a_signed_number_or_nothing() -> None:
    assert change(5, 3) == "+2"
    assert change(0.1, 0.3) == "−0.2000"
    assert change("word", "bpe") == ""
    assert change(True, False) == ""
    assert change(1.0, None) == ""
