# `make demo` shows the generated project; `make test` tests all of it. Each sets
# up what it needs in .venv, and needs no more than python3 (3.11 or newer), git
# and make; the tests in containers need Docker besides.

PYTHON ?= python3
PORT ?= 8000
# What `make test` runs: all, unless named, such as TESTS=tests/test_answers.py
TESTS ?=
# What `make class` answers besides the defaults: ANSWERS="project_name='City Library' database=sqlite"
ANSWERS ?=
# What `make grade` grades.
SUBMISSIONS ?=
# Where `make class`, `make grade` and `make gradescope` write to.
OUT ?=
BIN := .venv/bin
# Our own code; that of the project is checked as it is rendered, by the tests.
CODE := benchmarks hooks teaching tests tools answer_rules.py grade_class.py local_extensions.py
DEMO := demo/library_website
# The project gets a virtual environment of its own, whatever is active here.
PIPENV := PIPENV_IGNORE_VIRTUALENVS=1 $(CURDIR)/$(BIN)/pipenv

.PHONY: help demo baked class grade gradescope classroom50 test fuzz check fix options checksums locks screenshots

help:
	@echo "make demo         bake with the defaults, and serve the result without Docker"
	@echo "make test         run every test (REQUIRE_DOCKER=1: skip none for want of Docker)"
	@echo "make class        bake the assignment and its solution, for a class: docs/teaching.md"
	@echo "make grade        grade a class: make grade SUBMISSIONS=folder OUT=results"
	@echo "make gradescope   make class/gradescope.zip, which Gradescope grades with"
	@echo "make classroom50  make class/classroom50/, which Classroom 50 grades with"
	@echo "make fuzz         ask the web API 5,000 questions and more, on each Django, with schemathesis"
	@echo "make check        check the style of the template; changes nothing"
	@echo "make fix          mend what can be mended by itself"
	@echo "make options      write docs/options.md again"
	@echo "make checksums    write down what the checks of the assignment look like"
	@echo "make locks        solve the shipped locks again, and show what moved"
	@echo "make screenshots  take the pictures of the README again (needs Chromium)"

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
	@$(BIN)/python tools/make_class.py "$(or $(OUT),class)" $(ANSWERS)

grade: .venv/ready
	@$(if $(and $(SUBMISSIONS),$(OUT)),,$(error Name both folders: make grade SUBMISSIONS=handed-in OUT=grades))
	@$(BIN)/python grade_class.py "$(SUBMISSIONS)" "$(OUT)"

gradescope classroom50: .venv/ready
	@$(BIN)/python tools/make_autograder.py $@ "$(or $(OUT),class)"

test: .venv/ready
	$(BIN)/python -m pytest $(TESTS)

fuzz: .venv/ready
	for version in 5.2 6.1; do \
	  FUZZ_DJANGO=$$version REQUIRE_DOCKER=1 FUZZ_EXAMPLES=300 \
	    $(BIN)/python -m pytest tests/test_contract.py -rP || exit 1; \
	done

check: .venv/ready
	$(BIN)/ruff check $(CODE)
	$(BIN)/ruff format --check $(CODE)
	$(BIN)/yamllint --strict .github

fix: .venv/ready
	$(BIN)/ruff check --fix $(CODE)
	$(BIN)/ruff format $(CODE)

options: .venv/ready
	$(BIN)/python tools/options.py

checksums: .venv/ready
	$(BIN)/python tools/checksums.py

locks: .venv/ready
	$(BIN)/python tools/locks.py

screenshots: baked
	$(BIN)/python tools/screenshots.py
