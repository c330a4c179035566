"""A Docker engine for the container tests: the one that runs, or Debian's, started for them alone.

Where no registry can be reached, the base image is made by debootstrap and imported under a local tag. It
then also holds the machine's own torch wheel (pip's `find-links`) and certificates, so that the image under
test is built from the same packages as the virtual environment beside it.
"""

import os
import shutil
import subprocess
import tarfile
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

PACKAGES = ["docker.io", "docker-compose", "debootstrap"]
LOCAL_BASE = "localbase/debian:bookworm"
STANDIN = "localbase/standin:bookworm"
CERTIFICATES = Path("/usr/local/share/ca-certificates")


class EngineUnavailableError(Exception):
    """No engine runs and none may be started; the message says what would help."""


@dataclass(frozen=True)
class Engine:
    """A client that talks to one engine, and what the image is built on there."""

    client: str
    environment: dict[str, str]
    build_args: dict[str, str] = field(default_factory=dict)

    def run(self, *arguments: str | Path, timeout: float = 1700) -> subprocess.CompletedProcess[str]:
        """`docker ARGUMENTS`; output and status come back, whatever they are."""
        command = [self.client, *map(str, arguments)]
        return subprocess.run(
            command, env=self.environment, capture_output=True, text=True, check=False, timeout=timeout
        )

    def check(self, *arguments: str | Path, timeout: float = 1700) -> str:
        """A command that has to succeed; what it printed."""
        result = self.run(*arguments, timeout=timeout)
        output = result.stdout + result.stderr
        assert result.returncode == 0, f"docker {' '.join(map(str, arguments))}:\n{output[-4000:]}"
        return result.stdout

    def build(self, context: Path, tag: str, *options: str) -> str:
        """Build the Dockerfile of `context`; the build log."""
        arguments = [f"--build-arg={name}={value}" for name, value in self.build_args.items()]
        result = self.run("build", "--progress=plain", "--tag", tag, *arguments, *options, context)
        assert result.returncode == 0, result.stderr[-6000:]
        return result.stdout + result.stderr


@contextmanager
def engine() -> Iterator[Engine]:
    """An engine for as long as the block runs.

    Raises:
        EngineUnavailableError: none runs, and this user or system cannot start one.
    """
    running = running_engine()
    if running is not None:
        yield running
        return
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        raise EngineUnavailableError(
            "no Docker engine answers, and only root on Debian or Ubuntu may install one here; start Docker"
        )
    install()
    # Short, because the socket's path may have no more than 108 bytes.
    folder = Path(tempfile.mkdtemp(prefix="engine-", dir="/tmp"))
    daemon = start_daemon(folder)
    try:
        client = Engine("/usr/bin/docker", client_environment(f"unix://{folder}/d.sock"))
        wait_until_ready(client, daemon, folder / "daemon.log")
        make_base(client, folder)
        yield Engine(client.client, client.environment, {"BASE_IMAGE": STANDIN})
    finally:
        stop_daemon(daemon, folder)


def running_engine() -> Engine | None:
    """The engine that `docker` already talks to, with the base images that compose.yaml names."""
    client = shutil.which("docker")
    if client is None:
        return None
    found = Engine(client, client_environment(os.environ.get("DOCKER_HOST")), cpu_build_args())
    return found if found.run("version", timeout=60).returncode == 0 else None


def cpu_build_args() -> dict[str, str]:
    """The build arguments of compose.yaml's `pipeline`."""
    return {
        "BASE_IMAGE": os.environ.get("CPU_BASE_IMAGE", "debian:bookworm-20251229-slim"),
        "TORCH_INDEX_URL": os.environ.get("TORCH_INDEX_URL", "https://download.pytorch.org/whl/cpu"),
    }


def client_environment(host: str | None) -> dict[str, str]:
    """This environment, BuildKit on, and the engine's address."""
    environment = {**os.environ, "DOCKER_BUILDKIT": "1", "COMPOSE_DOCKER_CLI_BUILD": "1"}
    return environment | ({"DOCKER_HOST": host} if host else {})


def install() -> None:
    """Debian's engine, compose and debootstrap, where they are missing."""
    if all(Path(path).exists() for path in ("/usr/sbin/dockerd", "/usr/sbin/debootstrap")) and (
        Path("/usr/bin/docker-compose").exists()
    ):
        return
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (["update"], ["install", "-y", "--no-install-recommends", *PACKAGES]):
        result = subprocess.run(
            ["apt-get", "-qq", *command], env=quiet, capture_output=True, text=True, check=False
        )
        if result.returncode:
            raise EngineUnavailableError(f"apt-get {command[0]} failed: {result.stderr.strip()[-300:]}")


def start_daemon(folder: Path) -> subprocess.Popen[bytes]:
    """dockerd with all its files under `folder`."""
    with (folder / "daemon.log").open("wb") as log:
        return subprocess.Popen(
            [
                "/usr/sbin/dockerd",
                f"--data-root={folder}/data",
                f"--exec-root={folder}/exec",
                f"--pidfile={folder}/pid",
                f"--host=unix://{folder}/d.sock",
                "--storage-driver=overlay2",
            ],
            stdout=log,
            stderr=log,
        )


def wait_until_ready(client: Engine, daemon: subprocess.Popen[bytes], log: Path) -> None:
    """Until it answers; EngineUnavailableError with its own last words when it may not run here."""
    deadline = time.monotonic() + 300
    while client.run("version", timeout=60).returncode:
        if daemon.poll() is not None or time.monotonic() > deadline:
            raise EngineUnavailableError(f"dockerd does not start here: {log.read_text()[-400:].strip()}")
        time.sleep(0.5)


def stop_daemon(daemon: subprocess.Popen[bytes], folder: Path) -> None:
    """Stop it, unmount what it left, remove its bridge and its folder."""
    daemon.terminate()
    try:
        daemon.wait(60)
    except subprocess.TimeoutExpired:
        daemon.kill()
        daemon.wait()
    mounts = [line.split()[1] for line in Path("/proc/mounts").read_text().splitlines()]
    for mount in sorted((name for name in mounts if name.startswith(f"{folder}/")), reverse=True):
        subprocess.run(["umount", mount], check=False)
    subprocess.run(["ip", "link", "del", "docker0"], capture_output=True, check=False)
    shutil.rmtree(folder, ignore_errors=True)


def make_base(client: Engine, folder: Path) -> None:
    """A minimal Debian by debootstrap, and on it the stand-in with this machine's wheels and certificates."""
    root = folder / "rootfs"
    subprocess.run(
        [
            "debootstrap",
            "--variant=minbase",
            "--include=ca-certificates",
            "bookworm",
            str(root),
            debian_mirror(),
        ],
        check=True,
        stdout=subprocess.DEVNULL,
    )
    for certificate in CERTIFICATES.glob("*.crt"):
        shutil.copy(certificate, root / CERTIFICATES.relative_to("/"))
    subprocess.run(["chroot", str(root), "update-ca-certificates"], check=True, capture_output=True)
    archive = folder / "rootfs.tar"
    with tarfile.open(archive, "w") as tar:
        tar.add(root, arcname=".")
    shutil.rmtree(root)
    client.check("import", "--change", "ENV LANG=C.UTF-8", archive, LOCAL_BASE)
    archive.unlink()
    context = folder / "standin"
    (context / "wheels").mkdir(parents=True)
    for wheel in local_wheels():
        shutil.copy(wheel, context / "wheels")
    (context / "Dockerfile").write_text(standin_dockerfile(), encoding="utf-8")
    Engine(client.client, client.environment).build(context, STANDIN)


def standin_dockerfile() -> str:
    """pip prefers the local CPU wheel, and finds the certificates of the machine's network."""
    bundle = "/etc/ssl/certs/ca-certificates.crt"
    return (
        f"FROM {LOCAL_BASE}\n"
        "COPY wheels/ /wheels/\n"
        f"ENV PIP_FIND_LINKS=/wheels PIP_CERT={bundle} REQUESTS_CA_BUNDLE={bundle}\n"
    )


def local_wheels() -> list[Path]:
    """torch's wheels in the folder that pip's `find-links` names, if it names one."""
    found = subprocess.run(
        ["pip", "config", "get", "global.find-links"], capture_output=True, text=True, check=False
    )
    folder = os.environ.get("PIP_FIND_LINKS") or found.stdout.strip()
    return sorted(Path(folder).glob("torch-*.whl")) if folder else []


def debian_mirror() -> str:
    """The first mirror of the machine's own package sources."""
    files = [Path("/etc/apt/sources.list"), *sorted(Path("/etc/apt/sources.list.d").glob("*"))]
    for path in (file for file in files if file.exists()):
        for line in path.read_text(encoding="utf-8").splitlines():
            words = line.split()
            if words[:1] in (["URIs:"], ["deb"]) and "debian" in line and "security" not in line:
                return next(word for word in words if word.startswith("http"))
    return "http://deb.debian.org/debian"
