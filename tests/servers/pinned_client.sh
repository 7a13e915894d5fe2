#!/bin/sh
# Runs the tests of messages on the Kafka client that Quix Streams itself pins (docs/decisions/0006):
# sh tests/servers/pinned_client.sh [what pytest takes]. All else is as in .venv: the client lies before it in the path.
set -eu
cd "$(dirname "$0")/../.."
lock=tests/servers/pinned_client.lock
version=$(sed -n 's/^confluent-kafka==\([0-9.]*\).*/\1/p' $lock)
folder=${XDG_CACHE_HOME:-$HOME/.cache}/posestream-tests/confluent-kafka-$version
if [ ! -f "$folder/complete" ]; then
    rm -rf "$folder"
    .uv/bin/uv pip install -q --python .venv/bin/python --no-deps --require-hashes --target "$folder" -r $lock
    touch "$folder/complete"
fi
[ $# -gt 0 ] || set -- tests/posestream/messaging tests/posestream/test_service.py tests/sinks/test_stream.py
export PYTHONPATH="$folder"
.venv/bin/python -c 'import confluent_kafka as c, sys; print("confluent-kafka", c.__version__); sys.exit(c.__version__ != sys.argv[1])' "$version"
exec .venv/bin/python -m pytest "$@"
