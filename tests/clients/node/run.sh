#!/bin/sh
# Generates JavaScript from proto/ and runs the client test against a running server.
# Reads QUANHENG_ADDRESS, QUANHENG_TOKENS, QUANHENG_REALM, QUANHENG_PROTO.
set -eu
cd "$(dirname "$0")"
sources=$PWD
installed=$PWD/../../../target/clients/node
# Below node_modules' folder, where Node looks for packages.
run=$(mktemp -d "$installed/run.XXXXXX")
trap 'rm -rf "$run"' EXIT

# How a status carries its details is google.rpc's, which Python's packages bring along.
python=$installed/../python/venv/bin/python
rpc=$("$python" -c 'import google.rpc; print(list(google.rpc.__path__)[0])')
mkdir -p "$run/rpc/google/rpc"
cp "$rpc/status.proto" "$rpc/error_details.proto" "$run/rpc/google/rpc/"

PATH=$installed/node_modules/.bin:$PATH
for protos in "$QUANHENG_PROTO" "$run/rpc"; do
    buf generate "$protos" --template buf.gen.yaml --output "$run/generated"
done
cp "$sources"/*.js "$run/"
node "$run/client.js"
