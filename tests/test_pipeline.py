"""The pipeline as people use it: DVC's commands in a copy of the project with small parameters."""

import json
import os
import re
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.conftest import PATIENCE_SECONDS, Project, wait_for_library
from tests.documents import command_blocks
from tools.verify import outs

pytestmark = [pytest.mark.system, pytest.mark.slow]


def append_comment(project: Project, name: str) -> None:
    path = project.root / name
    path.write_text(path.read_text(encoding="utf-8") + "# a comment\n", encoding="utf-8")


def test_a_run_leaves_a_fresh_clone_clean(finished: Project, elsewhere: Project) -> None:
    elsewhere.check("python", "-m", "tools.report")
    assert elsewhere.check("git", "status", "--porcelain") == ""
    assert elsewhere.check("dvc", "status").strip() == "Data and pipelines are up to date."
    performance = "metrics/machine/performance.json"
    assert (elsewhere.root / performance).read_bytes() != (finished.root / performance).read_bytes()
    report = (elsewhere.root / "metrics/report.html").read_text(encoding="utf-8")
    assert "The evaluation took" in report


def test_two_clones_agree_on_every_byte_but_the_times(finished: Project, elsewhere: Project) -> None:
    assert not (elsewhere.root / ".dvc/cache").samefile(finished.root / ".dvc/cache")
    assert outs(elsewhere.root) == outs(finished.root)
    assert len(outs(finished.root)) > 15


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"machine": {"workers": 3, "log": "tensorboard"}}, []),
        ({"evaluate": {"sample_tokens": 5}}, ["evaluate"]),
    ],
)
def test_a_parameter_is_read_by_its_stage_alone(
    project: Project, change: dict[str, Any], expected: list[str]
) -> None:
    project.set_params(**change)
    assert project.stages_run("dvc", "repro", "--dry") == expected


def test_a_parameter_runs_the_stage_that_reads_it_and_those_after_it(project: Project) -> None:
    project.set_params(vocab={"vocab_size": 250})
    assert project.stages_run("dvc", "repro", "split") == ["vocab", "split"]
    assert project.stages_run("dvc", "repro", "--dry") == ["train", "evaluate"]


def test_a_comment_in_the_evaluation_runs_evaluate_only(project: Project) -> None:
    append_comment(project, "minillm/evaluation/bleu.py")
    assert project.stages_run("dvc", "repro", "--dry") == ["evaluate"]


