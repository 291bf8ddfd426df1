# Two commands do everything on a fresh machine: `make demo` and `make test`. Both install first.

VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
SEED ?= 20261124
MODULE ?= containment
MUTANT_WORKERS ?= 1
SOAK_MINUTES ?= 20
SOAK_HOURS ?= 12
SOAK_VEHICLES ?= 20
PYTEST := $(BIN)/python -m pytest

.PHONY: help install demo test lint format bench bench-compare figures faults prove soak docs site messages screenshots lock mutants wheel clean

help:
	@echo "make demo     a morning on the range: simulator, watch, server, control room (q ends it all)"
	@echo "make test     every test but the full counts; about 20 minutes on 2 cores"
	@echo "make lint     ruff, mypy, import contracts"
	@echo "make bench    every row and curve, about 40 minutes, to build/bench.json and build/curves.json"
	@echo "make bench-compare A=old.json B=new.json   what got worse from one run to another"
	@echo "make figures  what bench, prove and faults measured, as pages and plots in docs/"
	@echo "make faults   every promise of docs/promises.md held against its fault, to build/faults.json"
	@echo "make prove    full counts, to build/proof.json"
	@echo "make mutants MODULE=containment   what no test of a domain module would notice, to docs/figures/mutants.json"
	@echo "make soak     12 hours of messages in SOAK_MINUTES (20), memory and alarms watched, to build/soak.json"
	@echo "make docs     the generated pages and the screenshots in docs/"
	@echo "make site     the docs as a site, to build/site; needs no network"
	@echo "make screenshots  the portal's pages, as Debian's Chromium shows them (docs/images/portal-*.png, range-*.png)"
	@echo "make messages what the screens say, collected into rangeops/tui/locales and compiled"
	@echo "make lock     compile requirements.lock and requirements-server.lock anew (needs uv)"
	@echo "make wheel    what is installed elsewhere, to dist/ (docs/deployment.md)"

install: $(STAMP)

$(STAMP): requirements.lock pyproject.toml
	@sh docs/tools/make_venv.sh $(VENV)
	@echo "the first time: what requirements.lock names goes into $(VENV), 850 MB, in a minute or two"
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $(STAMP)

demo: $(STAMP)
	@$(BIN)/rangeops demo

# Tests that start whole ranges run after the others, three at a time: they wait more than they work, and measure seconds.
test: $(STAMP)
	@echo "seed $(SEED)"
	$(PYTEST) -n auto -m "not processes and not prove" --hypothesis-seed=$(SEED)
	$(PYTEST) -n 3 --dist worksteal -m "processes and not prove" --hypothesis-seed=$(SEED)

lint: $(STAMP)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(STAMP)
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(STAMP)
	$(BIN)/python -m tests.bench

# `make bench-compare A=old.json B=new.json`, or `make bench-compare old.json new.json`: words that aren't targets are its files then.
ifeq (bench-compare,$(firstword $(MAKECMDGOALS)))
COMPARED := $(wordlist 2,3,$(MAKECMDGOALS))
.PHONY: $(COMPARED)
$(COMPARED): bench-compare
	@:
endif
bench-compare: $(STAMP)
	@$(BIN)/python -m tests.bench.compare $(if $(A)$(B),$(A) $(B),$(COMPARED))

figures: $(STAMP)
	$(BIN)/python docs/tools/make_figures.py

faults: $(STAMP)
	$(BIN)/python -m tests.faults

prove: $(STAMP)
	$(BIN)/python -m tests.prove --seed $(SEED)

# Not in CI. SOAK_MINUTES, SOAK_HOURS, SOAK_VEHICLES: in how many minutes, of how many hours and of how many vehicles.
soak: $(STAMP)
	$(BIN)/python tests/soak/soak.py --minutes $(SOAK_MINUTES) --hours $(SOAK_HOURS) --vehicles $(SOAK_VEHICLES)

# Not in CI: minutes for one module. MUTANT_WORKERS: how many at a time.
mutants: $(STAMP)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-build-isolation -e ".[mutation]"
	$(BIN)/mutmut run --max-children $(MUTANT_WORKERS) "rangeops.*.$(MODULE).*"
	$(BIN)/python docs/tools/mutant_figures.py

docs: $(STAMP)
	$(BIN)/python docs/tools/generate.py

site: $(STAMP)
	$(BIN)/python docs/tools/make_site.py

# Needs chromium, and says so where there is none.
screenshots: $(STAMP)
	$(BIN)/python docs/tools/portal_pictures.py
	$(BIN)/python docs/tools/range_pictures.py

messages: $(STAMP)
	$(BIN)/python docs/tools/make_messages.py
	$(BIN)/python docs/tools/make_portal_messages.py

# What `make install` takes, and the part of it that a server runs with.
lock:
	uv pip compile --quiet --universal --python-version 3.11 --extra dev --extra acceptance --no-emit-index-url --no-annotate \
	  --generate-hashes pyproject.toml -o requirements.lock --custom-compile-command "make lock"
	uv pip compile --quiet --universal --python-version 3.11 --extra nats --extra postgres --no-emit-index-url --no-annotate \
	  --generate-hashes -c requirements.lock pyproject.toml -o requirements-server.lock --custom-compile-command "make lock"

# dist/rangeops-VERSION-py3-none-any.whl and the sdist that makes the same wheel.
wheel: $(STAMP)
	$(BIN)/python -m hatchling build

clean:
	rm -rf $(VENV) build dist mutants .mypy_cache .ruff_cache .pytest_cache .hypothesis
