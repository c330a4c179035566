#!/bin/sh
# What `make` looks at before it installs or runs anything: platform, folder, Git, Python, the virtual environment.
# It needs a shell and nothing else. What cannot work ends with one line that says what to do instead of failing
# later in pip's or DVC's words. A virtual environment that does not work is removed, and make makes it anew.
#
#   sh tools/preflight.sh PYTHON VENV [asked]     asked: somebody chose this Python, a VENV of another one goes
set -eu
export LC_ALL=C # byte ranges in patterns, Git's messages in English
python=$1 venv=$2 asked=${3:-}
oldest=11 newest=14 # Python 3.x: pyproject.toml; the wheels of the torch in constraints.txt

refuse() {
    echo "error: $*" >&2
    exit 1
}

supported() { # VERSION: whether it is a Python of which everything can be installed
    [ "${1%%.*}" = 3 ] && [ "${1#3.}" -ge "$oldest" ] && [ "${1#3.}" -le "$newest" ]
}

version_of() { # PYTHON [STATEMENT]: such as 3.12, and whether the statement works
    "$1" -ES -c "import sys; print('%d.%d' % sys.version_info[:2]); ${2:-}" 2> /dev/null
}

check_platform() {
    case $(uname -s) in
    MINGW* | MSYS* | CYGWIN*)
        refuse "this is Windows itself; miniLLM runs in WSL: type 'wsl --install' in PowerShell, clone it again in" \
            "a folder of Linux such as ~/minillm, and make there" ;;
    Darwin)
        [ "$(uname -m)" = arm64 ] || refuse "torch has no wheel for Macs with Intel processors (nor for a terminal" \
            "under Rosetta): run it in a container, docker compose run --rm pipeline" ;;
    *)
        case $(uname -m) in
        x86_64 | aarch64) ;;
        *) refuse "torch has no wheel for $(uname -m): use 64-bit Linux on x86-64 or ARM" ;;
        esac ;;
    esac
}

check_folder() {
    folder=$(pwd -P)
    case $folder in
    *[!A-Za-z0-9\ \(\)._/+@=~,-]*)
        refuse "$folder: DVC fails or hangs where a folder's name has other characters than A-Z a-z 0-9 space and" \
            "()._+@=~,- (accents too): move the project, for example to /srv/minillm, and make there" ;;
    esac
}

check_git() {
    command -v git > /dev/null || refuse "there is no git: install it (Debian and Ubuntu: sudo apt install git," \
        "macOS: xcode-select --install), then make"
    own="git init && git add -A && git commit -m start"
    if ! found=$(git rev-parse --show-prefix 2>&1); then
        case $found in
        *safe.directory*) refuse "this folder is somebody else's, which git refuses:" \
            "git config --global --add safe.directory '$(pwd -P)'" ;;
        *"not a git repository"*) refuse "this folder is no Git repository, which DVC needs (a ZIP is none):" \
            "git clone the project, or make it one here: $own" ;;
        *) refuse "git does not work here: $(echo "$found" | head -n 1)" ;;
        esac
    fi
    [ -z "$found" ] || refuse "this folder lies inside another repository, $(git rev-parse --show-toplevel):" \
        "clone the project elsewhere, or make it a repository of its own here: $own"
    git rev-parse --quiet --verify HEAD > /dev/null || refuse "this repository has no commit yet, which DVC needs:" \
        "git add -A && git commit -m start"
}

why_broken() { # what is wrong with the virtual environment, in words; nothing if it works
    for needed in python pip; do
        [ -x "$venv/bin/$needed" ] || { echo "it has no working $needed" && return; }
    done
    own=$(version_of "$venv/bin/python") || { echo "its Python does not start" && return; }
    made=$(sed -n 's/^version\(_info\)\{0,1\} *= *\([0-9]*\.[0-9]*\).*/\2/p' "$venv/pyvenv.cfg" | head -n 1)
    if [ "$own" != "$made" ]; then
        echo "its Python was $made and is $own now"
    elif ! supported "$own"; then
        echo "it is of Python $own"
    elif [ -n "$asked" ] && [ "$own" != "$(version_of "$python")" ]; then
        echo "it is of Python $own"
    else
        case $(head -n 2 "$venv/bin/pip") in # its programs name the folder that they were made in
        *"$(cd "$venv" && pwd -P)/bin/"* | *"$(pwd)/$venv/bin/"*) ;;
        *) echo "it was made in another folder" ;;
        esac
    fi
}

check_python() {
    command -v "$python" > /dev/null || refuse "there is no $python: install Python 3.$oldest or newer with venv" \
        "(Debian and Ubuntu: sudo apt install python3-venv, macOS: brew install python@3.13), then make"
    if version=$(version_of "$python" "import ensurepip, venv") && supported "$version"; then
        return
    elif [ -z "$version" ]; then
        refuse "$python does not start (try: $python --version); another one: make PYTHON=python3.12"
    fi
    for other in python3.13 python3.12 python3.14 python3.11 ""; do
        [ -n "$other" ] && version_of "$other" "import ensurepip, venv" > /dev/null && break
    done
    if ! supported "$version"; then
        problem="$python is Python $version, and what is installed needs 3.$oldest to 3.$newest"
        missing="install one (Debian and Ubuntu: sudo apt install python3.12-venv, macOS: brew install python@3.12),"
        missing="$missing then make PYTHON=python3.12"
    else
        problem="$python (Python $version) cannot make virtual environments"
        missing="install that part (Debian and Ubuntu: sudo apt install python$version-venv), then make"
    fi
    [ -z "$other" ] || missing="make PYTHON=$other"
    refuse "$problem: $missing"
}

check_venv() {
    if [ -f "$venv/pyvenv.cfg" ]; then
        broken=$(why_broken)
        [ -n "$broken" ] || return 0
    elif [ -e "$venv" ] && ! rmdir "$venv" 2> /dev/null; then
        refuse "$venv is in the way and no virtual environment: remove or rename it, then make"
    fi
    check_python
    if [ -n "${broken:-}" ]; then
        echo "note: $venv is made anew: $broken"
        rm -rf "$venv"
    fi
}

check_identity() { # DVC reads Git's configuration and these variables
    [ -n "${GIT_COMMITTER_NAME:-}" ] && [ -n "${GIT_COMMITTER_EMAIL:-}" ] && return
    [ "$(git config --get-regexp '^user\.(name|email)$' '.' | cut -d ' ' -f 1 | sort -u | wc -l)" -eq 2 ] ||
        echo "note: Git does not know who you are, and 'dvc exp run' fails without that:" \
            "git config --global user.name 'Your Name' && git config --global user.email you@example.org"
}

check_platform
check_folder
check_git
check_venv
check_identity
