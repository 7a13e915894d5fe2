#!/bin/sh
# Makes .venv from a hashed lock and puts posestream into it: sh requirements/install.sh base|services|dev
# uv lives in .uv, apart from .venv, so that `uv pip sync` can leave exactly the lock in .venv.
set -eu
cd "$(dirname "$0")/.."
lock=requirements/$1.lock
python=${PYTHON:-python3}

"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || {
    echo "posestream needs Python 3.11 or newer: install it or set PYTHON=/path/to/python3.11" >&2
    exit 4
}

if [ ! -x .uv/bin/uv ] || [ requirements/bootstrap.lock -nt .uv/done ]; then
    rm -rf .uv
    "$python" -m venv .uv >/dev/null 2>&1 || {
        # Debian ships Python without ensurepip; as root we can mend that, otherwise say how.
        rm -rf .uv
        if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
            apt-get update -qq && apt-get install -y -qq --no-install-recommends python3-venv >/dev/null
            "$python" -m venv .uv
        else
            echo "python3 cannot make virtual environments: run 'apt-get install python3-venv' first" >&2
            exit 4
        fi
    }
    .uv/bin/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements/bootstrap.lock
    touch .uv/done
fi

# Up to date already: the marker names the lock's and the project file's content. A larger lock holds all of a smaller one.
state() { cat "$1" pyproject.toml | sha256sum | cut -d' ' -f1; }
wanted=$(state "$lock")
have=$(cat .venv/posestream-lock 2>/dev/null || true)
[ "$have" = "$wanted" ] && exit 0
[ "$have" = "$(state requirements/dev.lock)" ] && exit 0
[ "$1" = base ] && [ "$have" = "$(state requirements/services.lock)" ] && exit 0
[ "$1" = base ] && [ "$have" = "$(state requirements/services.lock)" ] && exit 0
[ -x .venv/bin/python ] || .uv/bin/uv venv -q --python "$python" .venv
.uv/bin/uv pip sync -q --python .venv/bin/python --require-hashes "$lock"
.uv/bin/uv pip install -q --python .venv/bin/python --no-deps --no-build-isolation --offline -e .
echo "$wanted" >.venv/posestream-lock
