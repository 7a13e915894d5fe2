#!/bin/sh
# Makes the locks anew from pyproject.toml: sh requirements/lock.sh [--upgrade]
# base: what `run`, `analyze`, `models add` and `discover` need; services: base and what Kafka, InfluxDB and Parquet need; dev: all and the tools.
set -eu
cd "$(dirname "$0")/.."
compile() {
    .uv/bin/uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --no-header -q \
        --override requirements/overrides.txt "$@"
}
base="--extra openvino --extra models --extra web --extra eval --extra discover --group build"
services="$base --extra kafka --extra influx --extra archive"
# dev first, the others bound to it: what is tested is what runs.
# shellcheck disable=SC2086  # a list of options
compile $services --extra onnxruntime --group dev -o requirements/dev.lock "$@"
# shellcheck disable=SC2086
compile $services -c requirements/dev.lock -o requirements/services.lock "$@"
# shellcheck disable=SC2086
compile $base -c requirements/dev.lock -o requirements/base.lock "$@"
