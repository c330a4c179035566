#!/bin/sh
# What the image starts: check the mounted checkout, drop locks of containers that were killed, run the command.
set -eu

if [ ! -w . ]; then
    owner=$(stat -c %u .) group=$(stat -c %g .)
    echo "error: $PWD belongs to uid $owner and cannot be written by uid $(id -u); run with" \
        "--user $owner:$group, or for compose put UID=$owner and GID=$group into the file .env" >&2
    exit 73 # EX_CANTCREAT
fi

# DVC notes the PID of who works on a file in .dvc/tmp/rwlock, and refuses while a process has that PID. After
# a kill the next container's DVC finds its own PID there (treeverse/dvc#3370). Containers on one checkout share
# a lock for as long as they run: whoever gets it alone knows that no container's note is true any more.
if mkdir -p .dvc/tmp 2>/dev/null && [ -w .dvc/tmp ]; then
    exec 9>.dvc/tmp/containers.lock
    if flock --exclusive --nonblock 9; then
        rm -f .dvc/tmp/rwlock
    fi
    flock --shared 9
fi
exec "$@"
