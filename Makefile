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
auditable_version := 0.7.7
zigbuild_version := 0.24.1
zig_version := 0.17.1
actionlint_version := v1.7.12
typos_version := 1.52.0
# What this machine's archive is built for; the release workflow builds against musl.
release_platform ?= linux-amd64
release_target ?= x86_64-unknown-linux-gnu.2.28
# A release has every platform; an archive made here is alone.
complete ?=
dist := target/dist
bloat_version := 0.12.1
cases ?= 20000
generated_files := completions docs man plugin.yaml tests
tools := target/tools/bin
zig := target/tools/zig/bin/cargo-zigbuild
typos := target/tools/typos/bin/typos

.PHONY: help
help: ## List the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/' | expand -t 18

.PHONY: build
build: ## Build the program and the test control plane's starter, unoptimized
	@echo "make: building oc-etcd (the first time takes 2 to 4 minutes)"
	cargo build --workspace

.PHONY: release-build
release-build: ## Build target/release/oc-etcd
	@echo "make: building oc-etcd for release (the first time takes 4 to 6 minutes)"
	cargo build --release

.PHONY: release
release: release-program ## Make the archive of this platform in target/dist
	rm -rf target/programs
	mkdir -p target/programs
	cp "$$(<target/program)" target/programs/$(release_platform)
	$(MAKE) --no-print-directory release-pack

.PHONY: release-program
release-program: $(tools)/cargo-auditable $(zig) ## Build the program for release_target; target/program names it
	@echo "make: building oc-etcd for release (the first time takes 4 to 6 minutes)"
	deploy/release/build $(release_target) >target/program

.PHONY: release-pack
release-pack: ## Make target/dist from the programs in target/programs
	rm -rf $(dist)
	for program in target/programs/*; do \
	    cargo run --quiet --package oc-etcd-release -- pack --platform "$${program##*/}" \
	        --program "$$program" --time "$$(git log -1 --format=%ct)" $(dist); \
	done
	$(MAKE) --no-print-directory plugin-manifest

.PHONY: plugin-manifest
plugin-manifest: ## Fill plugin.yaml and the Homebrew formula from the archives in target/dist
	cargo run --quiet --package oc-etcd-release -- finish $(complete) $(dist)

.PHONY: release-check
release-check: release ## Build the archive again in another directory, and compare
	deploy/release/compare $(release_platform) $(release_target)

.PHONY: controlplane
controlplane: ## Build kube-apiserver, etcd and kubectl into target/, once
	@tests/controlplane/build

.PHONY: demo
demo: ## Show the commands at work on a real API server
	@tests/controlplane/build demo
	@echo "make: building oc-etcd and the starter of its cluster (the first time takes 1 to 2 minutes)"
	cargo build --package oc-etcd --bin oc-etcd --package oc-etcd-lab --bin oc-etcd-lab
	@echo "make: starting the demo (20 s)"
	target/debug/oc-etcd-lab run --cluster 4.20 -- tests/demo/session

.PHONY: bootlab
bootlab: ## Build the machines of the boot tests into target/, once; needs root and some packages
	@tests/bootlab/build kubelet

# Where the packages are not, the tests say what they leave out; .ci/run requires them.
.PHONY: bootlab-if-possible
bootlab-if-possible:
	@if [[ -n $${OC_ETCD_REQUIRE_BOOT:-} ]] || tests/bootlab/build check 2>/dev/null; then tests/bootlab/build; fi

.PHONY: boot-test
boot-test: controlplane bootlab ## Boot machines for every promise about disks and roles (30 to 50 minutes)
	@echo "make: booting machines (the consoles of those that fail stay in target/bootlab/machines)"
	OC_ETCD_REQUIRE_BOOT=1 cargo test --workspace --test boot -- --include-ignored

.PHONY: test
test: controlplane bootlab-if-possible ## Run every test
	@echo "make: building and running the tests (the first time takes 3 to 6 minutes)"
	mkdir -p target
	cargo test --workspace --lib --bins --tests 2>&1 | tee target/test.log
	@grep -o 'left out: .*' target/test.log | sort -u || true
	@awk '/^test result:/ { passed += $$4; failed += $$6; skipped += $$8 } \
	    END { printf "%d passed, %d failed, %d skipped\n", passed, failed, skipped }' target/test.log

