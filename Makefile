# Every target says what it does: make help
.DEFAULT_GOAL := help
.PHONY: help run test lint build fuzz faults soak screenshots simulation bench bench-check synth diff deploy destroy template clean

SHELL       := bash
.SHELLFLAGS := -o pipefail -c

GO      ?= go
LINT    := $(GO) tool -modfile=tools/lint.mod golangci-lint
LAMBDA  := -tags lambda.norpc -trimpath -ldflags='-s -w'
# Said by tocsin --version; nothing in a copy without its history.
COMMIT   = $(shell git log -1 --format='%H %cs' 2>/dev/null)
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

build: build/tocsin-arm64.zip build/tocsin-amd64.zip ## Build the Lambda's zips, for arm64 and amd64; files beside the program as BUNDLE=mutes.yaml

fuzz: ## Fuzz the reading of events, conditions and mutes, each for FUZZTIME (default 2m)
	$(GO) test -run '^$$' -fuzz FuzzOpenParse -fuzztime $(FUZZTIME) -fuzzminimizetime 100x ./events
	$(GO) test -run '^$$' -fuzz FuzzRead -fuzztime $(FUZZTIME) -fuzzminimizetime 100x ./events/lenient
	$(GO) test -run '^$$' -fuzz FuzzCompileRun -fuzztime $(FUZZTIME) -fuzzminimizetime 100x ./pkg/condition
	$(GO) test -run '^$$' -fuzz FuzzParse -fuzztime $(FUZZTIME) -fuzzminimizetime 100x ./pkg/mute

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
	@$(GO) build -ldflags="-X 'main.builtFrom=$(COMMIT)'" -o $@ ./cmd/tocsin

build/tocsin-%.zip: FORCE
	mkdir -p build/$*
	CGO_ENABLED=0 GOOS=linux GOARCH=$* $(GO) build $(LAMBDA) -o build/$*/bootstrap ./cmd/lambda
	$(GO) run ./tools/zip build/$*/bootstrap $@ $(BUNDLE)

.PHONY: FORCE
FORCE:
