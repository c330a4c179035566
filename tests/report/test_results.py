import hashlib
from pathlib import Path

import pytest

from minillm.errors import InputError
from minillm.files import write_tsv
from minillm.report.results import METRICS, PERFORMANCE_TABLES, TABLES, read_results
from tests.report.files import HOSTILE, PERFORMANCE_ROWS, ROWS, change_figure, write_results


def test_what_was_written_is_read_back(tmp_path: Path) -> None:
    results = read_results(write_results(tmp_path))
    assert results.metrics["evaluate"]["bleu.signature"] == HOSTILE
    assert results.metrics["train"].number("best.epoch") == 2
    for name, rows in ROWS.items():
        assert [tuple(row.values()) for row in results.tables[name]] == [
            tuple(pytest.approx(value, rel=1e-5) if isinstance(value, float) else value for value in row)
            for row in rows
        ]
    assert results.performance is not None
    assert results.performance.figures.number("evaluation_seconds") == 12.25
    for name, rows in PERFORMANCE_ROWS.items():
        found = results.performance.tables[name]
        assert [tuple(row[column] for column in PERFORMANCE_TABLES[name]) for row in found] == rows
    assert results.weights_sha256 == hashlib.sha256(b"weights").hexdigest()


def test_a_quotation_mark_opens_nothing(tmp_path: Path) -> None:
    root = write_results(tmp_path)
    rows = [('"', 1.5, "over-predicted"), ("de", -1.0, "under-predicted"), ('a "b"', -2.0, "under-predicted")]
    write_tsv(root / "metrics/plots/token_bias.tsv", ("token", "difference", "kind"), rows)
    assert [row["token"] for row in read_results(root).tables["plots/token_bias"]] == ['"', "de", 'a "b"']


@pytest.mark.parametrize(
    "name",
    [
        *(f"metrics/{name}.json" for name in METRICS),
        *(f"metrics/{name}.tsv" for name in TABLES),
        "checkpoints/best/checkpoint.json",
        "checkpoints/best/model.safetensors",
    ],
)
def test_a_missing_file_is_one_clear_line(tmp_path: Path, name: str) -> None:
    root = write_results(tmp_path)
    (root / name).unlink()
    with pytest.raises(InputError) as raised:
        read_results(root)
    expected = f"{root / name} is missing; run `dvc repro`, or `dvc pull` where the results are in a remote"
    assert str(raised.value) == expected


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("metrics/train.json", "{", "is no JSON ("),
        ("metrics/train.json", "[1]", "is no JSON object"),
        ("metrics/plots/steps.tsv", "step\tlearning_rate\n1\t0.5\n", "has no column gradient_norm"),
        ("metrics/plots/steps.tsv", "", "has no column step"),
        (
            "metrics/plots/steps.tsv",
            "step\tlearning_rate\tgradient_norm\n1\t0.5\t2\n2\thigh\t2\n",
            ", line 3: learning_rate is 'high'",
        ),
        ("metrics/plots/steps.tsv", "step\tlearning_rate\tgradient_norm\n1\n", "learning_rate is None"),
        ("metrics/evaluate.json", '{"test": {"loss": NaN}}', "is no JSON (NaN is no number)"),
        (
            "metrics/plots/steps.tsv",
            "step\tlearning_rate\tgradient_norm\n1\tnan\t2\n",
            ", line 2: learning_rate is 'nan'",
        ),
        ("metrics/tables/alarms.tsv", "name\traised\tfinding\nleak\tmaybe\tx\n", "raised is 'maybe'"),
        ("metrics/evaluate.json", '{"test": {"loss": 1e999}}', "is no JSON (1e999 is no number)"),
        ("metrics/evaluate.json", "[" * 10**5, "is no JSON ("),
        ("metrics/evaluate.json", b'{"a": "\xc3', "is damaged ('utf-8' codec"),
        ("metrics/tables/alarms.tsv", b"name\traised\tfinding\n\xc3", "is damaged ('utf-8' codec"),
        ("metrics/tables/alarms.tsv", f"name\traised\tfinding\n{'x' * 10**6}", "is no table (field larger"),
        ("metrics/tables/newer.tsv", b"name\n\xc3", "is damaged ('utf-8' codec"),
        ("metrics/tables/newer.tsv", f"name\n{'x' * 10**6}", "is no table (field larger"),
    ],
)
def test_a_broken_file_is_one_clear_line(
    tmp_path: Path, name: str, content: str | bytes, expected: str
) -> None:
    root = write_results(tmp_path)
    (root / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(InputError) as raised:
        read_results(root)
    assert str(root / name) in str(raised.value)
    assert expected in str(raised.value)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("rows", [None, [1], [{"part": "samples"}]])
def test_a_performance_file_of_another_version_is_one_clear_line(tmp_path: Path, rows: object) -> None:
    root = write_results(tmp_path)
    change_figure(root, "machine/performance", "parts", rows)
    expected = (
        r"performance\.json: parts is no list of part, seconds; `dvc repro -f -s evaluate` measures anew$"
    )
    with pytest.raises(InputError, match=expected):
        read_results(root)


def test_a_figure_that_is_missing_or_no_number_is_named(tmp_path: Path) -> None:
    root = write_results(tmp_path)
    change_figure(root, "evaluate", "overfitting.ratio", None)
    figures = read_results(root).metrics["evaluate"]
    with pytest.raises(InputError, match=r"evaluate\.json has no figure overfitting\.ratio"):
        figures["overfitting.ratio"]
    with pytest.raises(InputError, match=r"bleu\.signature is .* and no number"):
        figures.number("bleu.signature")
