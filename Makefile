# The environment is .venv, built from pyproject.toml and pinned by constraints.txt.
# Every path is relative to this folder, so the folder's own path may contain spaces.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.stamp

.DEFAULT_GOAL := help
.PHONY: help demo test setup lint lab goldens campaign bench clean
.DELETE_ON_ERROR:

help:  ## list these targets
	@sed -n 's/^\([a-z]*\):.*## /\1|/p' Makefile | while IFS='|' read -r name text; do printf '  make %-10s %s\n' "$$name" "$$text"; done

demo: $(STAMP)  ## answer "does one window pay?", into demo-output/
	@$(BIN)/onewindow warm
	@$(BIN)/onewindow compare scenarios/experiments/does-one-window-pay.yaml --out demo-output

test: $(STAMP)  ## run the tests, lint and types included
	@$(BIN)/onewindow warm
	@$(BIN)/python -m pytest -n 2 --dist loadfile -q

setup: $(STAMP)  ## build .venv (PYTHON=python3.12 chooses the interpreter)

lint: $(STAMP)  ## ruff and mypy
	@$(BIN)/python -m ruff check simulation governance optimization workbench scenarios tests
	@$(BIN)/python -m mypy

lab: $(STAMP)  ## open the notebooks in JupyterLab
	@$(BIN)/jupyter lab --notebook-dir=notebooks

goldens: $(STAMP)  ## write anew what tests/goldens/ holds
	@$(BIN)/python tests/goldens.py

campaign: $(STAMP)  ## the long test campaigns that `make test` leaves out
	@$(BIN)/python -m pytest -n 2 --dist loadfile -q -m campaign

bench: $(STAMP)  ## benchmarks against other libraries, into README.md (adds the extra `bench` to .venv)
	@$(BIN)/python -m pip install -qq --disable-pip-version-check -c constraints.txt -e '.[bench]'
	@cd tests && PYTHONPATH=.. ../$(BIN)/python -m benchmarks $(LONG)

clean:  ## remove .venv, run store, demo output and caches
	@rm -rf $(VENV) .onewindow demo-output build dist .pytest_cache .ruff_cache .mypy_cache .hypothesis
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(STAMP): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; v = sys.version_info[:2]; (3, 11) <= v < (3, 15) or sys.exit("OneWindow needs Python 3.11 to 3.14; $(PYTHON) is %d.%d. Try: make setup PYTHON=python3.12" % v)'
	@echo "Building $(VENV) (one to three minutes, about 1.2 GB) ..."
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install -qq --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@touch $(STAMP)
