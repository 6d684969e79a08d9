# Everything a newcomer needs: `make up` and `make test`. Both set up what is missing first.

# What nobody named must not be destroyed by name, so `down` has to tell the default from a choice.
STACK_GIVEN := $(filter-out undefined file default,$(origin STACK))
STACK ?= eks-dev
# The first Python in the range that runs and can make virtual environments.
PYTHON ?= $(shell for name in python3.13 python3.12 python3.11 python3.14 python3; do \
	$$name -c 'import ensurepip, sys, venv; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 14))' 2>/dev/null \
	&& echo $$name && break; done)
VENV := .venv
BIN := $(VENV)/bin
INFRA := $(BIN)/cartesia-infra
IN_SANDBOX := $(INFRA) sandbox run --
# Tests wait for clusters about as long as they compute, so twice as many run at once as there are cores.
WORKERS ?= $(shell echo $$(( $$(nproc 2>/dev/null || sysctl -n hw.ncpu 2>/dev/null || echo 2) * 2 )))

# pip writes the folder of the checkout in the encoding of the locale, and C has no letters beyond ASCII.
ifneq ($(shell locale charmap 2>/dev/null),UTF-8)
export LC_ALL := C.UTF-8
endif

.DEFAULT_GOAL := help
.PHONY: help setup tools up down test check lint fidelity mutants format bench lock clean

help: ## Show the targets.
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
	@echo "  STACK=$(STACK) chooses the environment of up and down; every stacks/Pulumi.<name>.yaml is one."
	@echo "  YES=1 answers the question that down and clean ask where they would take more than one stack."

setup: $(VENV)/.installed ## Make the virtual environment from the hashed requirements.

# The mark is written last, so an interrupted installation is done again.
$(VENV)/.installed: requirements-dev.txt pyproject.toml
	@test -n "$(PYTHON)" || { echo "there is no Python 3.11 to 3.14 with venv here; install one, or name it: make PYTHON=<name>" >&2; exit 1; }
	@$(PYTHON) -m sandbox.toolchain.venv $(VENV)
	@$(BIN)/python -m sandbox.toolchain.pth
	@touch $@

tools: setup ## Build the external programs that are missing (about 12 minutes the first time).
	@$(BIN)/python -m sandbox.toolchain --quiet

up: tools ## Bring STACK up in the local sandbox and show what runs.
	@$(INFRA) sandbox up
	@$(IN_SANDBOX) cartesia-infra release fetch
	@$(IN_SANDBOX) pulumi up --stack $(STACK) --yes --skip-preview --suppress-outputs
	@$(INFRA) sandbox status --stack $(STACK)

down: setup ## Stop the sandbox and remove everything it made; with STACK=<name> destroy that stack only.
	@$(INFRA) sandbox down $(if $(STACK_GIVEN),--stack $(STACK)) $(if $(YES),--yes)

# A file is one unit of work, since the tests of a file share a world. What measures rates has the machine for itself, one
# test after another: side by side they make each other's calls late.
test: tools ## Run all tests, in parallel.
	@$(BIN)/python -m pytest -m "not alone" --numprocesses $(WORKERS) --dist loadfile --no-loadscope-reorder
	@$(BIN)/python -m pytest -m alone

# What a change in progress should pass: no engine, no cluster, no program but Python's.
check: lint ## Check style, formatting and types, and run the unit tests.
	@$(BIN)/python -m pytest tests/unit --numprocesses $(WORKERS) --dist loadfile --no-loadscope-reorder

lint: setup ## Check style, formatting and types.
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy

fidelity: setup ## Check against published models and recorded plans, and ask Terraform's AWS provider again if it is here.
	@$(BIN)/python -m pytest tests/unit -k "fidelity or promises" --numprocesses $(WORKERS) --dist loadfile
	@$(BIN)/python -m tests.support.ask_provider

ROOM ?= core
mutants: setup ## Plant SAMPLE=40 small changes into ROOM=core and show which ones no unit test notices.
	@$(BIN)/python -m tests.mutants $(ROOM) $(if $(SAMPLE),--sample $(SAMPLE))

format: setup ## Put the code into the house format.
	@$(BIN)/ruff check --fix-only --quiet .
	@$(BIN)/ruff format .

bench: tools ## Measure, and print each figure beside its baseline.
	@$(BIN)/python -m benchmarks

# Resolved for every Python and platform at once; a version stays as it is while it fits.
LOCK := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header
lock: setup ## Write the hashed requirements again from pyproject.toml.
	@$(LOCK) --output-file requirements.txt pyproject.toml
	@$(LOCK) --extra dev --constraint requirements.txt --output-file requirements-dev.txt pyproject.toml

clean: ## Remove the sandbox, the virtual environment and all caches of the checkout.
	@$(if $(STACK_GIVEN),echo "make clean removes every stack; leave out STACK=$(STACK)" >&2; exit 2)
	@$(MAKE) --no-print-directory down
	@rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis *.egg-info
