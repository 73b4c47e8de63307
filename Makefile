# Everything a newcomer does. `make demo` and `make test` install what they need into .venv first.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
DEMO_ARGS ?=
TEST_ARGS ?=

.PHONY: help setup setup-dev demo test check lint types contracts docs format lock bench simulate clean

help: ## Show what there is to make
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  %-12s %s\n", $$1, $$2}'

$(VENV)/bin/python:
	$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed, this is %d.%d: call make PYTHON=python3.11" % sys.version_info[:2] if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv $(VENV)

$(VENV)/.runtime: requirements/runtime.txt pyproject.toml | $(VENV)/bin/python
	$(PIP) install -q --require-hashes -r requirements/runtime.txt
	$(PIP) install -q --require-hashes -r requirements/build.txt
	$(PIP) install -q --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.dev: requirements/dev.txt $(VENV)/.runtime
	$(PIP) install -q --require-hashes -r requirements/dev.txt
	@touch $@

setup: $(VENV)/.runtime ## Prepare .venv; then .venv/bin/fullrecall is the command

setup-dev: $(VENV)/.dev ## The same with everything tests and checks need

demo: setup ## Run the main job and print where the report is
	$(BIN)/fullrecall demo $(DEMO_ARGS)

test: setup-dev ## Run all tests, on SQLite and on a real PostgreSQL
	$(BIN)/python -m pytest -n auto --dist worksteal $(TEST_ARGS)

lint: setup-dev ## Style and bans
	$(BIN)/ruff check src tests benchmarks tools
	$(BIN)/ruff format --check src tests benchmarks tools

types: setup-dev ## Types: strict in the domain
	$(BIN)/mypy

contracts: setup-dev ## Layering contracts
	$(BIN)/lint-imports

docs: setup ## Rewrite the generated parts of the docs
	$(BIN)/python tools/generate_docs.py
	$(BIN)/python tools/generate_commands.py

check: lint types contracts test ## What CI runs

format: setup-dev ## Format the code
	$(BIN)/ruff format src tests benchmarks tools
	$(BIN)/ruff check --fix -q src tests benchmarks tools

lock: ## Pin the dependencies again (needs uv)
	uv pip compile -q --universal --generate-hashes --no-emit-index-url --no-header --python-version 3.11 pyproject.toml -o requirements/runtime.txt
	uv pip compile -q --universal --generate-hashes --no-emit-index-url --no-header --python-version 3.11 pyproject.toml --group dev --extra duckdb -o requirements/dev.txt
	uv pip compile -q --universal --generate-hashes --no-emit-index-url --no-header --python-version 3.11 requirements/build.in -o requirements/build.txt

bench: setup-dev ## Run the benchmarks; each prints ratios
	$(BIN)/python benchmarks/watch.py

clean: ## Remove what make made
	rm -rf $(VENV) demo .mypy_cache .ruff_cache .pytest_cache
