# Wenze (问责). Needs make, Python >= 3.11 with its venv module, and a package index. `make help` lists what there is.

MAKEFLAGS += --no-print-directory
.DEFAULT_GOAL := help
.PHONY: help setup setup-run setup-bench demo test test-fast check format bench lock

# The newest Python that is tested; a later one is taken only when it is alone. PYTHON=… says which one otherwise.
define find_python
for candidate in $(PYTHON) python3.13 python3.12 python3.11 python3 python3.14 python; do \
  if "$$candidate" -c 'import sys, venv, ensurepip, ssl; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
    echo "$$candidate"; exit 0; \
  fi; \
done; \
echo 'Wenze needs Python 3.11 or newer with its venv module (Debian, Ubuntu: apt install python3 python3-venv).' >&2; exit 1
endef

help: ## this list
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' Makefile

setup: ## .venv with everything for use, tests and development; quick when nothing changed
	@python=$$($(find_python)) && "$$python" requirements/install.py test

setup-run:
	@python=$$($(find_python)) && "$$python" requirements/install.py run

setup-bench:
	@python=$$($(find_python)) && "$$python" requirements/install.py bench

demo: setup-run ## spring 2020 for 403 schools on a real PostgreSQL, then the pages in your browser
	@.venv/bin/wenze demo $(ARGS)

test: setup ## every test except the 38-day scenario
	@status=0; \
	.venv/bin/python -m pytest -n 2 --dist loadgroup -m "not crash and not full_city and not bench" $(ARGS) || status=1; \
	.venv/bin/python -m pytest -m "crash and not full_city and not bench" $(ARGS) || status=1; \
	exit $$status

test-fast: setup ## the tests that need no server and no time
	@.venv/bin/python -m pytest -q tests/domain tests/architecture -m "not slow" $(ARGS)

check: setup ## format, lint, types, layers, and the rules of the house
	@.venv/bin/ruff format --check .
	@.venv/bin/ruff check .
	@.venv/bin/mypy
	@.venv/bin/lint-imports --no-logo
	@.venv/bin/python -m pytest -q tests/architecture

format: setup ## put the code into its form
	@.venv/bin/ruff check --fix --quiet . ; .venv/bin/ruff format .

bench: setup-bench ## how fast it is, beside its peers (BENCH=append or proof; ARGS=--quick for a short one)
	@.venv/bin/wenze bench $(or $(BENCH),append) --json $(ARGS)

COMPILE = .venv/bin/uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
  --quiet pyproject.toml requirements/build.in
lock: setup ## pin all dependencies anew, with hashes (ARGS=--upgrade for newer ones)
	@$(COMPILE) $(ARGS) --output-file requirements/run.txt
	@$(COMPILE) $(ARGS) --extra test --constraint requirements/run.txt --output-file requirements/test.txt
	@$(COMPILE) $(ARGS) --extra test --extra bench --constraint requirements/test.txt --output-file requirements/bench.txt
