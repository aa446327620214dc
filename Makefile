# Every target says what it does: make help
.DEFAULT_GOAL := help
.PHONY: help run test lint build release publish fuzz faults soak screenshots simulation bench bench-check synth diff deploy destroy template clean

SHELL       := bash
.SHELLFLAGS := -o pipefail -c

GO      ?= go
LINT    := $(GO) tool -modfile=tools/lint.mod golangci-lint
ACTIONS := $(GO) tool -modfile=tools/actions.mod actionlint
SBOM    := $(GO) tool -modfile=tools/sbom.mod cyclonedx-gomod
# What a program says that it was built from: release, commit, its date and whether more was changed. A clone and what git
# archive makes of it say the same; for a plain copy it can be given, as STAMP='v1.2.0 <commit> 2026-11-02'.
STAMP    = $(eval STAMP := $(shell $(GO) run ./tools/stamp))$(STAMP)
AT      := -X github.com/tocsin-sec/tocsin/pkg/version
STAMPED  = $(AT).release=$(filter-out unreleased,$(word 1,$(STAMP))) $(AT).commit=$(word 2,$(STAMP)) $(AT).date=$(word 3,$(STAMP)) $(AT).changed=$(word 4,$(STAMP))
# The same program from the same commit, whatever the folder, its history and the settings of whoever builds it.
PROGRAM := CGO_ENABLED=0 GOOS=linux GOAMD64=v1 GOARM64=v8.0 GOEXPERIMENT= GOFLAGS=
LAMBDA   = -tags lambda.norpc -trimpath -buildvcs=false -ldflags="-s -w $(STAMPED)"
RELEASE := build/release
FUZZTIME ?= 2m
# What passes is left out; failures, reasons for skipping and tables stay.
QUIET   := grep -vE '^ *(=== |--- PASS|PASS$$)|no test files'
CDK     := @cd cdk && npm ci --silent && npx --no-install cdk

export JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION = 20
export JSII_DEPRECATED = quiet

help: ## List the targets
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 10

run: bin/tocsin ## Show a handful of sample findings in this terminal: no AWS, no set-up
	@bin/tocsin samples --showcase | ACCOUNT_NAMES=$${ACCOUNT_NAMES-111122223333=prod} bin/tocsin send -
	@cat docs/next-steps.txt

# Nothing from Go's test cache: it does not see what a test builds and runs.
test: ## Run every test, with the set-up it needs (Go, and Node 22 or 24 for the AWS emulators; 20 still works)
	@# A renderer is one function without goroutines and without state. The race detector finds nothing there, and takes ten
	@# times as long; the tests of the sinks render under it, from several goroutines at once.
	$(GO) test -count=1 -race -v $$($(GO) list ./... | grep -v /formatter/) | $(QUIET)
	$(GO) test -count=1 -v ./formatter/... | $(QUIET)
	cd cdk && $(GO) vet ./... && $(GO) test -count=1 -v ./... | $(QUIET)

