# Every target starts from a bare checkout with Python 3.11+ and make.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
HOME_DIR ?= var

# Hundreds of processes of a test run import the same modules: each is compiled once, whatever the caller's shell says.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: setup run test test-peers proof check fix migrate openapi bench lock

setup: $(STAMP)

$(STAMP): requirements-dev.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Socle needs Python 3.11 or later")'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements-dev.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	$(BIN)/python -m compileall -q src
	touch $@

run: $(STAMP)
	$(BIN)/socle serve --home $(HOME_DIR)

test: $(STAMP)
	$(BIN)/python -m pytest -m "not peers" -n 3 --dist loadfile --no-loadscope-reorder tests

test-peers: $(STAMP)
	$(BIN)/python -m pytest -m peers tests

proof: $(STAMP)
	SOCLE_PROOF=1 $(BIN)/python -m pytest -m proof -rP tests

check: $(STAMP)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	$(BIN)/python -m pytest tests/architecture tests/core

fix: $(STAMP)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

migrate: $(STAMP)
	$(BIN)/socle migrate --home $(HOME_DIR)

openapi: $(STAMP)
	$(BIN)/socle openapi

# The peers' packages stay out of the main environment: what is installed beside Socle changes its memory.
BENCH_VENV := .venv-bench
BENCH_STAMP := $(BENCH_VENV)/.installed

$(BENCH_STAMP): requirements-bench.lock
	test -x $(BENCH_VENV)/bin/python || $(PYTHON) -m venv $(BENCH_VENV)
	$(BENCH_VENV)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements-bench.lock
	touch $@

bench: $(STAMP) $(BENCH_STAMP)
	$(BIN)/python -m benchmarks $(BENCH)

COMPILE := $(BIN)/uv pip compile --quiet --generate-hashes --universal --python-version 3.11 --no-emit-index-url \
	--no-emit-find-links --no-header --no-annotate
# Django, which the sidecar package names as its dependency, is never imported: only its bundled assets are served.
LOCK := $(COMPILE) --no-emit-package django --no-emit-package asgiref --no-emit-package sqlparse

lock: $(STAMP)
	$(LOCK) pyproject.toml -o requirements.lock
	$(LOCK) pyproject.toml --group dev -o requirements-dev.lock
	$(COMPILE) --group bench --constraint requirements.lock -o requirements-bench.lock
	$(COMPILE) --group build --constraint requirements-dev.lock -o requirements-build.lock
