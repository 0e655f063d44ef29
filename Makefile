# Everything runs in the virtual environment .venv, which these commands create and fill; once that
# is done they need no network.
VENV ?= .venv
# The number of the notebook that `make notebook` opens.
N ?= 1
PEERS ?= .venv-peers
PIP := $(VENV)/bin/python -m pip --disable-pip-version-check

.NOTPARALLEL:
.PHONY: help demo notebook notebooks test differential mutants fuzz bench bench-peers bench-instructions rocq rocq-audit clean

help:
	@echo "make demo    set up, then certify the five-point experiment (results in demo-output/)"
	@echo "make notebook N=1  set up, then open seminar notebook 1 (to 6) in the browser"
	@echo "make notebooks     set up, then export all six as static pages to notebooks-html/"
	@echo "make test    set up, then lint, types, tests and doctests; ARGS=... goes to pytest"
	@echo "make differential  set up, then two independent deciders on 100,000 random problems"
	@echo "make mutants set up, then the checker on 64,000 hostile certificates"
	@echo "make fuzz    set up, then coverage-guided fuzzing of the checker for an hour"
	@echo "make bench   set up, then the benchmarks"
	@echo "make bench-peers  the same questions to other programs, in .venv-peers; writes benchmarks/REPORT.md"
	@echo "make bench-instructions  count instructions; fails where over 20 % above the record (needs valgrind)"
	@echo "make rocq    compile the formal development in proofs/rocq (needs Coq 8.16 or newer)"
	@echo "make rocq-compare  both checkers on thousands of certificates, random and corrupted ones among them"
	@echo "make rocq-audit  compile it, then check the result with the stand-alone checker"
	@echo "make clean   remove everything that these commands made"
	@echo "PYTHON=...   the Python (3.11 or newer) to create $(VENV) with"

demo: $(VENV)/.installed
	@PATH="$(abspath $(VENV))/bin:$$PATH" examples/five_points/run.sh demo-output

notebook: $(VENV)/.installed-notebooks
	$(VENV)/bin/python -m marimo run notebooks/0$(N)_*.py $(ARGS)

notebooks: $(VENV)/.installed-notebooks
	$(VENV)/bin/python scripts/export_notebooks.py notebooks-html

test: $(VENV)/.installed-test
	@scripts/run_tests.sh $(VENV) $(ARGS)

# The daily runs; `make test` has slices of both.  ARGS=... as in the modules' first lines.
differential: $(VENV)/.installed-test
	$(VENV)/bin/python -m tests.differential.run $(ARGS)

mutants: $(VENV)/.installed-test
	$(VENV)/bin/python -m tests.adversarial.run $(ARGS)

fuzz: $(VENV)/.installed-test
	$(VENV)/bin/python -m tests.adversarial.fuzz build/fuzz $(or $(ARGS),-max_total_time=3600)

bench: $(VENV)/.installed-bench
	$(VENV)/bin/python -m pytest -q -o python_files='bench_*.py test_*.py' benchmarks \
	    --ignore=benchmarks/bench_peers.py --benchmark-json=.benchmarks.json $(ARGS)
	$(VENV)/bin/python -m benchmarks.growth .benchmarks.json benchmarks/growth.svg

# What is compared with lives in a virtual environment of its own.  qepcad and polymake are Debian's
# packages of these names; the rest is the extra `peers`.  Whatever is absent is reported as absent.
# EXACTLAND_BENCH_TIMEOUT=120 is the long run.
bench-peers: $(PEERS)/.installed-peers
	$(PEERS)/bin/python -m pytest -q -o python_files='bench_*.py' benchmarks/bench_peers.py \
	    benchmarks/bench_certificates.py benchmarks/bench_growth.py \
	    --benchmark-json=.benchmarks-peers.json $(ARGS)
	$(PEERS)/bin/python -m benchmarks.report .benchmarks-peers.json benchmarks/REPORT.md \
	    benchmarks/report.svg

bench-instructions: $(VENV)/.installed-bench
	$(VENV)/bin/python -m benchmarks.instructions check

rocq:
	cd proofs/rocq && coq_makefile -f _CoqProject -o Makefile.coq && $(MAKE) -f Makefile.coq -j2

# The tests do the same with a small factor.
rocq-compare: $(VENV)/.installed-test
	EXACTLAND_ROCQ_FACTOR=5 $(VENV)/bin/python -m pytest -q tests/rocq/test_agreement.py tests/rocq/test_fields.py tests/rocq/test_layers.py tests/rocq/test_logistic.py

# The stand-alone checker reads the compiled files anew, with those of the standard library; it lists
# the axioms of everything it loads, also those that no theorem of ours uses.
rocq-audit: rocq
	coqchk -o -silent -Q proofs/rocq Exactland $(patsubst %.v,Exactland.%,$(filter %.v,$(shell cat proofs/rocq/_CoqProject)))

clean:
	-cd proofs/rocq && rm -f *.vo *.vok *.vos *.glob .*.aux .*.cache .Makefile.coq.d Makefile.coq*
	rm -rf $(VENV) $(PEERS) demo-output notebooks-html build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .benchmarks
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/bin/python:
	scripts/create_venv.sh $(VENV)

$(VENV)/.installed: pyproject.toml | $(VENV)/bin/python
	$(PIP) install --quiet --editable .
	@touch $@

$(VENV)/.installed-test: pyproject.toml tests/constraints.txt $(VENV)/.installed
	$(PIP) install --quiet --constraint tests/constraints.txt --editable '.[test,plot]'
	@for extra in smt fuzz; do $(PIP) install --quiet --editable ".[$$extra]" || \
	    echo "not installed: the extra $$extra; its tests are skipped and say what they leave out"; done
	@touch $@

$(VENV)/.installed-notebooks: pyproject.toml $(VENV)/.installed
	$(PIP) install --quiet --editable '.[notebooks]'
	@touch $@

$(VENV)/.installed-bench: pyproject.toml $(VENV)/.installed
	$(PIP) install --quiet --editable '.[bench]'
	@touch $@

$(PEERS)/.installed-peers: pyproject.toml
	scripts/create_venv.sh $(PEERS)
	$(PEERS)/bin/python -m pip --disable-pip-version-check install --quiet --editable '.[bench,peers]'
	@touch $@
