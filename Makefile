# The two commands are `make demo` and `make test`. Nothing is needed but Python 3.11+ and make.
SHELL := bash
.SHELLFLAGS := -o pipefail -c
PYTHON ?= $(shell for p in python3.11 python3.12 python3.13 python3.14 python3 python; do \
	command -v $$p >/dev/null 2>&1 && $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	&& { echo $$p; break; }; done)
VENV := .venv
BIN := $(VENV)/bin
PORT ?= 8470
DEMO_DIR ?= .demo
ifneq ($(filter-out 0 no false,$(BACKGROUND)),)
BACKGROUND_FLAG := --background
endif
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

.PHONY: help demo stop test test-slow test-spark fuzz check setup lock clean

help: ## This list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

demo: $(VENV)/.run ## Prepare and serve the demo (BACKGROUND=1 returns once pages answer; PORT=8470)
	@$(BIN)/vast demo up --folder $(DEMO_DIR) --port $(PORT) $(BACKGROUND_FLAG)

stop: ## End everything that `make demo` started
	@if [ -x $(BIN)/vast ]; then $(BIN)/vast demo down --folder $(DEMO_DIR); else echo "Nothing was started."; fi

# What the tests need is fetched while the types are checked; the suite runs in as many processes
# as there are cores, at most four.
test: $(VENV)/.dev ## The whole suite
	@$(MAKE) --no-print-directory check > $(VENV)/check.log 2>&1 & checked=$$!; \
	$(BIN)/python tests/prepare.py; prepared=$$?; \
	wait $$checked; clean=$$?; cat $(VENV)/check.log; exit $$((prepared + clean))
	$(BIN)/python -m pytest -m "not slow and not spark" -n logical --dist loadscope --maxprocesses 4 --no-loadscope-reorder $(PYTEST_ARGS)

test-slow: $(VENV)/.dev ## What takes longer than the suite may
	@$(BIN)/python tests/prepare.py
	$(BIN)/python -m pytest -m slow $(PYTEST_ARGS)

test-spark: $(VENV)/.dev ## The Spark engine (fetches pyspark, 430 MB; needs a JDK 17+)
	@$(PIP) install --require-hashes -r requirements/spark.lock
	$(BIN)/python -m pytest -m spark $(PYTEST_ARGS)

FUZZ_SECONDS ?= 60
fuzz: $(VENV)/.dev ## Coverage-guided fuzzing, FUZZ_SECONDS=60 for each target (Linux on x86-64; elsewhere it says so)
	@$(PIP) install --require-hashes -r requirements/fuzz.lock
	$(BIN)/python -m tests.fuzz.run --seconds $(FUZZ_SECONDS) $(FUZZ_TARGETS)

check: $(VENV)/.dev ## Formatting, types, import directions
	@$(BIN)/ruff format --check --quiet . || { echo "run 'ruff format .'"; exit 1; }
	@$(BIN)/ruff check --quiet .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache | tail -n 12

setup: $(VENV)/.run ## The virtual environment alone

$(VENV)/bin/python:
	@test -n "$(PYTHON)" || { echo "VAST needs Python 3.11 or newer; none was found on PATH. Install it, or name it: make demo PYTHON=/path/to/python3"; exit 1; }
	@echo "▸ Virtual environment ($$($(PYTHON) --version))"
	@$(PYTHON) -m venv --clear $(VENV) || { rm -rf $(VENV); echo "Python could not make a virtual environment; where the venv module is packaged apart (Debian, Ubuntu), install python3-venv."; exit 1; }

$(VENV)/.run: requirements/run.lock pyproject.toml | $(VENV)/bin/python
	@echo "▸ Python packages (locked, hashes checked)"; s=$$SECONDS; \
	$(PIP) install --no-compile --require-hashes -r requirements/run.lock \
	&& $(PIP) install --no-deps --no-build-isolation --editable . \
	&& touch $@ && echo "✓ Python packages $$((SECONDS - s)) s" \
	|| { echo "Installing failed: check that the package registry answers, then run the same command again; what was fetched is kept."; exit 1; }

$(VENV)/.dev: requirements/dev.lock $(VENV)/.run
	@echo "▸ Packages for the tests"; s=$$SECONDS; \
	$(PIP) install --no-compile --require-hashes -r requirements/dev.lock \
	&& touch $@ && echo "✓ Packages for the tests $$((SECONDS - s)) s"

lock: $(VENV)/.dev ## Renew the locks from pyproject.toml
	@$(PIP) install uv
	@$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate --upgrade --extra build pyproject.toml -o requirements/run.lock
	@$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate --upgrade --extra build --extra dev -c requirements/run.lock pyproject.toml -o requirements/dev.lock
	@$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate --upgrade requirements/fuzz.in -o requirements/fuzz.lock
	@$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate --upgrade --extra spark -c requirements/dev.lock pyproject.toml -o requirements/spark.lock

clean: stop ## Remove the demo and the virtual environment
	rm -rf $(DEMO_DIR) $(VENV) webapp/static/dist webapp/frontend/node_modules
