"""The image, built and run for real: no network, read-only root, no capabilities, a uid that nobody knows."""

import json
import os
import shutil
import stat
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.container.engine import Engine, EngineUnavailableError, engine
from tools.verify import differences_from_commit

pytestmark = [pytest.mark.container, pytest.mark.timeout(1800)]

UID = 4321
IMAGE = "minillm:cpu"
CONFINED = [
    "--rm",
    "--network=none",
    "--read-only",
    "--cap-drop=ALL",
    "--security-opt=no-new-privileges",
    "--tmpfs=/tmp:exec,mode=1777",
    "--shm-size=64k",
]
SYSTEM_CA = "/etc/ssl/certs/ca-certificates.crt"


@pytest.fixture(scope="session")
def docker() -> Iterator[Engine]:
    try:
        with engine() as found:
            yield found
    except EngineUnavailableError as reason:
        pytest.skip(f"container tests left out: {reason}")


@pytest.fixture(scope="session")
def image(docker: Engine) -> Engine:
    """The engine, with the image in it."""
    docker.build(ROOT, IMAGE)
    return docker


def run(docker: Engine, checkout: Path, *command: str, uid: int = UID) -> subprocess.CompletedProcess[str]:
    """A command in a confined container on a checkout."""
    return docker.run("run", *arguments(checkout, uid), IMAGE, *command)


def arguments(checkout: Path, uid: int = UID) -> list[str]:
    return [*CONFINED, f"--user={uid}:{uid}", f"--volume={checkout}:/workspace"]


def give_to(folder: Path, uid: int) -> Path:
    """Let a uid own a folder and what is in it, where we may."""
    if os.geteuid() == 0:
        for path in [folder, *folder.rglob("*")]:
            os.chown(path, uid, uid, follow_symlinks=False)
    return folder


@pytest.fixture(scope="session")
def uid() -> int:
    """Root gives checkouts to a strange uid; anyone else keeps its own."""
    return UID if os.geteuid() == 0 else os.geteuid()


@pytest.fixture(scope="session")
def clone(tmp_path_factory: pytest.TempPathFactory, uid: int) -> Path:
    """A fresh clone of what is committed here; it stays, for `make verify`, where MINILLM_CLONE says."""
    target = Path(os.environ.get("MINILLM_CLONE") or tmp_path_factory.mktemp("clone") / "minillm")
    subprocess.run(["git", "clone", "--quiet", ROOT, target], check=True)
    # Temporary folders are closed to others.
    for parent in list(target.parents)[:3]:
        mode = stat.S_IMODE(parent.stat().st_mode)
        if mode & 0o055 != 0o055:  # not of /tmp, which is open to all
            parent.chmod(mode | 0o055)
    return give_to(target, uid)


def test_the_image_runs_as_a_numeric_user_under_tini_and_is_labelled(image: Engine) -> None:
    config = json.loads(image.check("inspect", IMAGE))[0]["Config"]
    user, _, group = config["User"].partition(":")
    assert int(user) > 0
    assert int(group) > 0
    assert config["Entrypoint"][0].endswith("tini")
    assert config["Labels"]["org.opencontainers.image.title"] == "miniLLM"
    assert config["Labels"]["org.opencontainers.image.licenses"] == "MIT"


def test_no_secret_and_no_build_tool_is_left_in_the_image(image: Engine, clone: Path, uid: int) -> None:
    for program in ("pip", "make", "cmake", "curl", "debootstrap"):
        result = run(image, clone, "sh", "-c", f"command -v {program}", uid=uid)
        assert result.returncode != 0, f"{program}: {result.stdout}"
    assert run(image, clone, "python", "-m", "pip", uid=uid).returncode != 0
    config = json.loads(image.check("inspect", IMAGE))[0]["Config"]
    history = image.check("history", "--no-trunc", "--format={{.CreatedBy}}", IMAGE)
    for word in ("AWS_", "TOKEN", "PASSWORD", "SECRET"):
        assert word not in " ".join(config["Env"]).upper()
        assert word not in history.upper()
    files = image.check("run", "--rm", IMAGE, "find", "/workspace", "-name", ".env", "-o", "-name", ".git")
    assert files == ""
    assert "Dockerfile" in image.check("run", "--rm", IMAGE, "ls", "/workspace")


