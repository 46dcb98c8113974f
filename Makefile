# Thin: the work is in scripts/ and CMakePresets.json.
.PHONY: help run build test check format clean

help:
	@echo 'make run      build and start the demo deployment on loopback'
	@echo 'make build    the release binary: build/release/tidegate'
	@echo 'make test     every test, as CI runs them'
	@echo 'make check    format and folder graph only (seconds)'
	@echo 'make format   clang-format on every source file'
	@echo 'make clean    remove build/'

run: build
	@build/release/tidegate demo

build:
	@scripts/install-deps build
	@scripts/build release tidegate

test:
	@scripts/test

check:
	@scripts/install-deps test
	@scripts/check-format
	@scripts/check-graph

format:
	@scripts/install-deps test
	@scripts/check-format --fix

clean:
	rm -rf build
