#!/bin/sh
# Installs what the tests need and the machine lacks: PostgreSQL's server programs and
# strace from the system's packages, LibreOffice, poppler and fonts to see documents as paper
# shows them, cargo-nextest from the registry, and what clients in other languages are made
# of. Says exactly what to install where it cannot.
set -eu

missing=""
has_server() {
    [ -n "${QUANHENG_PG_BIN:-}" ] && [ -x "$QUANHENG_PG_BIN/initdb" ] && return 0
    for bin in /usr/lib/postgresql/*/bin; do
        [ -x "$bin/initdb" ] && [ -x "$bin/postgres" ] && return 0
    done
    command -v initdb >/dev/null 2>&1 && command -v postgres >/dev/null 2>&1
}
has_server || missing="$missing postgresql"
command -v strace >/dev/null 2>&1 || missing="$missing strace"

has_office() { command -v soffice >/dev/null 2>&1 || command -v libreoffice >/dev/null 2>&1; }
has_office || missing="$missing libreoffice-calc-nogui libreoffice-writer-nogui"
{ command -v pdftotext && command -v pdfinfo; } >/dev/null 2>&1 || missing="$missing poppler-utils"
# A Chinese font, and ones as wide as Calibri, by which worksheets measure their columns, and
# as Times New Roman.
has_font() { command -v fc-list >/dev/null 2>&1 && [ -n "$(fc-list "$1")" ]; }
has_font :lang=zh-cn || missing="$missing fonts-wqy-zenhei"
has_font Carlito || has_font Calibri || missing="$missing fontconfig fonts-crosextra-carlito"
has_font "Liberation Serif" || has_font "Times New Roman" || missing="$missing fonts-liberation"

if [ -n "$missing" ]; then
    if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null 2>&1; then
        echo "The tests need these Debian packages (or their like elsewhere):$missing" >&2
        echo "Install them as root: apt-get install$missing" >&2
        exit 1
    fi
    # The package would start a server of its own; the tests start private ones.
    if [ ! -e /etc/postgresql-common/createcluster.conf ]; then
        mkdir -p /etc/postgresql-common
        echo "create_main_cluster = false" > /etc/postgresql-common/createcluster.conf
    fi
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq
    # shellcheck disable=SC2086 # one word a package
    apt-get install -y -qq --no-install-recommends $missing
fi

if ! cargo nextest --version >/dev/null 2>&1; then
    cargo install --locked cargo-nextest
fi

sh "$(dirname "$0")/clients/setup.sh"
