"""The extract stage as a process against a real MediaWiki: killed, side by side, and under DVC."""

import json
import signal
import subprocess
import time
from itertools import chain
from pathlib import Path

import pytest

from minillm.wikipedia.cache import TextCache
from tests.conftest import PATIENCE_SECONDS, Project, clone_working_tree
from tests.mediawiki.wiki import Wiki
from tests.wikipedia.faulty_server import Fault, Request
from tests.wikipedia.stage import COMMAND, ENVIRONMENT, prepare, run_stage

pytestmark = pytest.mark.mediawiki

RAW = Path("data/raw/articles.parquet")


def settings(wiki: Wiki, articles: int) -> dict[str, object]:
    return {"source": "api", "api_url": wiki.url, "contact": "prueba@example.org", "articles": articles}


def fetched(requests: list[Request]) -> list[int]:
    return list(chain.from_iterable(request.revision_ids for request in requests))


def kept(folder: Path) -> set[int]:
    """Revisions that are in the cache, each of them whole."""
    (texts,) = (folder / ".state" / "extract").glob("*/texts")
    ids = {int(path.stem) for path in texts.glob("*/[0-9]*.json")}
    assert all(TextCache(texts).get(number) for number in ids)
    return ids


def kill_at_request(wiki: Wiki, folder: Path, number: int) -> bool:
    """Run the stage and kill -9 it when that request has come; False if it ended before."""
    wiki.requests.clear()
    with subprocess.Popen(COMMAND, cwd=folder, env=ENVIRONMENT, stderr=subprocess.DEVNULL) as stage:
        while stage.poll() is None and len(wiki.requests) < number:
            time.sleep(0.001)
        stage.send_signal(signal.SIGKILL)
        return stage.wait() == -signal.SIGKILL


def test_kill_9_at_any_request_loses_and_fetches_nothing_twice(wiki: Wiki, tmp_path: Path) -> None:
    clean, killed = tmp_path / "clean", tmp_path / "killed"
    for folder in (clean, killed):
        folder.mkdir()
    assert run_stage(clean, **settings(wiki, 300)).returncode == 0
    prepare(killed, **settings(wiki, 300))
    before: set[int] = set()
    sizes = []
    wiki.server.faults.extend([Fault("slow", seconds=0.03)] * 200)
    for _ in range(40):  # each run comes a request further, or two
        was_killed = kill_at_request(wiki, killed, 2)
        assert not before & set(fetched(wiki.requests)), "a page that was kept was asked for again"
        before = kept(killed) if was_killed and list(killed.glob(".state/extract/*/texts")) else before
        sizes.append(len(before))
        if not was_killed:
            break
    result = run_stage(killed, **settings(wiki, 300))
    assert result.returncode == 0, result.stderr
    assert len({size for size in sizes if 0 < size < 300}) >= 3, (
        "it was hardly ever killed in the midst of pages"
    )
    assert (killed / RAW).read_bytes() == (clean / RAW).read_bytes()
    assert (killed / "data/raw/revisions.csv").read_bytes() == (clean / "data/raw/revisions.csv").read_bytes()
    assert list((killed / "data").rglob("*.tmp")) == []


def test_what_a_killed_run_kept_serves_one_with_other_parameters(wiki: Wiki, tmp_path: Path) -> None:
    clean, killed = tmp_path / "clean", tmp_path / "killed"
    for folder in (clean, killed):
        folder.mkdir()
    assert run_stage(clean, **settings(wiki, 120)).returncode == 0
    needed = set(fetched(wiki.requests))
    prepare(killed, **settings(wiki, 300))
    assert kill_at_request(wiki, killed, 16)
    before = kept(killed)
    assert before
    wiki.requests.clear()
    assert run_stage(killed, **settings(wiki, 120)).returncode == 0
    assert set(fetched(wiki.requests)) == needed - before
    assert (killed / RAW).read_bytes() == (clean / RAW).read_bytes()


def test_two_runs_side_by_side_take_turns_and_share_the_pages(wiki: Wiki, tmp_path: Path) -> None:
    """`dvc exp run --run-all -j 2`: one state, and still one request at a time (the fixture looks)."""
    folders = [tmp_path / "a", tmp_path / "b"]
    wiki.server.faults.extend([Fault("slow", seconds=0.02)] * 100)
    stages = []
    for folder, articles in zip(folders, (150, 250), strict=True):
        folder.mkdir()
        prepare(folder, **settings(wiki, articles))
        environment = {**ENVIRONMENT, "DVC_ROOT": str(tmp_path)}
        stages.append(
            subprocess.Popen(COMMAND, cwd=folder, env=environment, stdout=subprocess.PIPE, text=True)
        )
    outputs = [stage.communicate(timeout=PATIENCE_SECONDS)[0] for stage in stages]
    assert [stage.returncode for stage in stages] == [0, 0]
    assert sum("waiting for it" in output for output in outputs) == 1
    ids = fetched(wiki.requests)
    assert len(ids) == len(set(ids)) >= 250
    assert {path.name for path in tmp_path.iterdir()} == {"a", "b", ".state"}
    assert wiki.server.most_at_once == 1


def test_a_wiki_that_is_down_from_the_start_is_one_clear_line(wiki: Wiki, tmp_path: Path) -> None:
    wiki.server.faults.extend([Fault(status=503)] * 3)
    result = run_stage(tmp_path, **settings(wiki, 10))
    assert (result.returncode, result.stdout) == (1, "")
    assert f"error: extract.api_url = {wiki.url}: no answer from a MediaWiki API in 3 tries" in result.stderr
    assert "Traceback" not in result.stderr
    assert not (tmp_path / RAW).exists()


def experiment(project: Project, wiki: Wiki, **extract: object) -> list[str]:
    changes = chain.from_iterable(
        ("-S", f"extract.{key}={value}") for key, value in {**settings(wiki, 60), **extract}.items()
    )
    return project.stages_run("dvc", "exp", "run", *changes, "extract")


@pytest.mark.system
@pytest.mark.slow
def test_dvc_runs_it_pins_it_and_takes_no_notice_of_who_asks(wiki: Wiki, tmp_path: Path) -> None:
    project = clone_working_tree(tmp_path)
    assert experiment(project, wiki) == ["extract"]
    raw = (project.root / RAW).read_bytes()
    assert json.loads((project.root / "metrics/extract.json").read_text())["articles"] == 60
    assert "prueba@example.org" not in (project.root / "dvc.lock").read_text()
    assert experiment(project, wiki, contact="otra@example.org") == []
    project.check("make", "pin")
    wiki.edit("Łódź", "Otro texto. " * 100)
    wiki.requests.clear()
    assert experiment(project, wiki) == ["extract"]
    assert (project.root / RAW).read_bytes() == raw
    assert wiki.requests == []
    assert (project.root / "data/revisions.csv").read_bytes() == (
        project.root / "data/raw/revisions.csv"
    ).read_bytes()
