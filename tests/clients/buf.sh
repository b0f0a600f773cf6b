#!/bin/sh
# Checks proto/ with Buf: its form, and that nothing a client relies on has changed since
# the baseline, tests/clients/baseline.binpb.
#
#   buf.sh         checks
#   buf.sh renew   takes proto/ as the new baseline: after a release, so that what was
#                  added since is kept from then on. What breaks clients stays out of it:
#                  renewing checks first. (A package that is not yet published may break:
#                  `buf.sh renew --breaking`, with the reason in the commit's message.)
set -eu
cd "$(dirname "$0")"
root=$PWD/../..
baseline=$PWD/baseline.binpb
buf=$root/target/clients/node/node_modules/.bin/buf
sh ./setup.sh --check

"$buf" lint "$root/proto"
if [ "${2:-}" != --breaking ]; then
    "$buf" breaking "$root/proto" --against "$baseline"
fi
if [ "${1:-}" = renew ]; then
    # Comments are no part of what clients rely on.
    "$buf" build "$root/proto" --exclude-source-info --output "$baseline"
    echo "tests/clients/baseline.binpb is renewed"
fi
