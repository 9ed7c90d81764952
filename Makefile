# `make demo` shows the generated project; `make test` tests everything. Each installs
# what it needs into .venv and requires only python3 (3.11 or newer), git and make.
# The tests in containers also need Docker, those in a browser Chromium or Chrome.

PYTHON ?= python3
PORT ?= 8000
# The tests that `make test` runs, such as TESTS=tests/bake. All by default.
TESTS ?=
# Values for `make class`, such as ANSWERS="project_name='City Library' database=sqlite"
ANSWERS ?=
# The folder that `make grade` grades, and `make viva` examines.
SUBMISSIONS ?=
# Options of `make grade`: two CSV files, a time, such as LATE="10% per day", and a login.
ROSTER ?=
ADJUSTMENTS ?=
DEADLINE ?=
LATE ?=
STUDENT ?=
# The assignment that `make class-patch` brings up to date, as it was handed out.
FROM ?=
# The folder that `make class`, `make grade`, `make viva` and `make gradescope` write to.
OUT ?=
# The version of `make release`, which changes nothing with DRY_RUN=1.
VERSION ?=
DRY_RUN ?=
# What `make swarm` needs: the Docker endpoints of three nodes, and the commands that kill
# and start one. benchmarks/swarm.py has an example.
export NODES ?=
export KILL ?=
export START ?=
BIN := .venv/bin
# The template's own code. The tests check the code of baked projects.
CODE := benchmarks classroom docs hooks local_extensions scripts tests
FORMS := $(filter-out %/config.yml,$(wildcard .github/ISSUE_TEMPLATE/*))
DEMO := demo/library_website
# Draws the diagrams of the website.
MERMAID := 12.3.0
# The demo gets its own virtual environment, even when another one is active.
PIPENV := PIPENV_IGNORE_VIRTUALENVS=1 $(CURDIR)/$(BIN)/pipenv

.PHONY: help demo baked class grade class-patch viva gradescope classroom50 quick test fuzz soak swarm check fix options checksums locks openapi screenshots gallery site release

help:
	@echo "make demo         bake with the defaults and serve the result without Docker"
	@echo "make quick        run the fast tests: at most 90 seconds, no Docker"
	@echo "make test         run every test (REQUIRE_DOCKER=1 REQUIRE_BROWSER=1: fail if one is missing)"
	@echo "make class        bake the assignment and its solution for a class: docs/teaching.md"
	@echo "make grade        grade a class: make grade SUBMISSIONS=folder OUT=results"
	@echo "make class-patch  write class/class-patch.py, which updates the checks of an assignment"
	@echo "make viva         write an oral exam for each submission: make viva SUBMISSIONS=folder OUT=results"
	@echo "make gradescope   write class/gradescope.zip, the autograder for Gradescope"
	@echo "make classroom50  write class/classroom50/, the autograder for Classroom 50"
	@echo "make fuzz         test the web API with at least 5,000 schemathesis requests per Django version"
	@echo "make soak         load production for ten minutes while workers are killed (needs Docker)"
	@echo "make swarm        kill, drain and update three nodes under load: make swarm NODES=... KILL=... START=..."
	@echo "make check        check the code and its format; changes nothing"
	@echo "make fix          fix what ruff can fix, and format the code"
	@echo "make options      regenerate docs/options.md"
	@echo "make checksums    regenerate grading/checksums.json, after a change of the grader"
	@echo "make locks        lock the packages again, and show which versions changed"
	@echo "make openapi      regenerate openapi.yaml, after a change of the web API"
	@echo "make screenshots  take the screenshots of the README again (needs Chromium)"
	@echo "make gallery      bake six projects into gallery/, with screenshots (needs Chromium)"
	@echo "make site         build the website in site/: README, docs and gallery (needs npm)"
	@echo "make release      test and tag a version: make release VERSION=0.2.0, first with DRY_RUN=1"

.venv/ready: pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed; this is " + sys.version.split()[0] + ". Name another: make PYTHON=python3.14 ...")'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade pip
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --group dev
	@touch $@

demo: baked
	@echo "Serving http://127.0.0.1:$(PORT)/ until Ctrl-C. Another port: make demo PORT=8001"
	cd $(DEMO) && $(PIPENV) run python manage.py runserver 127.0.0.1:$(PORT)

baked: .venv/ready
	$(BIN)/cookiecutter . --no-input --overwrite-if-exists --default-config --output-dir demo
	cd $(DEMO) && $(PIPENV) sync
	cd $(DEMO) && $(PIPENV) run python manage.py migrate
	cd $(DEMO) && $(PIPENV) run python manage.py seed_library --books 10

class: .venv/ready
	@$(BIN)/python classroom/make_class.py "$(or $(OUT),class)" $(ANSWERS)

grade: .venv/ready
	@$(if $(and $(SUBMISSIONS),$(OUT)),,$(error Name both folders: make grade SUBMISSIONS=handed-in OUT=grades))
	@$(BIN)/python classroom/grade_class.py "$(SUBMISSIONS)" "$(OUT)" \
	  $(if $(ROSTER),--roster "$(ROSTER)") $(if $(ADJUSTMENTS),--adjustments "$(ADJUSTMENTS)") \
	  $(if $(DEADLINE),--deadline "$(DEADLINE)") $(if $(LATE),--late "$(LATE)") \
	  $(if $(STUDENT),--student "$(STUDENT)")

class-patch: .venv/ready
	@$(if $(FROM),,$(error Name the assignment: make class-patch FROM=class/assignment/city_library))
	@$(BIN)/python classroom/class_patch.py "$(FROM)" "$(or $(OUT),class)"

viva: .venv/ready
	@$(if $(and $(SUBMISSIONS),$(OUT)),,$(error Name both folders: make viva SUBMISSIONS=handed-in OUT=grades))
	@$(BIN)/python classroom/viva.py "$(SUBMISSIONS)" "$(OUT)"

gradescope classroom50: .venv/ready
	@$(BIN)/python classroom/make_autograder.py $@ "$(or $(OUT),class)"

test: .venv/ready
	$(BIN)/python -m pytest $(TESTS)

quick: check
	$(BIN)/python -m pytest -m quick tests/bake tests/project

fuzz: .venv/ready
	for version in 5.2 6.1; do \
	  FUZZ_DJANGO=$$version REQUIRE_DOCKER=1 FUZZ_EXAMPLES=300 \
	    $(BIN)/python -m pytest tests/docker/test_contract.py -rP || exit 1; \
	done

soak: .venv/ready
	$(BIN)/python benchmarks/soak.py

swarm: .venv/ready
	@$(BIN)/python benchmarks/swarm.py

check: .venv/ready
	$(BIN)/ruff check $(CODE)
	$(BIN)/ruff format --check $(CODE)
	$(BIN)/yamllint --strict .github
	$(BIN)/check-jsonschema --builtin-schema vendor.github-workflows .github/workflows/*
	$(BIN)/check-jsonschema --builtin-schema vendor.github-issue-config .github/ISSUE_TEMPLATE/config.yml
	$(BIN)/check-jsonschema --builtin-schema vendor.github-issue-forms $(FORMS)

fix: .venv/ready
	$(BIN)/ruff check --fix $(CODE)
	$(BIN)/ruff format $(CODE)

options: .venv/ready
	$(BIN)/python scripts/options.py

checksums: .venv/ready
	$(BIN)/python scripts/checksums.py

locks: .venv/ready
	$(BIN)/python scripts/locks.py

# The project's packages are those of the demo.
openapi: baked
	$(BIN)/python scripts/openapi.py $(DEMO)/.venv/bin/python

screenshots: .venv/ready
	SCREENSHOTS=$(CURDIR)/docs/images REQUIRE_BROWSER=1 $(BIN)/python -m pytest tests/browser/test_screenshots.py

gallery: .venv/ready
	$(BIN)/python scripts/gallery.py

gallery/index.md:
	$(MAKE) gallery

.venv/mermaid: Makefile
	@command -v npm >/dev/null || { echo "npm, which downloads Mermaid for the diagrams, was not found on the PATH. Install Node.js." >&2; exit 1; }
	mkdir -p .venv
	npm pack --silent --pack-destination .venv mermaid@$(MERMAID) || { echo "Mermaid could not be downloaded, which needs the network." >&2; exit 1; }
	mkdir -p $@
	tar -xzf .venv/mermaid-$(MERMAID).tgz -C $@ --strip-components=2 --exclude='*.map' package/dist/mermaid.esm.min.mjs package/dist/chunks/mermaid.esm.min
	@touch $@

# A warning, such as a link without a target, is an error.
site: .venv/ready .venv/mermaid gallery/index.md
	rm -rf site
	$(BIN)/sphinx-build --fail-on-warning --keep-going --nitpicky --conf-dir docs . site
	cp site/README.html site/index.html

release: .venv/ready
	@$(BIN)/python scripts/release.py "$(VERSION)" $(if $(DRY_RUN),--dry-run)
