"""What CI does with the pipeline: restore from the remote what was computed before, run the rest, compare.

The remote's address comes from MINILLM_REMOTE_URL (a folder or s3://bucket/path), its credentials and the
address of an S3-compatible server from AWS's own variables; nothing of it goes into a file that Git knows.
Without the variable, the remote that the checkout already has is used, if any.
"""

import os
import subprocess
import sys
from pathlib import Path

from tools.verify import differences_from_commit, own_bytes_here, report

REMOTE = "ci"


def main() -> int:
    """Run the pipeline here; 1 when its numbers are not the committed ones."""
    url = os.environ.get("MINILLM_REMOTE_URL")
    if url:
        configure(url, os.environ.get("AWS_ENDPOINT_URL"))
    remotes = dvc("remote", "list", capture=True).strip()
    print(f"remote: {remotes or 'none, every stage runs here'}", flush=True)
    if remotes:
        check_remote()
    dvc("repro", *(["--pull"] if remotes else []))
    here, own = Path.cwd(), own_bytes_here()
    how = f"within tolerance (computed {own})" if own else "byte for byte"
    differences = differences_from_commit(here, here, exact=not own)
    return 1 if report(f"the results are what is committed, {how}", differences) else 0


def configure(url: str, endpoint: str | None) -> None:
    """Make it this checkout's default remote, in the file that Git ignores."""
    dvc("remote", "add", "--local", "--force", "--default", REMOTE, url, capture=True)
    if endpoint and url.startswith("s3://"):
        dvc("remote", "modify", "--local", REMOTE, "endpointurl", endpoint)


def check_remote() -> None:
    """A lost remote ends the run in the first seconds, instead of hiding behind a full training run."""
    result = subprocess.run(
        ["dvc", "status", "--cloud"],
        capture_output=True,
        encoding="utf-8",
        check=False,
        env={"AWS_MAX_ATTEMPTS": "2", **os.environ},  # botocore's five take half a minute
    )
    if result.returncode:
        reason = (result.stderr.strip().splitlines() or ["no reason given"])[0]
        sys.exit(
            f"error: the DVC remote cannot be read: {reason.removeprefix('ERROR: ')}\n"
            "       check MINILLM_REMOTE_URL, AWS_ENDPOINT_URL and the credentials in the environment, "
            "or unset MINILLM_REMOTE_URL to compute everything here"
        )


def dvc(*arguments: str, capture: bool = False) -> str:
    """Run dvc; its output when captured, its status when it fails."""
    result = subprocess.run(["dvc", *arguments], encoding="utf-8", capture_output=capture, check=False)
    if result.returncode:
        sys.exit(f"error: dvc {' '.join(arguments)} failed\n{(result.stderr or '').strip()}".strip())
    return result.stdout or ""


if __name__ == "__main__":
    sys.exit(main())
