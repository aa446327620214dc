# Every target says what it does: make help
.DEFAULT_GOAL := help
.PHONY: help run test lint build fuzz clean

GO      ?= go
LINT    := $(GO) tool -modfile=tools/lint.mod golangci-lint
LAMBDA  := -tags lambda.norpc -trimpath -ldflags='-s -w'
FUZZTIME ?= 2m

help: ## List the targets
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 10

run: bin/tocsin ## Show a handful of sample findings in this terminal: no AWS, no set-up
	@bin/tocsin samples --showcase | ACCOUNT_NAMES=$${ACCOUNT_NAMES-111122223333=prod} bin/tocsin send -
	@cat docs/next-steps.txt

test: ## Run every test, with the set-up it needs (Go, and Node >= 20 for the AWS emulators)
	$(GO) test -race ./...

lint: ## Check the style of every package
	$(LINT) run ./...

build: build/tocsin-arm64.zip build/tocsin-amd64.zip ## Build the Lambda's zips, for arm64 and amd64

fuzz: ## Fuzz the reading of events for FUZZTIME (default 2m)
	$(GO) test -run '^$$' -fuzz FuzzOpenParse -fuzztime $(FUZZTIME) ./events

clean: ## Remove everything that was built
	rm -rf bin build

bin/tocsin: FORCE
	@$(GO) build -o $@ ./cmd/tocsin

build/tocsin-%.zip: FORCE
	mkdir -p build/$*
	CGO_ENABLED=0 GOOS=linux GOARCH=$* $(GO) build $(LAMBDA) -o build/$*/bootstrap ./cmd/lambda
	$(GO) run ./tools/zip build/$*/bootstrap $@

.PHONY: FORCE
FORCE:
