# Askwire in a few words. Each target does its own set-up, and does it once.

HOST ?= 127.0.0.1
PORT ?= 8000
TIMES ?= 20

SHELL := /bin/bash
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

# What set-up has done is noted inside what it made, so that removing one forgets the other.
BIN := .venv/bin
DONE := .venv/done
MODULES := web/node_modules/.done
KERNEL := .venv/kernel/made-of
PAGE := gateway/page/index.html
SAMPLE := $(or $(ASKWIRE_DATA),data)/sample/.edition

WEB_SOURCES := $(shell find web -type f -not -path '*/node_modules/*' -not -path '*/tests/*' \
                 -not -name '*.test.ts' 2>/dev/null)

# A Node.js that set-up had to fetch stands in .venv/bin.
export PATH := $(CURDIR)/$(BIN):$(PATH)
# Node.js does not look at the system's certificates by itself; networks with their own need that.
export NODE_USE_SYSTEM_CA ?= 1
export NODE_EXTRA_CA_CERTS ?= $(wildcard /etc/ssl/certs/ca-certificates.crt)

# Where Python may not keep what it compiled, each of the many processes of a test compiles it anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help serve setup test laws check bench docs lock wheel clean

help: ## show this list
	@echo "Askwire: talk with your data over one wire"
	@echo
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1|\2/p' $(MAKEFILE_LIST) | \
	  awk -F'|' '{ printf "%-14s %s\n", $$1, $$2 }'
	@echo
	@echo "  make serve HOST=127.0.0.1 PORT=8000 are the defaults"

serve: $(DONE)/serve $(PAGE) $(SAMPLE) ## start Askwire in the foreground
	@setup/kernel.sh later
	@export ASKWIRE_DATA="$${ASKWIRE_DATA:-$$PWD/data}"; \
	  exec $(BIN)/askwire serve --host $(HOST) --port $(PORT)

setup: ## make everything that serving, testing and checking need
	@$(MAKE) -j2 --output-sync=line ready

.PHONY: ready
ready: $(DONE)/dev $(KERNEL) $(PAGE) $(SAMPLE)

test: setup ## run every test, browser tests in a real Chromium included
	@setup/test.sh $(ARGS)

laws: setup ## try the laws on TIMES as many cases, other ones each time (20)
	@ASKWIRE_LAWS_TIMES=$(TIMES) $(BIN)/python -m pytest -n 2 --dist loadscope --timeout 3600 -m hypothesis $(ARGS)

check: $(DONE)/dev $(MODULES) ## look without running: style, types, boundaries, generated files
	@setup/check.sh

bench: $(DONE)/dev $(PAGE) ## measure, side by side with the peers
	@$(BIN)/python -m bench $(ARGS)

docs: $(DONE)/dev ## write the generated pages, schemas and types anew
	@$(BIN)/python -m protocol.schema --write
	@$(BIN)/python -m gateway.documenting --write

lock: $(DONE)/dev ## choose new versions within pyproject.toml and web/package.json
	@setup/lock.sh --upgrade

wheel: $(DONE)/dev $(PAGE) ## build the wheel that needs no Node.js: dist/
	@setup/step.sh "building the wheel" $(BIN)/python -m build --no-isolation --wheel
	@ls dist/*.whl

clean: ## remove everything that set-up and tools made; data in data/ stays
	@rm -rf .venv web/node_modules gateway/page dist build .mypy_cache .pytest_cache \
	  .ruff_cache .hypothesis .import_linter_cache
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

# --- set-up, step by step -------------------------------------------------------------------

$(DONE)/venv: setup/venv.sh
	@setup/step.sh "making .venv" setup/venv.sh
	@mkdir -p $(DONE) && touch $@

$(DONE)/serve: requirements/serve.lock pyproject.toml | $(DONE)/venv
	@setup/step.sh "installing Python packages" setup/packages.sh requirements/serve.lock
	@setup/step.sh "installing askwire itself" $(BIN)/python -m pip install --quiet --no-input \
	  --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

$(DONE)/dev: requirements/dev.lock | $(DONE)/serve
	@setup/step.sh "installing tools for tests and checks" setup/packages.sh requirements/dev.lock
	@touch $@

$(KERNEL): requirements/kernel.lock setup/kernel.sh | $(DONE)/serve
	@setup/step.sh "installing pandas and more for Python in sessions" setup/kernel.sh

$(DONE)/node: setup/node.sh | $(DONE)/serve
	@setup/step.sh "looking for Node.js, fetching it if need be" setup/node.sh
	@touch $@

$(MODULES): web/package.json web/package-lock.json | $(DONE)/node
	@setup/step.sh "installing packages for the web page" npm --prefix web ci --no-audit --no-fund
	@touch $@

$(PAGE): $(WEB_SOURCES) | $(MODULES)
	@setup/step.sh "building the web page" npm --prefix web run build
	@touch $@

$(SAMPLE): $(wildcard engine/sample/*) | $(DONE)/serve
	@setup/step.sh "making the sample data" $(BIN)/python -m engine.sample $(@D)
	@touch $@
