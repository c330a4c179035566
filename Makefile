# `make` runs the whole pipeline, `make test` the tests. Both set up what they need, and both are quick the
# second time. They need Python 3.11 or newer with venv, git and make.

PYTHON ?= python3
VENV ?= .venv
MEDIAWIKI_PACKAGES = mediawiki php-cli php-curl php-intl php-mbstring php-sqlite3 php-xml
PIP_INSTALL = $(VENV)/bin/pip install --quiet --disable-pip-version-check -c constraints.txt

# `python`, `dvc` and the stages that dvc starts are those of the virtual environment.
export PATH := $(abspath $(VENV))/bin:$(PATH)

.DEFAULT_GOAL := run
.PHONY: help run test lint types unit pin mediawiki plots clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:[^#]*## /\t/' | expand -t 12

run: $(VENV)/.installed ## the whole pipeline on the embedded corpus, then its metrics (the default)
	@dvc repro
	@python -m tools.summary

test: $(VENV)/.installed-dev lint types unit ## set up, then lint, types and tests

lint: $(VENV)/.installed-dev ## ruff: lint and format
	@ruff check
	@ruff format --check

types: $(VENV)/.installed-dev ## mypy, strict
	@mypy

unit: $(VENV)/.installed-dev ## pytest
	@python -m pytest

pin: ## pin the articles of the last run: copy which revisions they were to data/revisions.csv
	@cp data/raw/revisions.csv data/revisions.csv
	@echo "data/revisions.csv pins $$(($$(wc -l < data/revisions.csv) - 1)) revisions, for extract.source = api"

mediawiki: ## install what the tests of the API source need (Debian or Ubuntu, as root)
	@apt-get update -q
	@DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends $(MEDIAWIKI_PACKAGES)

plots: $(VENV)/.installed-plots ## one HTML page of all plots that opens without a network
	@python -m tools.plots

clean: ## remove the virtual environment and what the pipeline made (not DVC's cache)
	rm -rf $(VENV) dvc_plots data/raw data/clean data/vocab data/splits checkpoints metrics/plots

$(VENV)/.installed: pyproject.toml constraints.txt
	@test -d $(VENV) || $(PYTHON) -m venv $(VENV)
	@echo "installing into $(VENV) …"
	@$(PIP_INSTALL) -e .
	@touch $@

$(VENV)/.installed-dev: $(VENV)/.installed
	@$(PIP_INSTALL) -e ".[dev,plots]"
	@touch $@ $(VENV)/.installed-plots

$(VENV)/.installed-plots: $(VENV)/.installed
	@$(PIP_INSTALL) -e ".[plots]"
	@touch $@
