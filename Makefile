# Two commands do everything: `make demo` and `make test`. Both make .venv themselves, and work offline from then on.
#
#   make demo            sign a sample publication, serve an honest, a lying and a stale mirror, and read the news
#   make demo CHECK=1    the same, checked and without waiting; the exit code tells
#   make test            lint, the tests and coverage of edition/ and trust/, then every other test (fast ones first)
#   make test-newsroom   the newsroom's tests alone, on SQLite and on PostgreSQL
#   make lint            ruff, mypy and the layers alone
#   make messages        bring the catalogues of the newsroom's screens up to what the code says (needs gettext)
#   make tables          write newsroom/tables.sql anew, from which a new newsroom's database is made
#   make judges          install what judges the newspaper's pages (needs npm); make test does that where there is npm
#   make shots           pictures of every kind of page, to look at, in tests/web/shots (needs Chromium and npm)
#   make lock            pin what pyproject.toml asks for; with UPGRADE=1 the newest of it (needs uv and a network)
#   make clean           remove what these commands made

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
CHECK ?=

# Stamps carry a hash of what they stand for, because a checkout changes every file's time but not its content.
hash = $(shell (cat $(1); echo '$(CURDIR)'; $(PYTHON) --version 2>&1) | sha256sum | cut -c1-16)
PACKAGES := $(VENV)/.packages-$(call hash,requirements/dev.txt)
# Installing compiles the catalogues, so a changed one installs anew.
NEWSROOM_CATALOGUES := src/tamizdat/locales/newsroom
CATALOGUES := $(sort $(wildcard src/tamizdat/locales/catalogues/*.po $(NEWSROOM_CATALOGUES)/*/LC_MESSAGES/*.po))
PROJECT := $(VENV)/.project-$(call hash,requirements/dev.txt pyproject.toml hatch_build.py $(CATALOGUES))

# axe-core, Lighthouse and vnu. Without them the tests that need them skip themselves and say so.
WEB := tests/web
JUDGES := $(WEB)/node_modules/.judges-$(call hash,$(WEB)/package-lock.json)

# The tests start hundreds of processes; each would compile all modules anew.
unexport PYTHONDONTWRITEBYTECODE

PIP := PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_INPUT=1 $(BIN)/python -m pip --quiet

# All that is measured for coverage is what must be whole; the gate's own settings say which.
PYTEST := $(BIN)/python -m pytest
# Watching what runs costs as much again, so only their own tests are watched.
GATED := tests/edition tests/trust tests/test_vectors.py
GATE := --cov --cov-config=.ci/coverage.toml --cov-report=term
# One more than there are cores: some tests wait for browsers, servers and clocks.
WORKERS := $(shell echo $$(($$($(PYTHON) -c 'import os; print(os.cpu_count() or 1)') + 1)))
NEWSROOM := ../../$(BIN)/python -m pytest -q -c pytest.ini -n $(WORKERS) --dist worksteal
# What tests write lives for seconds and need not survive a power cut: in memory, where there is room for it and for
# programs that run from it, nobody waits for a disk to say that it has it.
MEMORY := /dev/shm
ROOM_KIB := 4000000
IN_MEMORY := $(shell mount 2>/dev/null | grep -q ' $(MEMORY) .*noexec' || { [ -w $(MEMORY) ] && \
  df -Pk $(MEMORY) 2>/dev/null | awk 'NR == 2 && $$4 > $(ROOM_KIB) { print "TMPDIR=$(MEMORY)" }'; })

.PHONY: demo test test-newsroom messages tables lint format judges shots lock clean install
.DEFAULT_GOAL := help

.PHONY: help
help:
	@sed -n '1,/^$$/s/^# \{0,1\}//p' Makefile

install: $(PROJECT)

demo: $(PROJECT)
	@$(BIN)/python demo/run.py $(if $(filter-out 0 no,$(CHECK)),--check)

test: lint $(if $(shell command -v npm),$(JUDGES))
	@$(IN_MEMORY) $(PYTEST) -q -n $(WORKERS) --dist worksteal $(GATE) $(GATED)
	@$(IN_MEMORY) $(PYTEST) -q -n $(WORKERS) --dist worksteal $(GATED:%=--ignore=%)
	@$(MAKE) --no-print-directory test-newsroom

# The newsroom has settings of its own; on SQLite first, then on a PostgreSQL that lives as long as the tests.
test-newsroom: $(PROJECT)
	@cd tests/newsroom && $(IN_MEMORY) $(NEWSROOM)
	@cd tests/newsroom && $(IN_MEMORY) ../../$(BIN)/python on_postgresql.py $(NEWSROOM) -m 'not browser and not slow'

# The time of the run would make every file differ every time.
messages: $(PROJECT)
	@cd src/tamizdat/newsroom && DJANGO_SETTINGS_MODULE=tamizdat.newsroom.settings \
	  ../../../$(BIN)/python -m django makemessages --exclude sr_Latn --add-location never --no-obsolete -v0
	@sed -i '/^"POT-Creation-Date:/d;/^"Report-Msgid-Bugs-To:/d' $(NEWSROOM_CATALOGUES)/*/LC_MESSAGES/*.po

# After a change of a model, or of a package that has some.
tables: $(PROJECT)
	@cd tests/newsroom && ../../$(BIN)/python tables_kit.py

judges: $(JUDGES)

shots: $(PROJECT) $(JUDGES)
	@$(BIN)/python $(WEB)/shots.py

lint: $(PROJECT)
	@$(BIN)/python -m ruff check --quiet
	@$(BIN)/python -m ruff format --check --quiet || { echo "not formatted as agreed: run make format" >&2; exit 1; }
	@$(BIN)/python -m mypy --no-error-summary
	@$(BIN)/lint-imports --no-logo >$(VENV)/layers.log 2>&1 || { cat $(VENV)/layers.log; exit 1; }
	@echo "lint: ruff, mypy and the layers have no complaint"

format: $(PROJECT)
	@$(BIN)/python -m ruff check --quiet --fix
	@$(BIN)/python -m ruff format --quiet

$(PROJECT): $(PACKAGES)
	@$(PIP) install --no-deps --no-index --no-build-isolation --editable .
	@rm -f $(VENV)/.project-*
	@touch $@

$(PACKAGES): requirements/dev.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	  echo "Tamizdat needs Python 3.11 or later; '$(PYTHON)' is: $$($(PYTHON) --version 2>/dev/null || echo "not there")." >&2; \
	  echo "Name a newer one, like: make PYTHON=python3.12 ..." >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
	  echo "This Python cannot make environments. On Debian or Ubuntu: sudo apt install python3-venv" >&2; exit 1; }
	@echo "Installing the pinned packages into $(VENV) (this happens once)"
	@$(PYTHON) -m venv $(VENV)
	@$(PIP) install --require-hashes --prefer-binary --no-deps --requirement requirements/dev.txt
	@rm -f $(VENV)/.packages-*
	@touch $@

$(JUDGES): $(WEB)/package.json $(WEB)/package-lock.json
	@echo "Installing the judges of pages into $(WEB)/node_modules (this happens once)"
	@if npm --prefix $(WEB) ci --ignore-scripts --no-audit --no-fund --loglevel=error >/dev/null; then touch $@; \
	  else echo "could not install them: what needs them will be skipped" >&2; fi

lock:
	@command -v uv >/dev/null || { echo "make lock needs uv on the path" >&2; exit 1; }
	@# What is tested first: the others have no other versions.
	@for pair in dev:dev reader: publish:publish sound:sound mirror:mirror newsroom:newsroom scale:scale; do \
	  name=$${pair%%:*}; extra=$${pair#*:}; \
	  uv pip compile --quiet pyproject.toml $${extra:+--extra $$extra} --universal --python-version 3.11 \
	    --generate-hashes --no-emit-index-url --no-header --no-emit-package tamizdat $(if $(UPGRADE),--upgrade) \
	    $$([ $$name = dev ] || echo --constraints requirements/dev.txt) --output-file requirements/$$name.txt || exit 1; \
	done

clean:
	rm -rf $(VENV) .demo build dist .coverage .coverage.* .hypothesis .import_linter_cache .mypy_cache .pytest_cache \
	  .ruff_cache src/tamizdat/locales/*/*.mo $(NEWSROOM_CATALOGUES)/*/LC_MESSAGES/*.mo $(WEB)/node_modules $(WEB)/shots