@pytest.fixture(scope="module")
def changed(elsewhere: Project, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """README's first commands typed after the first `make`: a wider model in the workspace. Copy it, too."""
    clone = elsewhere.copy_to(tmp_path_factory.mktemp("changed") / "clone")
    clone.check("python", "-m", "tools.report")
    plots = json.loads(clone.check("dvc", "plots", "diff", "--json"))
    assert "errors" not in plots
    first = command_blocks("README.md", "Change something")[0]
    for shown in (". .venv/bin/activate\n", "model.dim=512", "dvc metrics diff\n"):
        assert first.count(shown) == 1
    ran = clone.script(first.replace(". .venv/bin/activate\n", "").replace("model.dim=512", "model.dim=32"))
    assert [line for line in ran.stdout.splitlines() if line.startswith("Running stage")] == [
        "Running stage 'train':",
        "Running stage 'evaluate':",
    ]
    assert "metrics/evaluate.json" in ran.stdout.split("Ran experiment(s): dim-512")[1]
    assert "failed" not in ran.stderr  # "DVC failed to load some metrics for following revisions: 'HEAD'."
    return clone


def test_an_experiment_changes_the_model_and_the_diffs_say_so(changed: Project) -> None:
    shown = changed.run("dvc", "metrics", "diff", "--json")
    assert shown.stderr == ""  # no file that HEAD lacks is complained of
    metrics = json.loads(shown.stdout)
    assert metrics["metrics/train.json"]["parameters"]["diff"] > 0
    assert metrics["metrics/machine/performance.json"]["evaluation_seconds"]["new"] > 0
    assert len(metrics["metrics/machine/performance.json"]) < 10  # beside some forty of quality
    parameters = json.loads(changed.check("dvc", "params", "diff", "--json"))
    assert parameters == {"params.yaml": {"model.dim": {"old": 16, "new": 32, "diff": 16}}}
    plots = json.loads(changed.check("dvc", "plots", "diff", "--json"))
    drawn = {name: {*data[0]["revisions"]} for name, data in plots["data"].items() if data}
    mine = drawn.pop("metrics/machine/performance.json")
    assert (mine, len(drawn)) == ({"workspace"}, 11)  # no grammar: of so few words no pair is known
    assert {"Loss", "Perplexity", "Accuracy", "Learning rate", "Overfitting", "BLEU"} <= {*drawn}
    assert {frozenset(revisions) for revisions in drawn.values()} == {frozenset({"HEAD", "workspace"})}


def test_the_other_commands_of_the_readme_work_too(changed: Project, tmp_path: Path) -> None:
    clone = changed.copy_to(tmp_path / "clone")
    script = command_blocks("README.md", "Change something")[2]
    assert script.count("train.lr=1e-3,3e-3") == 1  # trains twice, where evaluating twice shows the same
    script = script.replace("train.lr=1e-3,3e-3", "evaluate.temperature=1e-1,3e-1")
    ran = clone.script(script.replace("NAME", "dim-512"))
    clone.check("dvc", "queue", "stop")
    assert "failed" not in ran.stderr
    shown = clone.check("dvc", "exp", "show", "--csv", "--only-changed")
    assert {"0.1", "0.3"} <= {*re.split(r"[,\n]", shown)}
    assert "Failed" not in shown
    queued = {*clone.check("dvc", "exp", "list", "--name-only").split()} - {"dim-512"}
    assert len(queued) == 2
    metrics = json.loads(clone.check("dvc", "metrics", "diff", *queued, "--json"))
    performance = metrics["metrics/machine/performance.json"]
    assert performance["evaluation_seconds"].keys() == {"old", "new", "diff"}
    assert performance["memory.peak_resident_bytes"].keys() == {"old", "new", "diff"}


def test_the_speed_of_head_is_measured_as_an_experiment(project: Project) -> None:
    assert project.stages_run("dvc", "exp", "run", "-f", "-s", "evaluate", "--name", "here") == ["evaluate"]
    assert project.check("git", "status", "--porcelain") == ""
    metrics = json.loads(project.check("dvc", "metrics", "diff", "HEAD", "here", "--json"))
    assert list(metrics) == ["metrics/machine/performance.json"]


def test_a_temp_experiment_runs_its_own_code_and_not_the_installed_one(project: Project) -> None:
    path = project.root / "stages" / "clean.py"
    source = path.read_text(encoding="utf-8")
    path.write_text("import minillm.corpus.marker  # noqa\n" + source, encoding="utf-8")
    (project.root / "minillm" / "corpus" / "marker.py").touch()
    project.check("git", "add", "-A")
    project.check("git", "commit", "-qm", "code of this copy only")
    output = project.check("dvc", "exp", "run", "--temp", "-S", "clean.keep_headings=false", "clean")
    assert "Reproduced experiment" in output or "Ran experiment" in output
    # The installed package has no such module: it can only have come from the experiment's folder.


def running_stage(dvc: subprocess.Popen[bytes], name: str) -> psutil.Process:
    """Wait until `dvc` runs `python -m stages.NAME`, and return that process."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        for child in psutil.Process(dvc.pid).children(recursive=True):
            try:
                command = child.cmdline()
            except psutil.Error:
                continue
            if f"stages.{name}" in command and "python" in Path(command[0]).name:
                return child
        time.sleep(0.02)
    raise AssertionError(f"stage {name} did not start")


@pytest.mark.parametrize(
    ("stage", "library", "how"),  # each stage and each signal once: what they do is one code
    [
        ("clean", "libarrow", signal.SIGINT),
        ("train", "libtorch", signal.SIGKILL),
        ("evaluate", "libtorch", signal.SIGTERM),
    ],
)
def test_what_was_killed_runs_again_without_cleaning_up(
    finished: Project, tmp_path: Path, stage: str, library: str, how: signal.Signals
) -> None:
    project = finished.copy_to(tmp_path / "project")
    with project.start("dvc", "repro", "-f", "-s", stage) as dvc:
        process = running_stage(dvc, stage)
        wait_for_library(process, library)  # in the midst of its imports
        if how == signal.SIGINT:
            os.killpg(dvc.pid, how)  # a terminal's Ctrl-C reaches the whole group
        else:
            dvc.send_signal(how)
        dvc.wait(PATIENCE_SECONDS)
    _, alive = psutil.wait_procs([process], timeout=PATIENCE_SECONDS)
    assert alive == []
    # DVC deletes what a stage wrote before it runs again.
    assert not (project.root / f"metrics/{stage}.json").exists(), "an orphaned stage went on to its end"
    project.check("dvc", "repro")
    assert outs(project.root) == outs(finished.root)
    leftovers = [path for path in project.root.rglob("*.tmp") if ".git" not in path.parts]
    assert leftovers == []


def lock_of_another_machine(project: Project) -> None:
    """Commit the lock of a machine that made another model of the same inputs."""
    path = project.root / "dvc.lock"
    text = path.read_text(encoding="utf-8")
    for name, md5 in outs(project.root).items():
        if name.startswith(("train ", "evaluate ")):
            text = text.replace(md5, md5[::-1] if md5.isalnum() else md5[31::-1] + md5[32:])
    path.write_text(text, encoding="utf-8")
    project.check("git", "commit", "-qam", "results of another machine")


def test_make_says_how_to_have_back_what_this_machine_made(project: Project) -> None:
    assert project.check("python", "-m", "tools.lock_check") == ""
    lock_of_another_machine(project)
    assert project.stages_run("dvc", "repro", "--dry")[0] == "train"
    note = project.check("python", "-m", "tools.lock_check")
    assert note.startswith("note: dvc.lock names a model that is not here, ")
    assert len(note.splitlines()) == 1
    assert "`rm dvc.lock && make`" in note
    assert "## Other bytes" in (project.root / "docs/running.md").read_text(encoding="utf-8")
    assert project.check("git", "status", "--porcelain") == ""  # it only looks
    (project.root / "dvc.lock").unlink()
    assert project.check("python", "-m", "tools.lock_check") == ""
    assert project.stages_run("dvc", "repro") == []
    assert project.check("dvc", "status").strip() == "Data and pipelines are up to date."


def test_a_model_that_is_to_be_made_is_no_reason_for_a_note(project: Project) -> None:
    lock_of_another_machine(project)
    project.set_params(train={"lr": 2e-3})  # DVC looks into the run-cache by itself
    assert project.check("python", "-m", "tools.lock_check") == ""
    project.check("git", "checkout", "-q", "--", "params.yaml")
    project.check("dvc", "gc", "--force", "--workspace", "--quiet")  # nothing of this machine's is left
    assert project.check("python", "-m", "tools.lock_check") == ""


def test_a_second_run_runs_no_stage_and_report_and_card_leave_it_so(project: Project) -> None:
    output = project.check("python", "-m", "tools.report")
    page, card = project.root / "metrics" / "report.html", project.root / "checkpoints" / "best" / "README.md"
    assert output.splitlines() == [
        "report: metrics/report.html (opens in a browser, without a network)",
        "card:   checkpoints/best/README.md",
    ]
    assert project.check("dvc", "status").strip() == "Data and pipelines are up to date."
    assert project.check("git", "status", "--porcelain") == ""
    assert project.stages_run("dvc", "repro") == []
    assert page.read_text(encoding="utf-8").count("<section") >= 13
    example = card.read_text(encoding="utf-8").split("```python\n")[1].split("```")[0]
    assert project.check("python", "-c", example).startswith("La capital de")


def test_the_report_stands_beside_an_experiment_by_its_name(changed: Project, tmp_path: Path) -> None:
    project = changed.copy_to(tmp_path / "project")
    card = project.root / "checkpoints" / "best" / "README.md"
    assert not card.exists()  # new weights, and no word of the old ones
    project.check("git", "checkout", "-q", "--", ".")
    project.check("dvc", "checkout")
    project.check("python", "-m", "tools.report", "--reference", "dim-512")
    assert card.exists()
    page = (project.root / "metrics" / "report.html").read_text(encoding="utf-8")
    assert '<h2 id="changes-heading">Changes against dim-512</h2>' in page
    assert "model.dim</th><td>16</td><td>32</td>" in page
    result = project.run("python", "-m", "tools.report", "--reference", "nowhere")
    assert result.returncode == 1
    assert result.stderr.startswith("error: REF = nowhere: ")
    assert len(result.stderr.splitlines()) == 1


def test_a_table_that_is_missing_is_one_clear_line(project: Project) -> None:
    (project.root / "metrics" / "tables" / "samples.tsv").unlink()
    result = project.run("python", "-m", "tools.report")
    assert result.returncode == 1
    assert result.stderr.startswith("error: metrics/tables/samples.tsv is missing; run `dvc repro`")
    assert not (project.root / "metrics" / "report.html").exists()


def test_the_plots_page_opens_without_a_network(project: Project) -> None:
    project.check("python", "-m", "tools.plots")
    page = (project.root / "dvc_plots" / "index.html").read_text(encoding="utf-8")
    assert page.count("vegaEmbed(") >= 12  # one call per plot
    bundle_end = page.index("</script>")
    assert bundle_end > 500_000  # Vega itself is in the page
    assert "src=" not in page[: page.index("<script>")] + page[bundle_end:]
    assert "href=" not in page[: page.index("<script>")] + page[bundle_end:]
    assert "{plot_divs}" not in page
    (project.root / "metrics/plots/training.tsv").unlink()
    result = project.run("python", "-m", "tools.plots")
    assert result.returncode == 1
    assert result.stderr == "error: metrics/plots/training.tsv is missing; run `dvc repro` or `dvc pull`\n"


def test_the_summary_says_what_the_model_is_worth(project: Project) -> None:
    output = project.check("python", "-m", "tools.summary")
    assert "perplexity" in output
    assert "strongest baseline" in output
    assert output.splitlines()[-1].startswith("model:   not the documented one (SHA-256 ")
    (project.root / "metrics" / "evaluate.json").unlink()
    result = project.run("python", "-m", "tools.summary")
    assert result.returncode == 1
    assert result.stderr.strip() == "error: metrics/evaluate.json is missing; run `dvc repro`"
