# Everything works with nothing installed but Python 3.11 (or newer), make and git.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
JOBS ?= 3
# Bytecode is kept, whatever the environment says: the tests start hundreds of Pythons, and each would compile it again.
export PYTHONDONTWRITEBYTECODE =

.PHONY: run check fast test lint format bench schema pictures lock audit clean wheel wheel-test deb deb-test vm-test container-test

run: $(STAMP) ## Demo: fetch, render, publish and serve; prints the address
	@sh .ci/needs browser
	@$(BIN)/signage run --demo $(ARGS)

check: $(STAMP) ## The linters and, beside them, the fast tests, in a minute
	@$(MAKE) --no-print-directory --jobs=2 lint fast

fast: $(STAMP) ## The fast tests
	@$(BIN)/python -m pytest -q -n 2 -m "not slow" --hypothesis-profile=quick tests/unit $(ARGS)

test: $(STAMP) ## Everything, browser and window tests included
	@sh .ci/needs browser window
	@sh .ci/needs deb || true
	@! command -v npm >/dev/null || for its in oracle axe acorn; do test tests/fixtures/$$its/node_modules -nt tests/fixtures/$$its/package-lock.json || npm ci --prefix tests/fixtures/$$its --silent --no-audit --no-fund || echo "No tests/fixtures/$$its: some tests are left out"; done
	@beside=0; $(BIN)/python -m pytest -n $(JOBS) --dist loadfile --no-loadscope-reorder -m "not alone" $(ARGS) || beside=$$?; \
	alone=0; $(BIN)/python -m pytest -m alone $(ARGS) || alone=$$?; \
	for code in $$beside $$alone; do case $$code in 0|5) ;; *) exit $$code ;; esac; done # 5: ARGS names no such test

lint: $(STAMP) ## ruff and mypy --strict
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

bench: $(STAMP) ## The figures of docs/benchmarks.md, on this machine
	@sh .ci/needs browser shell kiosk window
	@$(BIN)/python -m benchmarks $(ARGS)

wheel: $(STAMP) ## The renderer and the player for pip, pipx and uv: build/heim_signage-<version>-py3-none-any.whl
	@$(BIN)/python -m hatchling build -t wheel -d build

wheel-test: $(STAMP) ## Install the wheel in an empty environment, and render a page of the demo; some minutes
	@sh .ci/needs browser
	@sh .ci/wheel

deb: ## The player's package: build/signage-player_<version>_all.deb
	@sh .ci/needs deb
	@sh packaging/build-deb.sh

deb-test: ## Install, upgrade and remove the package on a fresh Debian 12 and 13; as root, some minutes
	@sh .ci/needs deb vm
	@for suite in bookworm trixie; do bash packaging/test-install.sh $$suite || exit 1; done

container-test: ## Build the Containerfile and run the image; as root, with podman, some minutes
	@sh .ci/needs container
	@bash packaging/test-container.sh

vm-test: $(STAMP) ## The package on an emulated machine, seen on its own glass; as root, up to two hours
	@sh .ci/needs deb vm
	@$(BIN)/python -m rig $(ARGS)

schema: $(STAMP) ## Write docs/screens.schema.json again, from the models
	@$(BIN)/python -m docs.make_schema

format: $(STAMP)
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

pictures: $(STAMP) ## Make the pictures of the README and the docs again, from the layouts' sample data
	@sh .ci/needs browser
	@$(BIN)/python docs/make_pictures.py

lock: $(STAMP) ## Pin the dependencies again: names, versions and hashes. With the oldest Python (Debian 12: 3.11.2)
	@$(BIN)/pip-compile --quiet --generate-hashes --all-extras --strip-extras --no-emit-index-url --no-emit-find-links --no-emit-trusted-host --no-annotate --allow-unsafe --output-file requirements.lock pyproject.toml

audit: $(STAMP) ## Known vulnerabilities of what is pinned, as far as they can be looked up from here
	@$(BIN)/python .ci/audit

clean:
	rm -rf $(VENV) var build *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis tests/out

$(STAMP): requirements.lock pyproject.toml
	@sh .ci/needs venv "$(PYTHON)"
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Installing (once) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@PYTHONWARNINGS=ignore $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $(STAMP)
