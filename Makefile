# make demo and make test set up everything on a machine with Python >= 3.11 and make; .venv is built once and reused.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.PHONY: demo test check lint bench gallery clean

demo: $(READY)
	$(BIN)/stimgen demo --overwrite

test: $(READY)
	$(BIN)/python -m pytest

check: lint test

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(READY)
	$(BIN)/python tests/benchmarks/bench_inversion.py
	$(BIN)/python tests/benchmarks/bench_morph_quality.py
	$(BIN)/python tests/benchmarks/bench_real_pairs.py
	$(BIN)/python tests/benchmarks/bench_spacing.py
	$(BIN)/python tests/benchmarks/bench_morph.py
	$(BIN)/python tests/benchmarks/bench_pictures.py
	$(BIN)/python tests/benchmarks/bench_picture_shapes.py
	$(BIN)/python tests/benchmarks/bench_training.py

GALLERY ?= gallery

gallery: $(READY)
	$(BIN)/python tests/benchmarks/gallery.py $(GALLERY)

$(READY): pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "stimgen needs Python 3.11 or newer; got " + sys.version.split()[0] + "; set PYTHON=/path/to/python3.11")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade "pip>=25.1"
	$(BIN)/python -m pip install --quiet --editable . --group dev
	touch $(READY)

clean:
	rm -rf $(VENV) demo-set gallery
