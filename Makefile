# Everything a newcomer needs: `make demo` and `make test`.

CARGO ?= cargo
BENCH ?= log
WITH_POSTGRES = $(CARGO) run --quiet --package quanheng-testkit --bin with-postgres --

.PHONY: demo test test-long bench lint tools

## Run the main job on real input. Until the server exists, that is the log.
demo:
	$(CARGO) run --release --package quanheng-eventlog --example divisions

## Install what the tests need, and run them all.
test: tools
	$(CARGO) build --workspace --all-targets
	$(WITH_POSTGRES) $(CARGO) nextest run --workspace
	$(CARGO) test --workspace --doc
	$(CARGO) run --quiet --package quanheng-eventlog --example divisions

## The long forms of the crash, race and model tests.
test-long: tools
	QUANHENG_LONG=1 $(WITH_POSTGRES) $(CARGO) nextest run --workspace --profile long

## Measure against limits of the same run: `make bench BENCH=log`, `BENCH=rules`.
bench: tools
	$(CARGO) build --release --workspace --bin $(BENCH)-bench
	$(if $(filter rules,$(BENCH)),,$(WITH_POSTGRES)) target/release/$(BENCH)-bench $(BENCH_ARGS)

lint:
	$(CARGO) fmt --all --check
	$(CARGO) clippy --workspace --all-targets -- --deny warnings

tools:
	sh tests/tools.sh
