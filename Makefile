# `make` alone lists what there is.
.DEFAULT_GOAL := help
.PHONY: help run test torture bench release portal screenshots fmt lint clean

help: ## this list
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/' | expand -t 12

run: ## build quickly and start a demonstration: prints its address and how to sign in
	@tools/install-needs build
	@echo "building; the first time takes some minutes"
	@tools/build-portal
	@cargo build --locked --package ephor
	@exec cargo run --quiet --locked --package ephor -- demo $(ARGS)

test: ## every check and every test, on SQLite and on a PostgreSQL of its own
	@tools/test

torture: ## the long forms of the tests; ARGS=NAME picks some
	@tools/install-needs test
	EPHOR_TORTURE=1 tools/with-postgres cargo nextest run --locked --workspace --all-features --profile torture $(ARGS)

bench: ## how fast, each figure beside its ceiling from the same run
	@tools/install-needs build
	cargo bench --locked --package ephor --bench throughput -- $(ARGS)

release: ## the optimised binary: target/release/ephor
	@tools/install-needs build
	@tools/build-portal
	cargo build --locked --release --package ephor

portal: ## the portal alone, into portal/dist; the next build of the program takes it in
	@tools/install-needs build
	@tools/build-portal

screenshots: ## a picture of every place of the portal in every look, into portal/.screenshots
	@tools/install-needs test
	@tools/test-portal screenshots

fmt: ## put the code into its form
	cargo fmt --all

lint: ## the checks without the tests
	cargo fmt --all --check
	cargo xtask tidy
	cargo clippy --locked --workspace --all-targets --all-features -- -D warnings

clean: ## remove what was built
	cargo clean
	rm -rf portal/dist portal/node_modules
