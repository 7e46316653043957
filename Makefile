# What there is to do here. Each target says what it does; `make` alone lists them.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

# What the real Machine Config Operator rendered, where it is at hand. Tests that need it say so when
# it is not.
captured := $(wildcard ../shared/openshift)
ifneq ($(captured),)
export OC_ETCD_OPENSHIFT ?= $(abspath $(captured))
endif

deny_version := 0.20.2
cases ?= 20000
tools := target/tools/bin

.PHONY: help
help: ## List the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/' | expand -t 16

.PHONY: build
build: ## Build the program and the test control plane's starter, unoptimised
	@echo "make: building oc-etcd (the first time takes 2 to 4 minutes)"
	cargo build --workspace

.PHONY: release-build
release-build: ## Build target/release/oc-etcd
	@echo "make: building oc-etcd for release (the first time takes 4 to 6 minutes)"
	cargo build --release

.PHONY: controlplane
controlplane: ## Build kube-apiserver, etcd and kubectl into target/, once
	@tests/controlplane/build

.PHONY: demo
demo: controlplane build ## Show init, add-machine and status on a real API server
	@echo "make: starting the demo"
	target/debug/oc-etcd-lab run --cluster 4.20 -- tests/demo/session

.PHONY: test
test: controlplane ## Run every test
	@echo "make: building and running the tests (the first time takes 3 to 6 minutes)"
	mkdir -p target
	cargo test --workspace --lib --bins --tests 2>&1 | tee target/test.log
	@awk '/^test result:/ { passed += $$4; failed += $$6; skipped += $$8 } \
	    END { printf "%d passed, %d failed, %d skipped\n", passed, failed, skipped }' target/test.log

.PHONY: fuzz
fuzz: controlplane ## Feed the readers random input for some minutes; cases=N chooses how much
	@echo "make: $(cases) cases for each property"
	cargo build --tests
	PROPTEST_CASES=$(cases) cargo test --test offline -- fuzz:: unexpected:: --nocapture --test-threads=2

.PHONY: bench
bench: controlplane ## Measure size, start, time and memory, beside kubectl's
	@echo "make: building oc-etcd for release (the first time takes 4 to 6 minutes)"
	cargo build --release
	cargo build --release -p oc-etcd-lab
	target/release/oc-etcd-lab bench

.PHONY: lint
lint: ## Check format, lints and docs
	cargo fmt --all --check
	cargo clippy --workspace --all-targets -- -D warnings
	RUSTDOCFLAGS='-D warnings' cargo doc --workspace --no-deps

.PHONY: generated
generated: controlplane ## Write completions and golden files anew; read the diff
	UPDATE=1 cargo test --test offline
	UPDATE=1 cargo test --test cluster -- every_error_is_worded_for_whoever_reads_it

.PHONY: deny
deny: $(tools)/cargo-deny ## Check licences, bans and sources of the dependencies
	$(tools)/cargo-deny check bans licenses sources

$(tools)/cargo-deny:
	@echo "make: building cargo-deny (4 to 6 minutes, once)"
	cargo install --locked --root target/tools cargo-deny@$(deny_version)

.PHONY: ci
ci: ## Do what CI does
	.ci/run
