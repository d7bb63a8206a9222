# Two commands do it all: `make run` and `make test`. Both set everything up first.
PY := .venv/bin/python
.DEFAULT_GOAL := help
# compiled once, not anew by each of the hundreds of processes that the tests start
unexport PYTHONDONTWRITEBYTECODE
# the unit part flushes its folders thousands of times: they are in memory where there is room (nothing there is to outlive a power cut)
SHM := $(shell df -Pm /dev/shm 2>/dev/null | awk 'NR == 2 && $$4 > 2000 { print "TMPDIR=/dev/shm" }')

help:       ## this list
	@grep -E '^[a-z-]+:.*##' Makefile | sed -E 's/:.*## /\t/' | expand -t 14

setup: .venv/ready   ## Debian packages (as root), .venv with the locked dependencies, .venv/bin/davy

.venv/ready: requirements.lock pyproject.toml tools/setup
	@bash tools/setup

.venv/demo: requirements.lock pyproject.toml tools/setup tools/runtime_lock.py   # everything has it too
	@bash tools/setup demo

install: .venv/demo   ## .venv/bin/davy with what it needs to run, no tests and no checks: for a gateway's or a centre's own machine

servers:    ## the pinned InfluxDB and Telegraf, built once into a cache folder outside the repository (needs go and cargo)
	@bash tools/servers

run: .venv/demo   ## the demo: broker, three mines, ingest, store and page at http://127.0.0.1:8600
	@.venv/bin/davy up --demo

test: unit   ## everything but the long fault and soak runs
	@$(PY) -m pytest -n 3 --dist loadgroup --marked "servers browser slow" -m "not long and not alone and (servers or browser or slow)" $(ARGS)
	@$(PY) -m pytest --marked alone -m "alone and not long" $(ARGS)

unit: setup   ## the part that starts no process and takes no time to speak of, on all cores
	@$(SHM) $(PY) -m pytest -n auto --dist each --shares --unmarked "servers browser slow" -m "not long and not servers and not browser and not slow" -o tmp_path_retention_policy=failed $(ARGS)

test-long: setup   ## faults and soak
	@$(PY) -m pytest -m long $(ARGS)

check: setup   ## lint, types, imports
	@.venv/bin/ruff check .
	@.venv/bin/ruff format --check .
	@.venv/bin/mypy
	@.venv/bin/lint-imports

audit: setup   ## known holes, security rules, secrets, SBOM (build/sbom.json); 3: known holes could not be asked for
	@$(PY) -m tools.audit

bench: setup   ## all benches, one JSON line each
	@for name in codec outbox ingest path edge models; do .venv/bin/davy bench $$name --json | tail -n 1; done

docs: setup   ## the documentation's site in Chinese and English, into site/; needs no network
	@NO_MKDOCS_2_WARNING=1 $(PY) -m mkdocs build --strict -q
	@echo "site/index.html (with search: python3 -m http.server --directory site)"

drawing: setup   ## docs/images/architecture.svg, anew from the code
	@$(PY) -m tools.draw_architecture

dead: setup   ## code that nobody calls; what is called from outside stands in tools/dead.py
	@$(PY) -m tools.dead

cover: setup   ## lines and branches that the unit part runs, by package; a folder of tests: make cover ARGS=tests/fleet
	@rm -f .coverage .coverage.*
	@$(SHM) COVERAGE_RCFILE=$(CURDIR)/pyproject.toml .venv/bin/coverage run -m pytest -q -n auto --dist loadgroup --unmarked "servers browser" -m "not long and not servers and not browser" $(ARGS)
	@.venv/bin/coverage combine -q
	@.venv/bin/coverage json -q -o .coverage.json
	@$(PY) -m tools.coverage_table .coverage.json

mutants: setup   ## changes in the code that no test notices (docs/mutation.md), hours of it; one part: make mutants ARGS=fleet/audit
	@$(SHM) $(PY) -m tools.mutants $(ARGS)

lock:       ## make requirements.lock anew from pyproject.toml (needs uv)
	uv pip compile --universal --generate-hashes --no-emit-index-url --extra dev --python-version 3.11 pyproject.toml -o requirements.lock

clean:      ## what the commands above made
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache run site mutants
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

.PHONY: help setup install servers run test unit test-long check audit bench docs drawing dead cover mutants lock clean