def test_the_server_is_in_the_image(image: Engine, clone: Path, uid: int) -> None:
    result = run(image, clone, "minillm", "serve", "--port", "-1", uid=uid)
    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr == "error: --port = -1: must be 0 (any free one) to 65535\n"


def test_torch_compile_works_without_a_network_on_a_read_only_root(
    image: Engine, clone: Path, uid: int
) -> None:
    program = (
        "import torch\n"
        "f = torch.compile(lambda x: torch.nn.functional.gelu(x @ x).sum())\n"
        "print(f(torch.ones(64, 64)).item())"
    )
    result = run(image, clone, "python", "-c", program, uid=uid)
    assert result.returncode == 0, result.stderr[-2000:]
    assert float(result.stdout) == pytest.approx(64**3)


def test_a_wrong_parameter_fails_with_its_line_and_no_traceback(
    image: Engine, clone: Path, uid: int, tmp_path: Path
) -> None:
    tmp_path.chmod(0o755)
    copy = tmp_path / "copy"
    shutil.copytree(clone, copy, symlinks=True)
    text = (copy / "params.yaml").read_text(encoding="utf-8")
    (copy / "params.yaml").write_text(text.replace("\nseed: 42", "\nseed: many"), encoding="utf-8")
    result = run(image, give_to(copy, uid), uid=uid)
    assert result.returncode not in (0, 125)
    assert "error: params.yaml: seed" in result.stdout + result.stderr
    assert "Traceback" not in result.stdout + result.stderr


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a checkout to somebody else")
def test_a_checkout_of_somebody_else_is_refused_with_what_to_do(image: Engine, clone: Path) -> None:
    result = run(image, clone, uid=UID + 1)
    assert result.returncode == 73
    assert f"--user {UID}:{UID}" in result.stderr


def test_a_killed_container_is_followed_by_one_that_makes_the_committed_results(
    image: Engine, clone: Path, uid: int
) -> None:
    name = "minillm-killed"
    command = [image.client, "run", f"--name={name}", *arguments(clone, uid), IMAGE]
    with subprocess.Popen(command, env=image.environment, stdout=subprocess.PIPE, text=True) as started:
        assert started.stdout is not None
        assert any("Running stage 'train'" in line for line in started.stdout)
        deadline = time.monotonic() + 1200
        while not list(clone.glob(".state/train/*/state.safetensors")) and time.monotonic() < deadline:
            time.sleep(1)
        image.check("kill", name)
        assert started.wait(60) == 137
    assert (clone / ".dvc/tmp/rwlock").exists()
    # Another command than the killed one: DVC takes the lock of its own PID for somebody else's.
    other = run(image, clone, "dvc", "repro", "--single-item", "clean", "--force", uid=uid)
    assert other.returncode == 0, other.stdout + other.stderr
    result = run(image, clone, uid=uid)
    assert result.returncode == 0, (result.stdout + result.stderr)[-3000:]
    assert "Stage 'extract' didn't change, skipping" in result.stdout
    assert "Running stage 'train'" in result.stdout
    assert "going on in epoch" in result.stdout
    assert "n-gram" in result.stdout  # the summary, as after `make`
    assert differences_from_commit(ROOT, clone, exact=True) == []
    made = [path for path in (clone / "metrics").rglob("*") if path.is_file()]
    assert {path.stat().st_uid for path in made} == {uid}
    assert len(made) > 10


def test_git_and_experiments_work_on_a_mounted_checkout(image: Engine, clone: Path, uid: int) -> None:
    identity = ("git", "config", "--system", "user.email")  # without one `dvc exp run` fails
    for command in (
        ("dvc", "metrics", "diff"),
        ("dvc", "exp", "show", "--json"),
        ("git", "status", "-s"),
        identity,
    ):
        result = run(image, clone, *command, uid=uid)
        assert result.returncode == 0, (command, result.stderr)


