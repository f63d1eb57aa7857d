# make demo: train a V1 network on digits and watch it.  make test: lint and tests.
# make bench: the short set of benchmarks.
# Each does all its own set-up in .venv and needs nothing but Python 3.10 or newer.

VENV ?= .venv
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11 python3.10; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 10))' 2>/dev/null && { echo $$p; break; }; done)
BIN = $(VENV)/bin

.PHONY: demo test lint bench clean

demo: $(VENV)/.examples
	$(BIN)/python examples/train_digits.py --out demo_run $(ARGS)

test: $(VENV)/.test lint
	$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder $(ARGS)

lint: $(VENV)/.test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

bench: $(VENV)/.examples
	$(BIN)/python benchmarks/train_step.py --time 200 --out train_step.json
	$(BIN)/python benchmarks/look_cost.py --neurons 10000 --rate 7 --rounds 2 --out look_cost.json
	$(BIN)/python benchmarks/figure_cost.py --neurons 10000 --rounds 3 --out figure_cost.json
	$(BIN)/python benchmarks/memory.py --looks 60 --out memory.json
	$(BIN)/python benchmarks/fit_overhead.py --log_every 10 --turns 20 --out fit_overhead.json

clean:
	rm -rf $(VENV) demo_run build *.egg-info

$(VENV)/.examples: setup.cfg setup.py pyproject.toml | $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check -e '.[examples]'
	touch $@

$(VENV)/.test: setup.cfg setup.py pyproject.toml | $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check -e '.[examples,test]'
	touch $@

$(VENV):
	@test -n '$(PYTHON)' || { echo 'keras_v1_activity needs Python 3.10 or newer: install it, or run make PYTHON=/path/to/python3' >&2; exit 1; }
	@echo 'setting up $(VENV) with $(PYTHON); TensorFlow is a large download, this takes a minute or two'
	$(PYTHON) -m venv $(VENV)
