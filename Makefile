# Each target does all its own set-up in .venv and needs nothing but Python 3.10 or newer.
# A line "target: needs  ## text" is shown by make help.

VENV ?= .venv
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11 python3.10; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 10))' 2>/dev/null && { echo $$p; break; }; done)
BIN = $(VENV)/bin
XDIST = -m pytest -n 2 --dist loadfile --no-loadscope-reorder
PYTEST = $(BIN)/python $(XDIST)

# An environment of its own for the oldest versions; CONSTRAINTS=requirements/tensorflow-2.15.txt
# makes one with others.
OLDEST ?= .venv-oldest
PYTHON_OLDEST ?= python3.10
CONSTRAINTS ?= requirements/oldest.txt
# Those that need no V1 network, which needs Keras 3.7 and TensorFlow 2.18.
OLDEST_TESTS = $(addprefix tests/, callback capture logger recording state activity common \
	storage drawing figures measures test_measures.py test_similarity.py test_visualize_training.py \
	v1/test_needed_keras.py)

.DEFAULT_GOAL := help
.PHONY: help demo test test-oldest quick lint faults bench page docs package clean

help:  ## this list
	@sed -n 's/^\([a-z-]*\):.*  ## /\1  /p' $(MAKEFILE_LIST) | awk '{ printf "  make %-12s", $$1; $$1 = ""; print }'

demo: $(VENV)/.examples  ## train a V1 network on digits and watch it, about 5 minutes
	$(BIN)/python examples/train_digits.py --out demo_run $(ARGS)

test: $(VENV)/.test lint report_page/node_modules  ## lint and all tests; ARGS="-k words" chooses tests
	$(PYTEST) $(ARGS)

# The cache of compiled functions that the tests share crashes TensorFlow 2.10, and old libraries use
# what Python has declared obsolete since.
test-oldest: $(OLDEST)/.test  ## tests without the V1 network, on the oldest versions
	@echo 'The tests of the V1 network are left out: it needs Keras 3.7 and TensorFlow 2.18.'
	TF_XLA_FLAGS= $(OLDEST)/bin/python $(XDIST) -W ignore::DeprecationWarning $(OLDEST_TESTS) $(ARGS)

quick: $(VENV)/.test lint  ## lint and the tests that are not slow, about a minute
	$(PYTEST) -m 'not slow' $(ARGS)

lint: $(VENV)/.test  ## check style and formatting
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

faults: $(VENV)/.test  ## faults, 300 kills, 3000 damaged files: docs/reliability.md
	$(BIN)/python tests/faults.py --kills 300 --files 3000 $(ARGS)

bench: $(VENV)/.examples  ## the short set of benchmarks
	$(BIN)/python benchmarks/train_step.py --time 200 --out train_step.json
	$(BIN)/python benchmarks/look_cost.py --neurons 10000 --rate 7 --rounds 2 --out look_cost.json
	$(BIN)/python benchmarks/figure_cost.py --neurons 10000 --rounds 3 --out figure_cost.json
	$(BIN)/python benchmarks/memory.py --looks 60 --out memory.json
	$(BIN)/python benchmarks/fit_overhead.py --log_every 10 --turns 20 --out fit_overhead.json

page:  ## build and test the page of the report; needs Node 20
	cd report_page && npm ci --no-audit --no-fund && npm run lint && npm test && npm run build

docs: $(VENV)/.docs  ## build the documentation as a site, in site/, about 2 minutes
	NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build --strict $(ARGS)

package: $(VENV)/.dev  ## build sdist and wheel in dist/ and check them
	rm -rf dist
	$(BIN)/python -m build
	$(BIN)/python -m twine check --strict dist/*

clean:  ## remove what make has made, .venv too
	rm -rf $(VENV) $(OLDEST) demo_run build dist site *.egg-info

# Where Node is there, the tests also lint, test and build the page of the report.
report_page/node_modules: report_page/package-lock.json
	@if command -v npm > /dev/null; then \
		(cd report_page && npm ci --no-audit --no-fund --silent --fetch-retries=1 && touch node_modules) || \
		echo 'npm ci failed: the sources of the page of the report are not tested'; fi

$(VENV)/.examples: setup.cfg setup.py pyproject.toml | $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check -e '.[examples]'
	touch $@

$(VENV)/.test: setup.cfg setup.py pyproject.toml | $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check -e '.[examples,test]'
	touch $@

$(OLDEST)/.test: setup.cfg setup.py pyproject.toml $(CONSTRAINTS)
	$(PYTHON_OLDEST) -m venv $(OLDEST)
	$(OLDEST)/bin/pip install --quiet --disable-pip-version-check --constraint $(CONSTRAINTS) \
		-e . pytest pytest-xdist scikit-learn scipy pyparsing
	touch $@

$(VENV)/.docs: setup.cfg setup.py pyproject.toml | $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check -e '.[examples,docs]'
	touch $@

$(VENV)/.dev: setup.cfg setup.py pyproject.toml | $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check -e '.[dev]'
	touch $@

$(VENV):
	@test -n '$(PYTHON)' || { echo 'keras_v1_activity needs Python 3.10 or newer: install it, or run make PYTHON=/path/to/python3' >&2; exit 1; }
	@echo 'setting up $(VENV) with $(PYTHON); TensorFlow is a large download, this takes a minute or two'
	$(PYTHON) -m venv $(VENV)
