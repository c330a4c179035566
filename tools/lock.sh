#!/usr/bin/env bash
# Resolve every dependency anew, for all Pythons and platforms at once, and write constraints.txt.
#
# torch keeps its version, and with it its CUDA libraries: a newer one would change the numbers. To move it, edit
# its line first. Arguments go to uv: `tools/lock.sh --upgrade` takes the newest versions, without it only what
# pyproject.toml asks anew.
set -euo pipefail
cd "$(dirname "$0")/.."

venv=$(mktemp -d)
trap 'rm -rf "$venv"' EXIT
"${PYTHON:-python3}" -m venv "$venv"
"$venv/bin/pip" install --quiet --disable-pip-version-check -c constraints.txt uv
grep '^torch==' constraints.txt > "$venv/torch.txt"
{
    echo "# Every version that the project is built and tested with, written by \`make lock\`;"
    echo "# pip install -c constraints.txt -e ."
} > "$venv/header.txt"
cp constraints.txt "$venv/constraints.txt"
"$venv/bin/uv" pip compile --quiet --universal --python-version 3.11 --all-extras --no-annotate --no-header \
    --no-emit-package minillm --constraint "$venv/torch.txt" --output-file "$venv/constraints.txt" "$@" pyproject.toml
cat "$venv/header.txt" "$venv/constraints.txt" > constraints.txt
git --no-pager diff --stat -- constraints.txt
