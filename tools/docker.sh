#!/bin/sh
# Docker, with one line that says what is missing. `compose` is Docker's plugin or, where there is none, the
# older docker-compose, which takes the same commands:
#
#   tools/docker.sh compose run --rm pipeline
set -eu

refuse() {
    echo "error: $*" >&2
    exit 1
}

command -v docker > /dev/null || refuse "there is no docker: install it (Debian: sudo apt install docker.io" \
    "docker-compose; Ubuntu: docker.io docker-compose-v2; elsewhere: https://docs.docker.com/engine/install)"
if [ "${1:-}" = compose ] && ! docker compose version > /dev/null 2>&1; then
    docker-compose version > /dev/null 2>&1 || refuse "docker has no compose: install it (Debian: sudo apt" \
        "install docker-compose; Ubuntu: docker-compose-v2; Docker's own packages: docker-compose-plugin)"
    shift
    set -- docker-compose "$@"
else
    set -- docker "$@"
fi
said=$(docker version 2>&1 > /dev/null) || refuse "no Docker engine answers ($(echo "$said" | tail -n 1)):" \
    "start it (sudo systemctl start docker), as root or as a member of the group docker"
exec "$@"
