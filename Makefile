# Everything that is done with this tree. `make help` lists it.
#
# Variables: PREFIX (/usr/local), DESTDIR (empty), CARGO (cargo), STATIC (yes; empty: see below).

CARGO ?= cargo
PREFIX ?= /usr/local
DESTDIR ?=
BINDIR = $(DESTDIR)$(PREFIX)/bin
DATADIR = $(DESTDIR)$(PREFIX)/share

TOOLS := $(sort $(basename $(notdir $(wildcard bins/*.rs))))
# Where cargo puts what it builds, wherever it was told to.
TARGET = $(shell $(CARGO) metadata --no-deps --format-version 1 | sed 's/.*"target_directory":"\([^"]*\)".*/\1/')

# The tools as they are installed are linked statically and at a fixed address, where the C library is
# there for it: they are started for a millisecond at a time, and a loader with its relocations takes a
# third of that, and 300 KiB of each session's memory. `make STATIC= …` builds as cargo does by itself.
STATIC ?= yes
HOST := $(shell rustc -vV | sed -n 's/^host: //p')
ifneq ($(and $(STATIC),$(findstring linux-gnu,$(HOST)),$(filter /%,$(shell $(CC) -print-file-name=libc.a))),)
STATICALLY = CARGO_BUILD_TARGET= RUSTFLAGS="$(RUSTFLAGS) -C target-feature=+crt-static -C relocation-model=static"
FOR_HOST = --target $(HOST)
RELEASE = $(TARGET)/$(HOST)/release
else
RELEASE = $(TARGET)/release
endif

.PHONY: help try test build install uninstall docs fuzz fuzz-targets miri soak bench agents detect-bench parse-cost history-cost vt-corpora clean

help: ## this list
	@sed -n 's/^\([a-z-]*\):[^#]*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 24

try: ## build, then see the tools at work on three sessions, in a directory that is removed again
	@$(CARGO) build --locked -p ms-tools --bins
	@sh try/try.sh "$(TARGET)/debug"

test: ## formatting, lints, documentation, all tests
	@CARGO="$(CARGO)" sh tests/tools/run.sh "$(TARGET)"

build: ## the tools as they are installed
	$(STATICALLY) $(CARGO) build --locked --release -p ms-tools --bins $(FOR_HOST)

install: build ## tools, man pages, completions and hooks under $(PREFIX)
	install -d "$(BINDIR)" "$(DATADIR)/man/man1" "$(DATADIR)/man/man5" "$(DATADIR)/man/man7"
	install -d "$(DATADIR)/bash-completion/completions" "$(DATADIR)/zsh/site-functions"
	install -d "$(DATADIR)/fish/vendor_completions.d" "$(DATADIR)/doc/ms" "$(DATADIR)/ms"
	cd "$(RELEASE)" && install -m 755 $(TOOLS) "$(abspath $(BINDIR))"
	for section in 1 5 7; do \
	    install -m 644 man/*.$$section "$(DATADIR)/man/man$$section" || exit 1; done
	install -m 644 completions/bash/* "$(DATADIR)/bash-completion/completions"
	install -m 644 completions/zsh/* "$(DATADIR)/zsh/site-functions"
	install -m 644 completions/fish/* "$(DATADIR)/fish/vendor_completions.d"
	install -m 644 README.md CHANGELOG.md LICENSE LICENSE-MIT LICENSE-APACHE "$(DATADIR)/doc/ms"
	if [ -d share ]; then cp -R share/. "$(DATADIR)/ms"; fi

uninstall: ## what install put there
	cd "$(BINDIR)" && rm -f $(TOOLS)
	for page in man/*.[157]; do \
	    rm -f "$(DATADIR)/man/man$${page##*.}/$${page##*/}"; done
	for tool in $(TOOLS); do \
	    rm -f "$(DATADIR)/bash-completion/completions/$$tool" "$(DATADIR)/zsh/site-functions/_$$tool" \
	          "$(DATADIR)/fish/vendor_completions.d/$$tool.fish"; done
	rm -rf "$(DATADIR)/doc/ms" "$(DATADIR)/ms"

docs: ## man pages and completions, made anew from the tools' definitions and man/src
	$(CARGO) run --locked --quiet -p ms-docs

fuzz: ## minutes of rubbish through everything that reads output (MS_FUZZ_MB, MS_FUZZ_SEED)
	$(CARGO) test --locked --release -p msession --test fuzz -- --ignored --nocapture

fuzz-targets: ## by coverage, each target for MS_FUZZ_SECONDS (60); needs cargo-fuzz and a nightly Rust
	for target in $(basename $(notdir $(wildcard fuzz/targets/*.rs))); do \
	    $(CARGO) +nightly fuzz run --fuzz-dir fuzz $$target -- -max_total_time=$${MS_FUZZ_SECONDS:-60} || exit 1; done

miri: ## the ring's protocol between threads, by the interpreter that finds races; needs a nightly Rust with miri
	MIRIFLAGS=-Zmiri-disable-isolation $(CARGO) +nightly miri test --locked -p msession --lib store::ring::tests::threads

soak: ## ten minutes of scripts at once against a model (MS_SOAK_SECONDS, MS_SOAK_SEED)
	MS_SOAK_SECONDS=$${MS_SOAK_SECONDS:-600} $(CARGO) test --locked --release -p ms-tools --test soak -- --nocapture

bench: build ## the tools beside their peers, as ratios in one run
	$(CARGO) build --locked --release --quiet -p ms-bench
	$(CARGO) run --locked --release --quiet -p ms-bench -- --tools "$(RELEASE)" $(ARGS)

agents: ## how soon a permission dialog of real agents is told, with hooks and without (tests/detect/install.sh agents)
	$(CARGO) test --locked --features faults --test ms agents:: -- --ignored --test-threads 1 --nocapture

detect-bench: build ## who waits: the judgement and its rivals on real programs
	@test -f tests/detect/run.py || { echo "detect-bench: tests/detect/run.py is not there" >&2; exit 1; }
	$(STATICALLY) $(CARGO) build --locked --release --quiet -p ms-judge --example look_cost $(FOR_HOST)
	python3 tests/detect/run.py --bin "$(RELEASE)" $(ARGS)

history-cost: build ## how long lists take beside 10,000 completed sessions
	python3 tests/tools/history_cost.py "$(abspath $(RELEASE))"

parse-cost: ## what each kind of output costs each reader of it, beside the plain parse (ARGS: megabytes)
	$(CARGO) run --locked --release --quiet -p ms-terminal --example parse_cost -- $(ARGS)

vt-corpora: ## the terminal tests of others (ALACRITTY, XTERMJS, LIBVTERM: their directories)
	@$(CARGO) build --locked --quiet -p ms-tools --bins
	@python3 tests/corpora/run.py --tools "$(TARGET)/debug" \
	    --alacritty "$(ALACRITTY)" --xtermjs "$(XTERMJS)" --libvterm "$(LIBVTERM)"

clean: ## what was built
	$(CARGO) clean
