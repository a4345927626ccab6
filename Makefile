# Every target does its own set-up (deploy/setup; docs/setup.md). A second run starts at once.

# Debian's own Python where it is here, for that is what a terminal has.
PYTHON ?= $(firstword $(wildcard /usr/bin/python3.11) python3.11)
BIN := .venv/bin

# Else every process of a demo or a test compiles all its libraries anew (tests/__init__.py).
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help setup setup-demo setup-test setup-bench demo test test-long bench lint format pins

help:
	@echo 'make demo       the kiosk, a small city and simulated devices, on this machine'
	@echo 'make test       linters, types, import contracts, then all tests but the long ones'
	@echo 'make test-long  the tests that take long: power cuts, mutated streams, fuzzing, soaks'
	@echo 'make bench      speed and memory beside their peers; writes build/bench.json'
	@echo 'make lint       only the linters, types and import contracts'
	@echo 'make format     put the code into the form that `make lint` asks for'
	@echo 'make setup      only the set-up that `make test` needs'
	@echo 'make pins       pin the dependencies of pyproject.toml anew (UPGRADE=--upgrade: newest of all)'

setup: setup-test

setup-demo setup-test setup-bench: setup-%:
	@command -v $(PYTHON) >/dev/null || { echo 'set-up: there is no $(PYTHON) here. On Debian 12 type, as root: apt-get install python3.11' >&2; exit 1; }
	@$(PYTHON) -m deploy.setup $*

demo: setup-demo
	@$(BIN)/kiosk demo

test: lint
	$(BIN)/pytest -n 4 --dist worksteal -m 'not long'

test-long: setup-test
	$(BIN)/pytest -m long

bench: setup-bench
	$(BIN)/python -m tests.bench

lint: setup-test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: setup-test
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

pins: setup-test
	$(BIN)/python -m deploy.setup.pins $(UPGRADE)
