#!/bin/sh
# Installs what the foreign clients and the checks of proto/ need, into target/clients:
# Python's gRPC in a virtual environment, and Node's packages with Buf among them. Does
# nothing where that is done. `setup.sh --check` only says whether it is.
set -eu
cd "$(dirname "$0")"
clients=$PWD
target=$clients/../../target/clients

# What is installed follows from these files alone.
wanted=$(cat setup.sh python/requirements.txt node/package.json node/package-lock.json | cksum)
have=$(cat "$target/installed" 2>/dev/null || true)
[ "$wanted" != "$have" ] || exit 0
if [ "${1:-}" = --check ]; then
    echo "The foreign clients are not set up, or not as they are now." >&2
    echo "Run: sh tests/clients/setup.sh" >&2
    exit 1
fi

missing=""
python3 -c 'import ensurepip, venv' 2>/dev/null || missing="$missing python3 python3-venv"
command -v node >/dev/null 2>&1 || missing="$missing nodejs"
command -v npm >/dev/null 2>&1 || missing="$missing npm"
if [ -n "$missing" ]; then
    if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null 2>&1; then
        echo "The foreign clients need these Debian packages (or their like elsewhere):$missing" >&2
        echo "Install them as root: apt-get install$missing" >&2
        exit 1
    fi
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq
    # shellcheck disable=SC2086 # one word a package
    apt-get install -y -qq --no-install-recommends $missing
fi

mkdir -p "$target"
rm -f "$target/installed"
rm -rf "$target/python" "$target/node"
python3 -m venv "$target/python/venv"
"$target/python/venv/bin/python" -m pip install --quiet --no-deps \
    --requirement python/requirements.txt
"$target/python/venv/bin/python" -m pip check --quiet || {
    echo "python/requirements.txt does not name everything" >&2
    exit 1
}

mkdir -p "$target/node"
cp node/package.json node/package-lock.json "$target/node/"
# Nothing that a package would run on being installed is needed.
(cd "$target/node" && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error)
"$target/node/node_modules/.bin/buf" --version >/dev/null

echo "$wanted" > "$target/installed"
