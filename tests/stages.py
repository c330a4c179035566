"""Stages in forked processes: a server imports torch once, and not each of a hundred processes."""

import multiprocessing
import os
import runpy
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType

_CONTEXT = multiprocessing.get_context("forkserver")
_CONTEXT.set_forkserver_preload([f"stages.{name}" for name in ("extract", "clean", "train", "evaluate")])


class Stage:
    """`python -m stages.NAME` in `folder`: like a subprocess.Popen with pipes and a session of its own."""

    def __init__(self, folder: Path, name: str, environment: Mapping[str, str] = os.environ) -> None:
        self._temporary = tempfile.TemporaryDirectory()
        out, self._err = Path(self._temporary.name, "out"), Path(self._temporary.name, "err")
        os.mkfifo(out)
        self._process = _CONTEXT.Process(target=_run, args=(folder, name, dict(environment), out, self._err))
        self._process.start()
        self.stdout = out.open(encoding="utf-8")  # as soon as it writes there

    @property
    def pid(self) -> int:
        """Its process, and process group."""
        assert self._process.pid is not None
        return self._process.pid

    @property
    def returncode(self) -> int | None:
        """Its status, or minus the signal that ended it; None while it runs."""
        return self._process.exitcode

    def poll(self) -> int | None:
        """The same, asked now."""
        return self._process.exitcode

    def wait(self, timeout: float | None = None) -> int | None:
        """Its status when it has ended."""
        self._process.join(timeout)
        return self._process.exitcode

    def communicate(self, timeout: float | None = None) -> tuple[str, str]:
        """The rest of what it prints until it has ended, and its errors."""
        out = self.stdout.read()
        self.wait(timeout)
        return out, self._err.read_text(encoding="utf-8")

    def send_signal(self, number: int) -> None:
        """Send one, if it has not ended."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        """SIGKILL."""
        self.send_signal(signal.SIGKILL)

    def __enter__(self) -> "Stage":
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: BaseException | TracebackType | None) -> None:
        self.stdout.close()
        if kind:
            self.kill()
        self.wait()
        self._temporary.cleanup()


def run_stage(
    folder: Path, name: str, environment: Mapping[str, str] = os.environ
) -> subprocess.CompletedProcess[str]:
    """The same until it has ended; output and status come back, whatever they are."""
    with Stage(folder, name, environment) as stage:
        texts = stage.communicate()
    assert stage.returncode is not None
    return subprocess.CompletedProcess([name], stage.returncode, *texts)


def _run(folder: Path, name: str, environment: dict[str, str], out: Path, err: Path) -> None:
    os.setsid()
    for path, number in ((out, 1), (err, 2)):
        os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT), number)
    sys.stdout, sys.stderr = os.fdopen(1, "w", closefd=False), os.fdopen(2, "w", 1, closefd=False)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = [f"{name}.py"]
    sys.modules.pop(f"stages.{name}", None)  # it runs as the main program
    runpy.run_module(f"stages.{name}", run_name="__main__")
