"""What `make` says before `dvc repro` that trains although the result lies here.

Where bytes differ from the committed ones (a GPU, bfloat16, another torch), `git checkout -- dvc.lock` leaves
a lock whose model nobody here has. While the inputs are the same, DVC trusts the lock and does not look into
its run-cache, where this machine's own model is. Without a lock it does.
"""

import logging
import sys
from pathlib import Path

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from tools import rwlock

LOCK = Path("dvc.lock")
CACHE = Path(".dvc/cache/files/md5")
STAGE = "train"
NOTE = (
    "note: dvc.lock names a model that is not here, but one of the same inputs is, made on this machine. "
    "To have it back instead of training again: Ctrl-C and `rm dvc.lock && make` "
    "(docs/running.md, Other bytes)"
)


def main() -> int:
    """Print the note where it is due. What is wrong with dvc.lock is for `dvc repro` to say."""
    rwlock.main()
    if not outs_cached() and has_other_result():
        print(NOTE, flush=True)
    return 0


def outs_cached() -> bool:
    """Whether what the lock names is in the cache. Without DVC, which takes half a second to import."""
    return all((CACHE / md5[:2] / md5[2:]).exists() for md5 in _locked_hashes())


def _locked_hashes() -> list[str]:
    """Of the stage's outs. None where the file cannot be read (a conflict of a merge, say)."""
    try:
        stages = YAML(typ="safe").load(LOCK.read_text(encoding="utf-8"))["stages"]
        return [str(out["md5"]) for out in stages[STAGE]["outs"]]
    except (OSError, ValueError, YAMLError, KeyError, TypeError):
        return []


def has_other_result() -> bool:
    """Whether DVC would run the stage, and the run-cache has a result for the inputs in the lock."""
    from dvc.exceptions import DvcException
    from dvc.repo import Repo
    from dvc_data.hashfile.hash_info import HashInfo

    logging.disable(logging.WARNING)  # "Stage 'train' is cached - skipping run": nothing is restored here
    try:
        with Repo() as repo, repo.lock:
            stage = repo.stage.load_one(name=STAGE)
            if stage.changed_stage() or stage.changed_deps() or stage.outs_cached():
                return False  # DVC looks into the run-cache by itself, or has what it needs
            for out in stage.outs:
                out.hash_info = HashInfo()
            repo.stage_cache.restore(stage, dry=True)
    except DvcException:  # RunCacheNotFoundError among them
        return False
    return True


if __name__ == "__main__":
    sys.exit(main())
