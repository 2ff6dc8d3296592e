# Thin names for real commands. `make run` and `make test` set everything up by themselves.

SHELL       := /bin/bash
.SHELLFLAGS := -euo pipefail -c
PYTHON      ?= python3
DATA        ?= demo
BIN         := .venv/bin
PIP         := $(BIN)/python -m pip --quiet --disable-pip-version-check --no-input

.PHONY: run test test-quick lint format bench soak lock parts clean

run: .venv/.run ## The system on this machine: DATA=demo (default) or DATA=golden
	exec $(BIN)/traceability serve --data $(DATA)

# The stamps keep a second start quick: pip runs only when a lock file has changed.
.venv/.python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=python3.x")'
	$(PYTHON) -m venv .venv
	touch $@

# `compat` puts the checkout itself on the path, so templates/, static/ and seed/ are found where they lie.
define install
	echo "Installing $(1) ..."
	$(PIP) install --require-hashes --requirement $(1)
	$(PIP) install --no-deps --no-build-isolation --no-index --config-settings editable_mode=compat --editable .
endef

.venv/.run: requirements.lock pyproject.toml | .venv/.python
	@$(call install,requirements.lock)
	touch $@

.venv/.test: requirements-test.lock pyproject.toml | .venv/.python
	@$(call install,requirements-test.lock)
	touch $@ .venv/.run
