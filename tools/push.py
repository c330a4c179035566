"""`make push`: everything that a fresh clone needs to restore any result, to the default DVC remote.

`dvc push --run-cache` (3.67) sends the records of the run-cache and all cached outputs, but not the metrics
files that Git keeps (`cache: false`). A clone whose parameters are those of another branch then finds the
record, misses metrics/train.json, and trains again. So the objects of each record are sent too.
"""

import subprocess
import sys

from dvc.exceptions import DvcException
from dvc.repo import Repo


def main() -> int:
    """Push; DVC's own message and status on failure."""
    pushed = subprocess.run(["dvc", "push", "--run-cache"], check=False)
    if pushed.returncode:
        return pushed.returncode
    try:
        with Repo() as repo:
            runs = repo.stage_cache.push(None)
            for objects in repo.stage_cache.get_used_objs(runs).values():
                repo.cloud.push(objects)
    except DvcException as error:
        sys.exit(f"error: the run-cache's metrics could not be pushed: {error}")
    print(f"run-cache: {len(runs)} records with their metrics")
    changed = subprocess.run(["git", "diff", "--quiet", "HEAD", "--", "dvc.lock", "metrics"], check=False)
    if changed.returncode == 1:  # others are errors: no Git here
        print("note: dvc.lock or metrics/ is not committed, and a clone asks for what the commit names")
    return 0


if __name__ == "__main__":
    sys.exit(main())
