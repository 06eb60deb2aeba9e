# The tasks of a contributor. Everything runs without cgo; 'make ci' is all that a change must pass.
export CGO_ENABLED := 0

FUZZTIME ?= 30
BENCHTIME ?= 1s
STATICCHECK := $(shell go env GOPATH)/bin/staticcheck

.PHONY: build test long fuzz bench lint ci generate emulate nightly

build: ## the program
	go build -o tweedie ./cmd/tweedie

test: ## every test that a change must pass
	go test ./...

long: ## the tests that take minutes, too
	go test -timeout 2h $$(git grep -l 'flag.Bool("long"' -- '*_test.go' | xargs -n1 dirname | sort -u | sed 's!^!./!') -long

fuzz: ## every fuzz target, FUZZTIME seconds each; FUZZ='data FuzzOpen' chooses
	tools/nightly.sh /dev/null $(FUZZTIME) '^fuzz.*$(FUZZ)'

bench: ## the benchmarks, BENCHTIME each
	go test ./... -run '^$$' -bench . -benchtime $(BENCHTIME) -benchmem

lint: ## format, vet, staticcheck, who may import whom, names in documents
	@test -z "$$(gofmt -l $$(git ls-files '*.go'))" || { gofmt -l $$(git ls-files '*.go'); exit 1; }
	go vet ./...
	go -C tools vet ./...
	@test -x $(STATICCHECK) || go install honnef.co/go/tools/cmd/staticcheck@v0.8.2
	$(STATICCHECK) ./...
	go run -C tools ./layercheck ..

generate: ## the assembly of internal/kernel, and the table of packages in docs/architecture.md
	go generate ./internal/kernel
	go run -C tools ./layercheck -write ..

emulate: ## the kernels' tests on the other instruction sets
	TWEEDIE_KERNELS=generic go test -short -timeout 2h ./internal/kernel
	TWEEDIE_KERNELS=avx2 go test -short -timeout 2h ./internal/kernel
	GOARCH=arm64 go test -short -timeout 2h -exec qemu-aarch64 ./internal/kernel

ci: ## what a merge must pass
	.ci/run

nightly: ## fuzz targets, benchmarks and figures, appended to HISTORY
	tools/nightly.sh $(or $(HISTORY),history.jsonl)
