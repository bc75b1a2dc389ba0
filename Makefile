# make run: install into .venv and serve the dashboard.  make test: install what tests need, run them.
# make bench: measure speed and memory beside peers, in some ten minutes.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
SOURCES := requirements.txt pyproject.toml

.PHONY: run test lint bench clean

run: $(VENV)/.installed
	$(BIN)/setscope dashboard

# Two files at a time; those in a browser after the others, whose computing would keep them waiting.
test: $(VENV)/.installed-test
	$(BIN)/python -m pytest -n 2 --dist loadfile --ignore=tests/e2e
	$(BIN)/python -m pytest -n 2 --dist loadfile tests/e2e

lint: $(VENV)/.installed-test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(VENV)/.installed-test
	$(BIN)/python -m benchmarks

# A stamp is newer than what it was made from exactly when there is nothing to install.
$(VENV)/.installed: $(SOURCES)
	$(PYTHON) -c 'import sys; v = sys.version_info[:2]; v >= (3, 11) or sys.exit(f"setscope needs Python 3.11 or newer; $(PYTHON) is {v[0]}.{v[1]}")'
	test -x $(BIN)/pip || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet -r requirements.txt -e .
	touch $@

$(VENV)/.installed-test: $(VENV)/.installed requirements-test.txt
	$(BIN)/python -m pip install --quiet -r requirements-test.txt
	touch $@

clean:
	rm -rf $(VENV) build *.egg-info
