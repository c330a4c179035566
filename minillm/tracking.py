"""A training's curves while it is under way, in the files of TensorBoard or DVCLive: `machine.log`.

No result depends on it, so no stage runs again for it and none lists this module; turned off, its libraries
are not imported. A run's folder is named by the training's fingerprint, and when that goes on after a kill it
is written anew from the training's own figures: so no step stands there twice, and none is missing.
"""

import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from minillm.errors import InputError

FOLDER = Path("logs")
"""Of the main repository, also for an experiment in a copy of it; ignored by Git, and so by DVC."""

Log = Callable[[str, Mapping[str, float]], None]
"""Shows figures under the name of a group; `step` among them says where they stand."""


@contextmanager
def open_log(kind: Literal["none", "tensorboard", "dvclive"], run: str) -> Iterator[Log | None]:
    """Where the curves of a run go, or None; what lay there of a former attempt is removed."""
    if kind == "none":
        yield None
        return
    folder = Path(os.environ.get("DVC_ROOT", ".")) / FOLDER / run
    try:
        log, close = _tensorboard(folder) if kind == "tensorboard" else _dvclive(folder)
    except ImportError as error:
        raise InputError(
            f"machine.log = {kind!r}: needs a package that is not installed ({error}); "
            f"pip install -c constraints.txt -e '.[{kind}]', or use machine.log = 'none'"
        ) from None
    print(f"curves: {kind}, in {folder}", flush=True)
    try:
        yield log
    finally:
        close()


def _tensorboard(folder: Path) -> tuple[Log, Callable[[], None]]:
    from torch.utils.tensorboard import SummaryWriter

    shutil.rmtree(folder, ignore_errors=True)
    # A TensorBoard that is open forgets what it has read of the removed file.
    writer = SummaryWriter(folder, purge_step=0)

    def log(group: str, figures: Mapping[str, float]) -> None:
        for name, value in figures.items():
            if name != "step":
                writer.add_scalar(f"{group}/{name}", value, int(figures["step"]))
        writer.flush()

    return log, writer.close


def _dvclive(folder: Path) -> tuple[Log, Callable[[], None]]:
    os.environ["DVC_STUDIO_OFFLINE"] = "true"  # else it would tell a server, where a token is configured
    from dvclive import Live

    shutil.rmtree(folder, ignore_errors=True)
    live = Live(str(folder), save_dvc_exp=False, dvcyaml=False)

    def log(group: str, figures: Mapping[str, float]) -> None:
        live.step = int(figures["step"])
        for name, value in figures.items():
            if name != "step":
                live.log_metric(f"{group}/{name}", value)
        live.make_summary()

    return log, live.end
