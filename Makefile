# Vantage. The few commands that a user or developer needs.
GO          ?= go
RACE        ?= $(if $(shell command -v gcc || command -v clang),-race)
# Packages tested at once: they mostly wait, for browsers, hosts and the engine.
PACKAGES    ?= $(shell n=$$(nproc 2>/dev/null || echo 2); [ $$n -gt 3 ] && echo $$n || echo 3)
# It starts no goroutine; under the race detector it takes ten times as long.
SERIAL      = vantage/pipeline/story
FUZZTIME    ?= 20s
EVAL        ?= $(wildcard ../shared/eval/*.jsonl) $(wildcard pipeline/eval/testdata/*.jsonl)
STATICCHECK = honnef.co/go/tools/cmd/staticcheck@v0.8.2

.PHONY: all build engine demo run test lint bench eval weights fuzz clean

all: build

build: ## fetch what is missing and build bin/vantage
	@$(GO) run ./deploy/build

engine: ## fetch only the embedded ClickHouse library
	@$(GO) run ./deploy/build -engine

demo: build ## start everything with a sample town of feeds
	@bin/vantage demo

run: build ## start with your configuration (vantage.yaml) and the starter sources
	@bin/vantage run

test: ## what a newcomer needs to trust a change; with the race detector where there is a C compiler
	@$(GO) run ./deploy/build -web -engine -dev
	$(GO) vet ./...
	$(GO) test $(RACE) -p $(PACKAGES) -timeout 30m $(TESTFLAGS) $$($(GO) list ./... | grep -vx $(SERIAL))
	$(GO) test -timeout 30m $(TESTFLAGS) $(SERIAL)
	$(GO) test -run Alloc $(TESTFLAGS) ./collectors/text ./pipeline/tag

lint: ## formatting, vet, staticcheck
	@test -z "$$(gofmt -l .)" || { gofmt -l .; echo "run gofmt -w on these files"; exit 1; }
	$(GO) vet ./...
	$(GO) run $(STATICCHECK) ./...

bench: export VANTAGE_PEER_RESULT = $(CURDIR)/bin/peer-us
bench: ## our numbers beside those of the field, with the machine (some minutes)
	@$(GO) run ./deploy/build -engine
	@$(GO) run ./deploy/machine
	cd deploy/peers && $(GO) test -bench . ./...
	$(GO) test -p 1 -run '^$$' -bench . -timeout 60m ./collectors/...
	@rm -f $(VANTAGE_PEER_RESULT)
	-cd deploy/peers/benthos && $(GO) test -run '^$$' -bench . -timeout 30m
	$(GO) test -p 1 -run '^$$' -bench . -timeout 60m ./pipeline/... ./dashboards/... ./cmd/vantage
	@$(GO) run ./deploy/machine

eval: ## how well texts are understood, over the labelled sets
	@$(GO) run ./cmd/vantage eval $(EVAL)

weights: ## learn anew what words say about themes, after a change of texts or phrases
	@$(GO) run ./cmd/vantage vocabulary learn -vocabulary pipeline/tag/vocabulary -o pipeline/tag/vocabulary/weights.tsv pipeline/tag/training/*.jsonl

fuzz: ## every reader of strangers' bytes against random ones, FUZZTIME each
	@grep -r '^func Fuzz' --include='*_test.go' cmd collectors dashboards pipeline | \
	sed 's|\(.*\)/[^/]*:func \([A-Za-z0-9_]*\).*|\1 \2|' | sort | \
	while read -r dir target; do \
		echo "$$dir $$target"; \
		$(GO) test -run '^$$' -fuzz "^$$target$$" -fuzztime $(FUZZTIME) "./$$dir" </dev/null || exit 1; \
	done

clean:
	rm -rf bin dashboards/web/node_modules deploy/native/node_modules collectors/testdata/pds/node_modules
