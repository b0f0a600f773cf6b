#!/bin/sh
# Generates Python code from proto/ and runs the client test against a running server.
# Reads QUANHENG_ADDRESS, QUANHENG_TOKENS, QUANHENG_REALM, QUANHENG_PROTO.
set -eu
cd "$(dirname "$0")"
installed=$PWD/../../../target/clients/python
python=$installed/venv/bin/python
generated=$(mktemp -d "$installed/generated.XXXXXX")
trap 'rm -rf "$generated"' EXIT

# google/type comes with googleapis-common-protos.
find "$QUANHENG_PROTO/quanheng" -name '*.proto' -exec "$python" -m grpc_tools.protoc \
    --proto_path="$QUANHENG_PROTO" \
    --python_out="$generated" --grpc_python_out="$generated" {} +
PYTHONPATH=$generated PYTHONDONTWRITEBYTECODE=1 PYTHONIOENCODING=utf-8 "$python" client.py
