# lakemesh on a fresh machine: Python 3.11 or later, JDK 17 or 21, and make. `make help` lists the rest.

.DEFAULT_GOAL := help
SHELL := /bin/sh
.PHONY: help setup check test properties demo docs bench lock clean java

PY := .venv/bin/python
UV := .venv/bin/python -m uv
LOG := .venv/setup.log
MESH := .venv/bin/lakemesh
ORDERS ?= 20000
ROWS ?= 2000000
PAIRS ?= 7
EXAMPLES ?= 20
NO_NETWORK := could not be fetched: check the network or the proxy, then run make setup again ($(LOG) has the details).

help:  ## This list
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1|\2/p' Makefile | awk -F'|' '{ printf "%-16s %s\n", $$1, $$2 }'

setup: java .venv/.installed  ## Everything that the rest needs: .venv from requirements.lock, the JARs, Spark's classes
	@$(PY) -m lakemesh.runner.jars
	@$(PY) -m lakemesh.runner.rehearsal || echo "setup: Spark works without them, and starts more slowly." >&2

check: setup  ## Lint, format, types and layers; no Spark
	@$(PY) -m ruff check .
	@$(PY) -m ruff format --check .
	@$(PY) -m mypy
	@$(PY) -m mypy --package benchmarks
	@.venv/bin/lint-imports --no-logo

test: setup check  ## check, then every test on two workers; those without Spark first
	@$(PY) -m tests.broker
	@$(PY) -m pytest -ra --numprocesses 2 --dist loadgroup --no-loadscope-reorder

properties: setup  ## Random records and products against plain models of the rules: EXAMPLES= of each, new ones
	@LAKEMESH_EXAMPLES=$(EXAMPLES) $(PY) -m pytest -ra tests/read/test_any_records.py tests/runner/test_properties.py

demo: setup  ## Make the reference mesh's data, run it end to end, show what came out
	$(MESH) demo-data --orders $(ORDERS)
	$(MESH) run --all
	$(MESH) status
	$(MESH) sql "select status, count(*) as orders, sum(total) as total from checkout.orders.orders group by status order by orders desc"
	$(MESH) sql "select customer_id, city, valid_from, valid_to, is_current from marketing.customers.customers order by customer_id, valid_from limit 6"
	$(MESH) sql "select country, count(*) as customers, sum(orders) as orders, sum(revenue_eur) as revenue_eur from marketing.features.features group by country order by revenue_eur desc limit 5"
	$(MESH) sql "select day, channel, carts, orders, revenue_eur from marketing.conversion.conversion order by day desc, orders desc limit 10"

docs: setup  ## Write docs/reference again from the models and the command line
	@$(PY) docs/tooling

bench: setup  ## How long things take, and against what: docs/benchmarks.md; smaller with ROWS=, PAIRS=, PRODUCTS=
	@$(PY) -m benchmarks.cold $(if $(MESH_DIR),--mesh "$(MESH_DIR)")
	@$(PY) -m benchmarks.validate $(if $(PRODUCTS),--sizes $(PRODUCTS))
	@$(PY) -m benchmarks.product --rows $(ROWS) --pairs $(PAIRS)
	@$(PY) -m benchmarks.start --pairs $(PAIRS)
	@$(PY) -m benchmarks.growth --rows $$(( $(ROWS) / 2 ))

lock: .venv/.installed  ## Write requirements.lock again from pyproject.toml
	@$(UV) pip compile pyproject.toml --upgrade --universal --python-version 3.11 --all-extras --generate-hashes \
		--no-emit-index-url --no-header --quiet --output-file requirements.lock

clean:  ## Remove what setup and runs made: .venv, JARs, demo data, tables, caches
	rm -rf .venv .lakemesh lakehouse data build dist .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find src tests benchmarks -name __pycache__ -type d -prune -exec rm -rf {} + 2>/dev/null || true

# One sentence where Java is missing or of a version on which Spark 4 does not run.
java:
	@java=java; if [ -n "$$JAVA_HOME" ]; then java="$$JAVA_HOME/bin/java"; fi; \
	get="install a JDK 17 (Debian, Ubuntu: apt install openjdk-17-jdk-headless; macOS: brew install openjdk@17) or point JAVA_HOME at one."; \
	version=$$("$$java" -version 2>&1 | sed -n 's/.*version "\(1\.\)\{0,1\}\([0-9][0-9]*\).*/\2/p' | head -n 1); \
	case "$$version" in \
	17|21) ;; \
	"") echo "setup: there is no working Java ($$java), and Spark needs Java 17 or 21: $$get" >&2; exit 1 ;; \
	*) echo "setup: $$(command -v "$$java") is Java $$version, and Spark needs Java 17 or 21: $$get" >&2; exit 1 ;; \
	esac

# The first Python of these that runs and is recent enough; PYTHON=... names another one.
.venv/.made:
	@for python in $(or $(PYTHON),python3 python3.11 python3.12 python3.13 python); do \
		if "$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then found=$$python; break; fi; \
	done; \
	if [ -z "$$found" ]; then echo "setup: there is no Python 3.11 or later on PATH: install one, or say make setup PYTHON=/path/to/python3.11." >&2; exit 1; fi; \
	echo "setup: making .venv with $$($$found --version)"; \
	rm -rf .venv; mkdir .venv; \
	"$$found" -m venv .venv >$(LOG) 2>&1 || { echo "setup: $$found cannot make virtual environments: on Debian and Ubuntu, apt install python3-venv." >&2; rm -rf .venv; exit 1; }; \
	$(PY) -m pip install --quiet --retries 1 --disable-pip-version-check uv >>$(LOG) 2>&1 || { echo "setup: uv $(NO_NETWORK)" >&2; exit 1; }; \
	touch $@

.venv/.locked: requirements.lock .venv/.made
	@echo "setup: bringing .venv to requirements.lock (about 1 GB the first time, most of it Spark)"
	@$(UV) pip sync --python $(PY) --require-hashes --compile-bytecode requirements.lock >>$(LOG) 2>&1 || { echo "setup: the packages of requirements.lock $(NO_NETWORK)" >&2; exit 1; }
	@touch $@

.venv/.installed: pyproject.toml .venv/.locked
	@$(UV) pip install --python $(PY) --offline --no-deps --no-build-isolation --editable . >>$(LOG) 2>&1 || { echo "setup: lakemesh could not be installed into .venv; $(LOG) tells why." >&2; exit 1; }
	@PYTHONDONTWRITEBYTECODE= $(PY) -m compileall -q src
	@touch $@
