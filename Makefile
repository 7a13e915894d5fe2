# posestream: make run shows people with skeletons, make test runs every test. Needs Python 3.11+ and make.
.DEFAULT_GOAL := help
SHELL := /bin/sh

CAMERA ?=
PORT ?= 8080
RERUN ?=
# Passwords hold $ and quotes: what was given goes to the shell as it is, by the environment.
override CAMERA := $(value CAMERA)
override PORT := $(value PORT)
export CAMERA PORT

# uv is in .uv, never in .venv; models pull may use it to fetch an npm.
export PATH := $(PATH):$(CURDIR)/.uv/bin
posestream := .venv/bin/posestream
# What the tests look at: those of the presets, and one that comes on request only.
networks := movenet-multipose movenet-thunder nanodet blazepose-full posenet

.PHONY: help run install services models test test-long test-pinned servers lint format bench evidence lock proto clean

help: ## say what there is
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12

run: ## watch CAMERA=rtsp://…, a file or a folder; without it a real CCTV clip
	@sh requirements/install.sh base
	@$(posestream) models pull
	@if [ -n "$$CAMERA" ]; then exec $(posestream) run --port "$$PORT" -- "$$CAMERA"; fi; \
	clip=$$(sh deploy/demo/clip.sh) || exit $$?; \
	exec $(posestream) run --port "$$PORT" --config deploy/demo/car-park.yaml "$$clip"

install: ## make .venv with everything that developing needs
	@sh requirements/install.sh dev

services: ## make .venv with what the services over Kafka need
	@sh requirements/install.sh services

models: install ## pull the networks once
	@$(posestream) models pull

servers: ## install the servers that the tests start (Debian, as root)
	@sh tests/servers/install.sh

test: install servers ## run all tests; with CI=true a missing server or model is a failure
	@$(posestream) models pull $(networks) || [ "$(CI)" != true ]
	@.venv/bin/python -m pytest --cov=postprocess --cov-branch --cov-report=term-missing:skip-covered --cov-fail-under=100 $(ARGS)

test-long: install servers ## run the tests that make test leaves out: they take minutes each
	@$(posestream) models pull
	@.venv/bin/python -m pytest -m long $(ARGS)

test-pinned: install servers ## run the tests of messages on the Kafka client that Quix Streams pins
	@sh tests/servers/pinned_client.sh $(ARGS)

lint: install ## check style, types, layers
	@.venv/bin/ruff format --check .
	@.venv/bin/ruff check .
	@.venv/bin/mypy
	@.venv/bin/lint-imports

format: install ## put the code in shape
	@.venv/bin/ruff check --fix-only --exit-zero -q .
	@.venv/bin/ruff format -q .

bench: models ## measure the stages on the CCTV clip
	@clip=$$(sh deploy/demo/clip.sh) && $(posestream) bench "$$clip"

evidence: install ## show all measured figures; RERUN=area measures them again
	@.venv/bin/python benchmarks/evidence.py $(if $(RERUN),--rerun $(RERUN))

lock: install ## make the locks anew from pyproject.toml
	@sh requirements/lock.sh --upgrade

proto: install ## make the code of events.proto anew
	@.venv/bin/python -m grpc_tools.protoc --proto_path=posestream/messaging/proto --python_out=posestream/messaging/proto --pyi_out=posestream/messaging/proto events.proto

clean: ## remove what make made here (the caches of models and servers stay)
	@rm -rf .venv .uv build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
