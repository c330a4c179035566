#!/usr/bin/env bash
# Resolve every dependency anew in a clean virtual environment and write constraints.txt.
#
# torch keeps its version: the newest one would change the numbers and, on Linux, bring gigabytes of CUDA; to
# move it, edit its line first. Its CUDA libraries need no line, since torch's own metadata pins them.
set -euo pipefail
cd "$(dirname "$0")/.."

venv=$(mktemp -d)
trap 'rm -rf "$venv"' EXIT
grep '^torch==' constraints.txt > "$venv/torch.txt"
"${PYTHON:-python3}" -m venv "$venv"
"$venv/bin/pip" install --quiet --disable-pip-version-check -c "$venv/torch.txt" -e ".[dev,plots,s3,security]"
{
    echo "# Every version that the project is built and tested with, written by \`make lock\`;"
    echo "# pip install -c constraints.txt -e ."
    # A local version such as 2.13.0+cpu names a build that other machines do not have.
    "$venv/bin/pip" freeze --exclude-editable --exclude minillm | sed 's/+[a-z0-9.]*$//' | LC_ALL=C sort -f
} > "$venv/constraints.txt"
mv "$venv/constraints.txt" constraints.txt
git --no-pager diff --stat -- constraints.txt
