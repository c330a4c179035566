# The pipeline in a container. The default base is for NVIDIA GPUs; compose.yaml also builds it for CPUs.
# torch 2.13.0's wheel brings CUDA 13.0 itself (cuda-toolkit==13.0.3 in its metadata): the base adds what the
# driver is found by. Any Debian or Ubuntu with Python 3.11 or newer serves; no digest is given, so that a
# mirror or a stand-in can take its place.
ARG BASE_IMAGE=nvidia/cuda:13.0.2-base-ubuntu24.04

# --- build: the virtual environment, dependencies only
FROM ${BASE_IMAGE} AS build
# Debian and Ubuntu take old versions off their mirrors: pinning apt packages would break the build in weeks.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates python3 python3-venv \
    && rm -rf /var/lib/apt/lists/* \
    && python3 -m venv /opt/minillm
ENV PATH=/opt/minillm/bin:$PATH PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /build
# Only these two files: a change in the code does not install torch again.
COPY pyproject.toml constraints.txt ./
RUN python3 -c "import tomllib; project = tomllib.load(open('pyproject.toml', 'rb'))['project']; \
extras = project['optional-dependencies']; \
print(*project['dependencies'], *extras['s3'], *extras['serve'], sep='\n')" > requirements.txt
# For a CPU-only image: https://download.pytorch.org/whl/cpu
ARG TORCH_INDEX_URL=
# Asked once: pip would ask an index that does not answer again and again, for each of the packages.
RUN test -z "$TORCH_INDEX_URL" || env -u PIP_FIND_LINKS \
    pip index versions torch --index-url "$TORCH_INDEX_URL" --retries 0 --timeout 20 > /dev/null 2>&1 \
    || { echo "error: TORCH_INDEX_URL = $TORCH_INDEX_URL does not answer or has no torch; give another one, or" \
        "an empty one for PyPI's torch, which brings CUDA: TORCH_INDEX_URL= make container" >&2; exit 1; }
RUN --mount=type=cache,target=/root/.cache/pip \
    pip install -c constraints.txt ${TORCH_INDEX_URL:+--extra-index-url "$TORCH_INDEX_URL"} -r requirements.txt \
    && pip uninstall -y pip

# --- run: what a stage needs
FROM ${BASE_IMAGE} AS run
# git for DVC; g++ and Python's headers for torch.compile, which writes C++ (and Triton, which writes C).
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates g++ git python3 python3-dev tini \
    && rm -rf /var/lib/apt/lists/* /var/log/apt /var/log/dpkg.log \
    && useradd --uid 10001 --user-group --no-create-home --home-dir /tmp minillm \
    && mkdir -m 1777 /var/cache/dvc
COPY --from=build /opt/minillm /opt/minillm
# HOME and USER: an arbitrary --user has no passwd entry, and DVC and torch ask who they are.
# The root may be read-only: everything temporary goes to /tmp. compose.yaml keeps DVC's index in a volume.
ENV PATH=/opt/minillm/bin:$PATH \
    HOME=/tmp USER=minillm LANG=C.UTF-8 \
    PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 \
    DVC_NO_ANALYTICS=1 DVC_SITE_CACHE_DIR=/tmp/dvc
# The mounted checkout belongs to somebody else, which libgit2 accepts only by this setting. Experiments are
# commits, which need an author; the checkout's own configuration goes before. The cache holds copies: root
# ignores that hard links are read-only, and would change the cache through them.
RUN git config --system --add safe.directory '*' \
    && git config --system user.name miniLLM \
    && git config --system user.email minillm@localhost \
    && dvc config --system core.analytics false \
    && dvc config --system core.check_update false \
    && dvc config --system cache.type copy
COPY --chmod=755 tools/entrypoint.sh /usr/local/bin/entrypoint
# The package is not installed, the code is that of /workspace.
RUN printf '#!/bin/sh\nexec python3 -m minillm "$@"\n' > /usr/local/bin/minillm && chmod 755 /usr/local/bin/minillm
# A copy of the code, so that the image also runs by itself; a checkout mounted here hides it.
WORKDIR /workspace
RUN chown 10001:10001 /workspace
COPY --chown=10001:10001 . .
RUN printf '[core]\n    no_scm = true\n' > .dvc/config.local && chown -R 10001:10001 .dvc
ARG REVISION=unknown
LABEL org.opencontainers.image.title="miniLLM" \
      org.opencontainers.image.description="A small language model of Spanish, built reproducibly" \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.revision="${REVISION}"
USER 10001:10001
ENTRYPOINT ["/usr/bin/tini", "--", "entrypoint"]
CMD ["sh", "-c", "dvc repro && python -m tools.report && python -m tools.summary"]

# --- sbom: what is in the image, as CycloneDX (`make sbom`)
FROM build AS sbom-tools
RUN python3 -m venv /opt/sbom
RUN --mount=type=cache,target=/root/.cache/pip \
    /opt/sbom/bin/pip install -c constraints.txt cyclonedx-bom distro2sbom
FROM run AS sbom-written
# hadolint ignore=DL3002
USER 0:0
RUN --mount=type=bind,from=sbom-tools,source=/opt/sbom,target=/opt/sbom \
    mkdir /sbom \
    && /opt/sbom/bin/cyclonedx-py environment /opt/minillm/bin/python --output-reproducible -o /sbom/python.cdx.json \
    && /opt/sbom/bin/distro2sbom --distro auto --system --name minillm --release image \
        --sbom cyclonedx --format json --output-file /sbom/system.cdx.json
FROM scratch AS sbom
COPY --from=sbom-written /sbom /

# The last stage is what `docker build .` makes.
FROM run