.PHONY: fuzz
fuzz: controlplane ## Feed the readers random input for some minutes; cases=N chooses how much
	@echo "make: $(cases) cases for each property"
	cargo build --tests
	PROPTEST_CASES=$(cases) cargo test --workspace --test offline -- fuzz:: unexpected:: --nocapture --test-threads=2

.PHONY: bench
bench: export CARGO_PROFILE_RELEASE_STRIP = none
bench: controlplane $(tools)/cargo-bloat ## Measure beside kubectl, and write docs/performance.md
	@echo "make: building oc-etcd for release (the first time takes 4 to 6 minutes)"
	cargo build --release --bin oc-etcd
	$(tools)/cargo-bloat bloat --release --bin oc-etcd --crates -n 25 > target/bloat.txt
	mkdir -p target/bench
	strip -o target/bench/oc-etcd target/release/oc-etcd
	cargo build -p oc-etcd-lab
	@echo "make: measuring (10 to 20 minutes; nothing else should run meanwhile)"
	target/debug/oc-etcd-lab bench --program target/bench/oc-etcd

$(tools)/cargo-bloat:
	@echo "make: building cargo-bloat (2 minutes, once)"
	cargo install --locked --root target/tools cargo-bloat@$(bloat_version)

.PHONY: lint
lint: ## Check format, lints and docs
	cargo fmt --all --check
	cargo clippy --workspace --all-targets -- -D warnings
	RUSTDOCFLAGS='-D warnings' cargo doc --workspace --no-deps

# Tests that take minutes and write no file; `make test` runs them.
without_golden_files := property:: unexpected:: withheld:: site_configs:: redacted::a_withheld_field

.PHONY: generated
generated: controlplane ## Write completions and golden files anew; read the diff
	UPDATE=1 cargo test --workspace --test offline -- $(addprefix --skip ,$(without_golden_files))
	UPDATE=1 cargo test --workspace --test apiserver -- every_error_is_worded_for_whoever_reads_it

.PHONY: generated-check
generated-check: generated ## Fail where generated files are not as they are committed
	@changed=$$(git status --porcelain -- $(generated_files)); \
	if [[ -n $$changed ]]; then \
	    git --no-pager diff -- $(generated_files); \
	    printf 'make: not as committed, or not committed at all:\n%s\n' "$$changed" >&2; \
	    exit 1; \
	fi

.PHONY: deny
deny: $(tools)/cargo-deny ## Check the dependencies; advisories=advisories has them looked up too
	$(tools)/cargo-deny check bans licenses sources $(advisories)

$(tools)/cargo-deny:
	@echo "make: building cargo-deny (4 to 6 minutes, once)"
	cargo install --locked --root target/tools cargo-deny@$(deny_version)

$(tools)/cargo-auditable:
	@echo "make: building cargo-auditable (under a minute, once)"
	cargo install --locked --root target/tools cargo-auditable@$(auditable_version)

# A Python environment of its own: zig, and the cargo command that links with it.
$(zig):
	python3 -m venv target/tools/zig
	target/tools/zig/bin/pip install --quiet cargo-zigbuild==$(zigbuild_version) ziglang==$(zig_version)

.PHONY: lint-workflows
lint-workflows: $(tools)/actionlint ## Check the workflows of .github
	$(tools)/actionlint

$(tools)/actionlint:
	@echo "make: building actionlint (a minute, once)"
	GOBIN=$(abspath $(tools)) go install github.com/rhysd/actionlint/cmd/actionlint@$(actionlint_version)

.PHONY: lint-words
lint-words: $(typos) ## Check the spelling, which is American
	$(typos)

# A Python environment of its own: the program comes built.
$(typos):
	python3 -m venv target/tools/typos
	target/tools/typos/bin/pip install --quiet typos==$(typos_version)

.PHONY: screenshots
screenshots: controlplane build ## Draw the README's pictures anew from the demo's cluster
	@echo "make: drawing docs/images"
	target/debug/oc-etcd-lab run --cluster 4.20 -- target/debug/oc-etcd-screenshots

.PHONY: ci
ci: ## Do what CI does
	.ci/run