def test_stopping_a_container_ends_it_at_once(image: Engine) -> None:
    name = "minillm-stopped"  # without the checkout: what it removes would be missing there
    options = [f"--name={name}", "--rm", "--network=none"]
    command = [image.client, "run", *options, IMAGE, "dvc", "repro", "-f"]
    with subprocess.Popen(command, env=image.environment, stdout=subprocess.PIPE, text=True) as started:
        assert started.stdout is not None
        assert any("Running stage" in line for line in started.stdout)
        time.sleep(2)
        image.check("stop", "--time=600", name)
        assert started.wait(60) not in (0, 137)  # 137: by the SIGKILL at the end of that time


def test_the_image_runs_by_itself_without_a_checkout(image: Engine) -> None:
    result = image.run("run", "--rm", "--network=none", IMAGE, "dvc", "repro", "split")
    assert result.returncode == 0, (result.stdout + result.stderr)[-3000:]
    assert "Running stage 'split'" in result.stdout


def test_a_gpu_that_is_not_there_is_named(image: Engine) -> None:
    if Path("/dev/nvidia0").exists():
        pytest.skip("this machine has a GPU")
    result = image.run("run", "--rm", "--gpus=all", IMAGE, "true")
    assert result.returncode != 0
    assert "gpu" in result.stderr.lower()


def compose(docker: Engine, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """compose.yaml with the plug-in, or with Debian's docker-compose, whichever works."""
    # The Makefile exports UID and GID, which would win over .env.
    kept = {name: value for name, value in docker.environment.items() if name not in ("UID", "GID")}
    programs = f"{Path(docker.client).parent}{os.pathsep}{kept['PATH']}"
    return subprocess.run(
        ["sh", "tools/docker.sh", "compose", "--file", "compose.yaml", *arguments],
        cwd=folder,
        env={**kept, "PATH": programs, "REQUESTS_CA_BUNDLE": SYSTEM_CA},
        capture_output=True,
        text=True,
        check=False,
    )


def test_compose_runs_the_pipeline_as_the_one_who_owns_the_checkout(
    image: Engine, clone: Path, uid: int
) -> None:
    (clone / ".env").write_text(f"UID={uid}\nGID={uid}\n", encoding="utf-8")
    try:
        shown = compose(image, clone, "config")
        assert shown.returncode == 0, shown.stderr
        assert "pipeline-gpu" in shown.stdout
        assert "nvidia" in shown.stdout
        result = compose(
            image, clone, "run", "--rm", "pipeline", "dvc", "repro", "--single-item", "clean", "-f"
        )
        assert result.returncode == 0, result.stdout + result.stderr
        assert (clone / "metrics/clean.json").stat().st_uid == uid
        failing = compose(image, clone, "run", "--rm", "pipeline", "false")
        assert failing.returncode == 1
    finally:
        compose(image, clone, "down", "--volumes")


def test_an_index_that_does_not_answer_ends_the_build_at_once_with_a_line(docker: Engine) -> None:
    known = [f"--build-arg={name}={value}" for name, value in docker.build_args.items()]
    nobody = "--build-arg=TORCH_INDEX_URL=https://127.0.0.1:9/whl"
    result = docker.run("build", "--progress=plain", "--target=build", *known, nobody, ROOT)
    assert result.returncode != 0
    assert "error: TORCH_INDEX_URL = https://127.0.0.1:9/whl does not answer or has no torch" in result.stderr
    assert "Collecting" not in result.stderr  # pip installs nothing


@pytest.mark.sbom
def test_the_bill_of_materials_names_python_and_system_packages(image: Engine, tmp_path: Path) -> None:
    image.build(ROOT, "minillm:sbom", "--target=sbom", f"--output=type=local,dest={tmp_path}")
    for file, package in (("python.cdx.json", "safetensors"), ("system.cdx.json", "tini")):
        content = json.loads((tmp_path / file).read_text(encoding="utf-8"))
        assert content["bomFormat"] == "CycloneDX"
        versions = {part["name"]: part.get("version") for part in content["components"]}
        assert versions[package]
        assert len(versions) > 80
