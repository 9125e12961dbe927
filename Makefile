# make help lists the targets.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.ONESHELL:
.DEFAULT_GOAL := help
.PHONY: router-matrix community-modules help packages setup demo test test-unit conformance emulator-conformance fabrics bench ruff mypy yamllint lint sanity importer molecule test-loss test-kill faults-test lab-test docs clean

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
export PATH := $(CURDIR)/$(VENV)/bin:$(PATH)
# This checkout is the collection: collections/ansible_collections/netfabric/calico_routeros links to it.
export ANSIBLE_COLLECTIONS_PATH := $(CURDIR)/collections
export LC_ALL := C.UTF-8

# Cheapest first; the first that fails ends the run.
GATES := ruff mypy yamllint test-unit conformance emulator-conformance lint sanity importer lab-test community-modules router-matrix fabrics molecule test-loss test-kill

# Task boundaries for make test-kill: those around every write, or all.
BOUNDARIES ?= writes

# Folder with scenarios as confd rendered them, for make conformance.
DIR ?= tests/data/confd_sessions

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 20

$(VENV)/.installed: requirements-dev.txt meta/ee-requirements.txt
	@echo "Python packages into $(VENV) (some minutes the first time)"
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	touch $@

packages:
	@lab/install_packages

setup: packages $(VENV)/.installed ## install Debian and Python packages, build Kubernetes for the lab
	@lab/install_go $(VENV)
	lab/lab build

demo: setup ## the whole job on the lab: before, site.yml, after; leaves the lab up
	@lab/demo

test: setup ## every gate, cheapest first
	@tests/gates $(GATES)

test-unit: $(VENV)/.installed ## unit tests
	@$(BIN)/pytest -n 2 tests/unit

conformance: $(VENV)/.installed ## planner and stand-in against what Calico's confd rendered: make conformance DIR=...
	@PYTHONPATH=lab $(BIN)/python -m tests.conformance $(DIR)

emulator-conformance: DIR := $(if $(filter command line,$(origin DIR)),$(DIR),tests/data/routeros_schema)
emulator-conformance: $(VENV)/.installed ## emulated RouterOS against menus of real releases: make emulator-conformance DIR=...
	@$(BIN)/python -m tests.emulator_conformance $(DIR)

fabrics: setup ## predicted routes against real BIRD in generated fabrics
	@$(BIN)/pytest tests/fabrics

bench: setup ## planner at 500, 1,000 and 5,000 nodes; on a lab: time to Established, time of the way back
	@$(BIN)/python -m tests.bench
	PYTHONPATH=lab $(BIN)/python -m tests.bench.live

ruff: $(VENV)/.installed ## style of Python
	@$(BIN)/ruff check .
	$(BIN)/ruff format --check .

mypy: $(VENV)/.installed ## types of core, adapters and lab
	@$(BIN)/mypy plugins/module_utils plugins/plugin_utils
	$(BIN)/mypy lab/calico_lab

yamllint: $(VENV)/.installed ## style of YAML
	@$(BIN)/yamllint --strict .

lint: $(VENV)/.installed ## ansible-lint, profile production, and the changelog fragments
	@$(BIN)/ansible-lint --offline
	$(BIN)/antsibull-changelog lint

sanity: $(VENV)/.installed ## ansible-test sanity
	@tests/sanity/run

importer: $(VENV)/.installed ## galaxy-importer on the built collection
	@tests/importer/run

lab-test: setup ## tests of the lab itself
	@$(BIN)/pytest lab/tests tests/lab_pins tests/transitions --ignore lab/tests/routeros/test_ros_community_modules.py

router-matrix: setup ## one description on emulated routers of twelve releases, with BIRD on the other end
	@$(BIN)/pytest -n 4 tests/router_matrix

community-modules: setup ## community.routeros of two releases on the emulated router
	@tests/community_modules/run

test-loss: setup ## every transition under a probe, 0 packets lost; FULL=1 three times, and without pins (an hour and more)
	@COLUMNS=180 $(BIN)/molecule test --scenario-name transitions

test-kill: setup ## ansible-playbook killed at task boundaries, then run again; BOUNDARIES=all takes every one (hours)
	@$(BIN)/python -m tests.kill --boundaries $(BOUNDARIES) --jobs 2

faults-test: setup ## what goes wrong in the middle of a run: messages, and the way back
	@$(BIN)/pytest tests/faults

molecule: setup ## molecule test: the whole job on a fresh lab, RouterOS 7 and 6
	@$(BIN)/molecule test
	$(BIN)/molecule test --scenario-name routeros_6

docs: $(VENV)/.installed ## variable tables of the role READMEs
	@$(BIN)/python docs/role_readme.py

clean: ## remove what was built here; the lab must be down
	@rm -rf .build .cache .ansible $(VENV)
