# Everything a newcomer needs: `make demo` and `make test`.

CARGO ?= cargo
BENCH ?= log
WITH_POSTGRES = $(CARGO) run --quiet --package quanheng-testkit --bin with-postgres --

.PHONY: demo test test-long bench lint tools

## Start a server on an embedded SQLite file and run the main job on it, with real input.
demo:
	$(CARGO) build --release --package quanheng --package quanheng-e2e --bin quanheng --bin demo
	target/release/demo

## Install what the tests need, and run them all.
test: tools
	$(CARGO) build --workspace --all-targets
	$(WITH_POSTGRES) $(CARGO) nextest run --workspace
	$(CARGO) test --workspace --doc
	target/debug/demo

## The long forms of the crash, race and model tests.
test-long: tools
	QUANHENG_LONG=1 $(WITH_POSTGRES) $(CARGO) nextest run --workspace --profile long

# Commands, and promotion with its tasks, are measured by one program.
BENCH_PROGRAM = $(if $(filter promotion,$(BENCH)),commands,$(BENCH))-bench
BENCH_AREA = $(if $(filter promotion,$(BENCH)),--area promotion)

## Measure against limits of the same run: `make bench BENCH=log`, `=rules`, `=commands`,
## `=promotion`.
bench: tools
	$(CARGO) build --release --workspace --bin $(BENCH_PROGRAM) --bin quanheng
	$(if $(filter rules,$(BENCH)),,$(WITH_POSTGRES)) target/release/$(BENCH_PROGRAM) $(BENCH_AREA) $(BENCH_ARGS)

lint:
	$(CARGO) fmt --all --check
	$(CARGO) clippy --workspace --all-targets -- --deny warnings

tools:
	sh tests/tools.sh
