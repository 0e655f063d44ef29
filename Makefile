# Everything runs in the virtual environment .venv, which these commands create and fill; once that
# is done they need no network.
VENV ?= .venv
PIP := $(VENV)/bin/python -m pip --disable-pip-version-check

.NOTPARALLEL:
.PHONY: help demo test bench clean

help:
	@echo "make demo    set up, then certify the five-point experiment (results in demo-output/)"
	@echo "make test    set up, then lint, types, tests and doctests; ARGS=... goes to pytest"
	@echo "make bench   set up, then the benchmarks"
	@echo "make clean   remove everything that these commands made"
	@echo "PYTHON=...   the Python (3.11 or newer) to create $(VENV) with"

demo: $(VENV)/.installed
	@PATH="$(abspath $(VENV))/bin:$$PATH" examples/five_points/run.sh demo-output

test: $(VENV)/.installed-test
	@scripts/run_tests.sh $(VENV) $(ARGS)

bench: $(VENV)/.installed-bench
	$(VENV)/bin/python -m pytest -q -o python_files='bench_*.py test_*.py' benchmarks \
	    --benchmark-json=.benchmarks.json $(ARGS)
	$(VENV)/bin/python -m benchmarks.growth .benchmarks.json benchmarks/growth.svg

clean:
	rm -rf $(VENV) demo-output build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .benchmarks
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/bin/python:
	scripts/create_venv.sh $(VENV)

$(VENV)/.installed: pyproject.toml | $(VENV)/bin/python
	$(PIP) install --quiet --editable .
	@touch $@

$(VENV)/.installed-test: pyproject.toml tests/constraints.txt $(VENV)/.installed
	$(PIP) install --quiet --constraint tests/constraints.txt --editable '.[test,plot]'
	@touch $@

$(VENV)/.installed-bench: pyproject.toml $(VENV)/.installed
	$(PIP) install --quiet --editable '.[bench]'
	@touch $@
