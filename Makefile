# AROS-Voice on a laptop. `make help` lists what there is.

PORT ?= 8000
DATA ?= var
PYTHON ?=
SHOP ?= officina-rossi
SCENARIO ?= book
ARGS ?=

# Settings and mypy load Django: with this they need no server and no secret of yours.
OFFLINE := env -u DATABASE_URL -u DATABASE_OWNER_URL -u REDIS_URL AROS_ENV=development \
	VAPI_WEBHOOK_SECRET=only-for-these-checks WHATSAPP_APP_SECRET=only-for-these-checks WHATSAPP_VERIFY_TOKEN=only-for-these-checks
CATALOGUES := $(patsubst %.po,%.mo,$(wildcard locale/*/LC_MESSAGES/*.po))
ROOMS := aros shops scheduling receptionist voice whatsapp backoffice website api
COMPILE := .venv/bin/uv pip compile --quiet --python-version 3.12 --no-annotate --no-header \
	--no-emit-index-url --no-emit-find-links

.DEFAULT_GOAL := help
.PHONY: help run call test test-faults check fuzz bench pins clean .venv
.PHONY: lint types layers django security dockerfile catalogues assets

help: ## this list
	@echo "AROS-Voice. Two commands to begin with: make run, then make call in another terminal."
	@awk -F ':.*## ' '/^[a-z.]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' Makefile

run: .venv catalogues assets ## servers, demo shops, web, workers: http://localhost:8000, a phone: http://localhost:8001 (PORT=8000 DATA=var PYTHON=python3.13)
	@exec .venv/bin/python -m sandbox.run --port "$(PORT)" --data "$(DATA)"

call: .venv ## a caller on the phone of a running demo (SHOP=officina-rossi SCENARIO=book|move|cancel|ready|human DATA=var)
	@exec .venv/bin/python -m sandbox.with_env --data "$(DATA)" -- \
		.venv/bin/python manage.py simulate_call --shop "$(SHOP)" --scenario "$(SCENARIO)" $(ARGS)

test: .venv catalogues assets ## the whole suite on throw-away servers (ARGS="tests/voice -k withheld")
	@.venv/bin/python -m pytest -n 2 $(ARGS)

test-faults: .venv catalogues assets ## real processes, killed and emptied while people write (AROS_FAULT_CONVERSATIONS=100, AROS_FAULT_SEED)
	@.venv/bin/python -m pytest tests/faults -m faults $(ARGS)

check: lint types layers django security dockerfile catalogues assets ## everything that needs no server: style, types, layers, migrations

lint: .venv
	@.venv/bin/ruff check .
	@.venv/bin/ruff format --check .

types: .venv
	@$(OFFLINE) .venv/bin/mypy

layers: .venv
	@.venv/bin/lint-imports

django: .venv assets
	@$(OFFLINE) .venv/bin/python manage.py check
	@# It warns that no database can be asked whether its history fits; there is none here.
	@$(OFFLINE) PYTHONWARNINGS=ignore::RuntimeWarning .venv/bin/python manage.py makemigrations --check --dry-run

# SQL that is built from strings is the one way around the walls between shops.
security: .venv
	@.venv/bin/bandit --quiet --recursive $(ROOMS) --tests B608,B610,B611,B102,B307,B602,B605

dockerfile: .venv
	@.venv/bin/hadolint Dockerfile

catalogues: $(CATALOGUES)

assets: .venv
	@sh backoffice/make_assets.sh

%.mo: %.po | .venv
	@$(OFFLINE) .venv/bin/python manage.py compile_catalogues

fuzz: .venv ## the property tests, long (AROS_FUZZ_EXAMPLES=10000)
	@AROS_FUZZ_EXAMPLES=$${AROS_FUZZ_EXAMPLES:-10000} .venv/bin/python -m pytest -n 2 -m "fuzz or fuzz_long" --timeout 1800 $(ARGS)

bench: .venv ## what is measured, as ratios (writes benchmarks/results/)
	@.venv/bin/python -m benchmarks $(ARGS)

pins: .venv ## requirements*.in -> requirements*.txt
	@$(COMPILE) requirements.in --output-file requirements.txt
	@$(COMPILE) requirements-dev.in --output-file requirements-dev.txt

clean: ## removes .venv and caches; the data of the demo stays (delete DATA for that)
	rm -rf .venv node_modules backoffice/static/vendor .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache build
	find . -name __pycache__ -type d -not -path './.venv/*' -prune -exec rm -rf {} +

.venv:
	@PYTHON="$(PYTHON)" sh sandbox/make_venv.sh
