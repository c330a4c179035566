# `make` runs the whole pipeline, `make test` the tests. Both set up what they need, and both are quick the
# second time. They need Python 3.11 or newer with venv, git and make.

PYTHON ?= python3
VENV ?= .venv
PIP_INSTALL = $(VENV)/bin/pip install --quiet --disable-pip-version-check -c constraints.txt

# `python`, `dvc` and the stages that dvc starts are those of the virtual environment.
export PATH := $(abspath $(VENV))/bin:$(PATH)

.DEFAULT_GOAL := run
.PHONY: help run test lint types unit plots clean

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
