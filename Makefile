# Thin names for real commands. `make run` and `make test` set everything up by themselves.

SHELL       := /bin/bash
.SHELLFLAGS := -euo pipefail -c
PYTHON      ?= python3
DATA        ?= demo
BIN         := .venv/bin
PIP         := $(BIN)/python -m pip --quiet --disable-pip-version-check --no-input

# Or each process that a test starts compiles the whole system anew, which is most of its work.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: run test test-quick soak bench bench-scan pictures vendor lint format lock audit parts clean

# The system on this machine: `make run` with demo data, `make run DATA=golden` with the golden scenario alone;
# PORT=8101 and HOST=0.0.0.0 say where it listens; TLS=1 encrypts, for phones: it then listens at every address.
run: .venv/.run
	@exec $(BIN)/traceability serve --data $(DATA) $(if $(PORT),--port $(PORT)) $(if $(HOST),--host $(HOST)) $(if $(TLS),--tls)

# Every test but the soak; where Java, Maven or Chromium cannot be had, the last lines name what was left out.
# TESTS and ARGS narrow it: make test TESTS=tests/graph ARGS="-k apportion"
test: .venv/.test parts
	@$(BIN)/pytest -m "not soak" $(ARGS) $(TESTS)

test-quick: .venv/.test
	@$(BIN)/pytest -m "not slow and not browser and not neo4j and not soak" $(ARGS) $(TESTS)

# Long hypothesis and kill runs.
soak: .venv/.test parts
	@HYPOTHESIS_PROFILE=soak $(BIN)/pytest -m soak --timeout=0 $(ARGS) $(TESTS)

bench: .venv/.test parts
	@$(BIN)/python -m tests.bench $(ARGS)

# Targets of scanning, offline work and labels, in real Chromium; ARGS="--only labels" narrows it.
bench-scan: .venv/.test parts
	@$(BIN)/python -m tests.bench.scan $(ARGS)

# The pictures of README and guides, of the demo; ARGS names some of them: make pictures ARGS=planner-home
pictures: .venv/.test parts
	@$(BIN)/python -m tests.browser.pictures $(ARGS)

# Other people's code in pages, bundled anew with Node.js: static/vendor/, which is committed. `git diff` says what changed.
vendor:
	cd static/vendor && npm ci --no-audit --no-fund && node build.mjs

lint: .venv/.test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

format: .venv/.test
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

parts:
	@tests/support/parts.sh

# Moves the pinned versions; everything else installs with pip alone from the two files it writes.
UV := .cache/uv/bin/uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes \
	--extra build --no-emit-index-url --no-emit-find-links --quiet $(ARGS)
lock:
	$(PYTHON) -m venv .cache/uv
	.cache/uv/bin/pip install --quiet uv==0.13.8
	UV_CUSTOM_COMPILE_COMMAND="make lock" $(UV) --output-file requirements.lock
	UV_CUSTOM_COMPILE_COMMAND="make lock" $(UV) --extra test --constraint requirements.lock --output-file requirements-test.lock

# Known weaknesses of the pinned packages (docs/security.md says how soon they must be gone). Asks the package index.
audit:
	$(PYTHON) -m venv .cache/audit
	.cache/audit/bin/pip install --quiet pip-audit==2.10.1
	.cache/audit/bin/pip-audit --strict --require-hashes --disable-pip --requirement requirements.lock $(ARGS)

# Everything that can be made again. The data folder is not touched: it is the book.
clean:
	rm -rf .venv .cache build *.egg-info .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	find app.py traceability graph scanners tests -name __pycache__ -prune -exec rm -rf {} +

# The stamps keep a second start quick: pip runs only when what is to be installed has changed.
.venv/.python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=python3.x")'
	@$(PYTHON) -m venv .venv
	@touch $@

# `compat` puts the checkout itself on the path, so templates/, static/ and seed/ are found where they lie.
define install
	echo "Installing $(1) ..."
	$(PIP) install --require-hashes --requirement $(1)
	$(PIP) install --no-deps --no-build-isolation --no-index --config-settings editable_mode=compat --editable .
endef

.venv/.run: requirements.lock pyproject.toml | .venv/.python
	@$(call install,requirements.lock)
	@touch $@

.venv/.test: requirements-test.lock pyproject.toml | .venv/.python
	@$(call install,requirements-test.lock)
	@touch $@ .venv/.run
