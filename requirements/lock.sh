#!/bin/sh
# Makes the locks anew from pyproject.toml: sh requirements/lock.sh [--upgrade]
set -eu
cd "$(dirname "$0")/.."
compile() {
    .uv/bin/uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --no-header -q "$@"
}
everything="--extra openvino --extra web --extra eval --group build"
# shellcheck disable=SC2086  # a list of options
compile $everything -o requirements/base.lock "$@"
# shellcheck disable=SC2086
compile $everything --group dev -o requirements/dev.lock "$@"