lint: ## Check the style of every package
	$(LINT) run ./...
	cd cdk && $(GO) tool -modfile=../tools/lint.mod golangci-lint run ./...
	$(ACTIONS) -shellcheck= -pyflakes= .github/workflows/*.yml

ZIPS := $(foreach arch,arm64 amd64,build/tocsin-$(arch).zip build/tocsin-actions-$(arch).zip)

build: $(ZIPS) ## Build the zips of both functions, for arm64 and amd64; files beside the one that sends as BUNDLE=mutes.yaml

# With the very tool chain that go.mod names, so that everybody's checksums are the same.
release: export GOTOOLCHAIN := $(shell sed -n 's/^toolchain //p' go.mod)
release: override BUNDLE :=
release: build ## Write everything of a release to build/release: zips, templates, SBOMs, licences, checksums
	rm -rf $(RELEASE) && mkdir -p $(RELEASE)
	cp LICENSE $(ZIPS) $(RELEASE)
	cd cdk && env -u CDK_CONTEXT_JSON $(GO) run -trimpath . -template ../build/slack -c sinks=slack
	cd cdk && env -u CDK_CONTEXT_JSON $(GO) run -trimpath . -template ../$(RELEASE)
	cp build/slack/tocsin.template.json $(RELEASE)/tocsin-slack.template.json
	for of in arm64 amd64 actions/arm64 actions/amd64; do \
	  $(SBOM) bin -json -noserial -notimestamp -short-purls -std -version '$(firstword $(STAMP))' build/$$of/bootstrap | \
	    $(GO) run ./tools/release sbom > $(RELEASE)/tocsin-$${of/\//-}.cdx.json || exit 1; done
	$(GO) run ./tools/release licences ./cmd/lambda ./cmd/actions > $(RELEASE)/THIRD_PARTY_LICENSES
	$(GO) run ./tools/release sums $(RELEASE)

publish: ## Create the release of the checked-out tag on GitHub, from build/release (needs gh)
	@[ '$(words $(STAMP))-$(filter unreleased,$(STAMP))' = 3- ] || \
	  { echo 'publish: want the tag of a release, v1.2.3, and no changes; this is: $(STAMP)' >&2; exit 1; }
	gh release create $(firstword $(STAMP)) --verify-tag $(if $(findstring -,$(firstword $(STAMP))),--prerelease) \
	  --title 'Tocsin $(firstword $(STAMP))' --notes-file docs/release-notes.md $(RELEASE)/*

fuzz: ## Fuzz the reading of events, conditions, mutes and pressed buttons, each for FUZZTIME (default 2m)
	$(GO) test -run '^$$' -fuzz FuzzOpenParse -fuzztime $(FUZZTIME) -fuzzminimizetime 100x ./events
	$(GO) test -run '^$$' -fuzz FuzzRead -fuzztime $(FUZZTIME) -fuzzminimizetime 100x ./events/lenient
	$(GO) test -run '^$$' -fuzz FuzzCompileRun -fuzztime $(FUZZTIME) -fuzzminimizetime 100x ./pkg/condition
	$(GO) test -run '^$$' -fuzz FuzzParse -fuzztime $(FUZZTIME) -fuzzminimizetime 100x ./pkg/mute
	$(GO) test -run '^$$' -fuzz FuzzRead -fuzztime $(FUZZTIME) -fuzzminimizetime 100x ./sinks/slack/interaction

faults: ## Inject faults into the whole of Tocsin and write what came of them to docs/faults.md
	$(GO) test -count 1 ./test/faults -report $(CURDIR)/docs/faults.md

soak: ## Deliver 50,000 events through the built bootstrap with faults and kills (about 3 minutes); writes docs/delivery.md's table
	$(GO) test -count 1 -timeout 30m -run TestSoak ./test/e2e -soak-events 50000 -soak-report $(CURDIR)/docs/delivery.md -v | $(QUIET)

bench: ## Measure the bootstrap beside a naive Lambda (ten minutes), and write docs/benchmarks.md
	$(GO) run ./bench

bench-check: ## Hold the start, the speed and the size of the bootstrap against their budgets
	$(GO) run ./bench -check -pairs 5

simulation: bin/tocsin ## Play a week of 500 accounts in three ways, and write what came of it to docs/simulation.md
	@(cat docs/simulation.head.md; for p in steady incident samples; do printf '\n## %s\n\n```\ntocsin simulate --profile %s\n```\n\n' $$p $$p; \
	  bin/tocsin simulate --profile $$p; done) > docs/simulation.md.new && mv docs/simulation.md.new docs/simulation.md

screenshots: ## Write the pictures of the README to docs/images (needs chromium)
	mkdir -p docs/images
	$(GO) test -count 1 -run TestScreenshots ./cmd/tocsin -screenshots $(CURDIR)/docs/images -v | $(QUIET)

synth: ## Print the CloudFormation template; options as ARGS='-c sinks=slack'
	$(CDK) synth $(ARGS)

diff: build ## Show what a deployment would change
	$(CDK) diff $(ARGS)

deploy: build ## Deploy to the account and region of your AWS credentials
	$(CDK) deploy $(ARGS)

destroy: ## Remove the stack; table, dead letters and secret stay
	$(CDK) destroy $(ARGS)

template: build ## Write plain CloudFormation templates to build/
	cd cdk && $(GO) run . -template ../build $(ARGS)

clean: ## Remove everything that was built
	rm -rf bin build cdk/cdk.out cdk/node_modules test/e2e/node_modules test/outside/node_modules cmd/tocsin/testdata/*/node_modules

bin/tocsin: FORCE
	@$(GO) build -buildvcs=false -ldflags="$(STAMPED)" -o $@ ./cmd/tocsin

build/tocsin-%.zip: FORCE
	mkdir -p build/$*
	$(PROGRAM) GOARCH=$* $(GO) build $(LAMBDA) -o build/$*/bootstrap ./cmd/lambda
	$(GO) run ./tools/zip build/$*/bootstrap $@ $(BUNDLE)

build/tocsin-actions-%.zip: FORCE
	mkdir -p build/actions/$*
	$(PROGRAM) GOARCH=$* $(GO) build $(LAMBDA) -o build/actions/$*/bootstrap ./cmd/actions
	$(GO) run ./tools/zip build/actions/$*/bootstrap $@

.PHONY: FORCE
FORCE:
