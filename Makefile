# The two commands: `make demo` and `make test`. They need python3.11, make and git, nothing else.
# All paths are relative and quoted, so that the checkout may lie under spaces and Chinese.
SHELL := /bin/sh
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help

# A python of pyenv may stand in PATH and yet not run, hence each is tried.
PYTHON ?= $(shell for p in python3.11 python3 python3.12 python3.13; do \
	"$$p" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo "$$p"; exit; }; done; \
	echo no-python-3.11-found)
PY := .venv/bin/python
PIP := $(PY) -m pip install --disable-pip-version-check --no-input -q
# Commands that the tests start are compiled once, also where the environment keeps Python from writing what it compiled.
PYTEST = env -u PYTHONDONTWRITEBYTECODE $(PY) -m pytest
INSTALLER = PYTHONDONTWRITEBYTECODE=1 "$(PYTHON)" -m registry.local.install
SERVE ?= 1
ARGS ?=
# Only from the command line: HOST is the machine's own name in some shells.
ifeq ($(origin HOST),command line)
export REGISTRY_HOST := $(HOST)
endif
ifeq ($(origin PORT),command line)
export REGISTRY_PORT := $(PORT)
endif

.PHONY: help demo test test-long clients lint bench clean python postgis postgis-for-tests FORCE

help:
	@echo 'make demo               一条命令：安装、建库、导入示例、出表、网页服务 · everything, then serve'
	@echo 'make demo SERVE=0       打印后结束 · ends after printing       (HOST=… PORT=…)'
	@echo 'make test               测试 · the tests                       (ARGS="-k …")'
	@echo 'make test-long          含长测试 · the long ones too'
	@echo 'make clients            GDAL、OWSLib、QGIS（约 300 MB）· with the clients, QGIS among them'
	@echo 'make lint | bench       检查 | 性能对比 · checks | benchmarks'
	@echo 'make clean              停库，删 .venv 和缓存，保留数据 · stops, removes .venv, keeps the data'
	@echo 'make clean DATA=1       连同私有库的数据 · the private data too'

demo: postgis .venv/installed
	@exec .venv/bin/registry demo $(if $(filter 0 no false,$(SERVE)),--no-serve) $(ARGS)

test: postgis-for-tests .venv/installed-dev
	@exec $(PYTEST) -n auto --dist loadfile -m 'not long' $(ARGS)

test-long: postgis-for-tests .venv/installed-dev
	@exec $(PYTEST) -m 'long or not long' $(ARGS)

# QGIS is some 300 MB of packages: it is installed here and nowhere else.
clients: postgis-for-tests .venv/installed-dev
	@$(INSTALLER) --programs --qgis
	@exec $(PYTEST) tests/clients -m 'long or not long' $(ARGS)

lint: .venv/installed-dev
	@$(PY) -m ruff check .
	@$(PY) -m mypy
	@.venv/bin/lint-imports

bench: postgis .venv/installed-dev
	@exec $(PY) -m benchmarks $(ARGS)

clean:
	@if [ -x .venv/bin/registry ]; then \
		.venv/bin/registry down $(if $(DATA),--delete-data --yes) || true; \
		REGISTRY_HOME=.registry/test .venv/bin/registry down --delete-data --yes >/dev/null || true; \
	fi
	rm -rf .venv build *.egg-info .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	@find . -name __pycache__ -type d -not -path './.git/*' -prune -exec rm -rf {} +

# -- what the machine must have ---------------------------------------------------------------
postgis: python
	@$(INSTALLER)

# The tests bring their own PostGIS even where REGISTRY_DATABASE_URL names another.
postgis-for-tests: python
	@$(INSTALLER) --programs --browser --clients

python:
	@command -v "$(PYTHON)" >/dev/null || { echo '需要 Python ≥ 3.11 · Python >= 3.11 is needed' >&2; exit 6; }

# -- the virtual environment ------------------------------------------------------------------
# A half-made one (no stamp), a broken one (its python was upgraded away) is made anew.
.venv/made: $(if $(shell $(PY) -c '' 2>/dev/null && [ -e .venv/made ] && echo sound),,FORCE)
	@echo '建立虚拟环境 .venv … · making the virtual environment …'
	@"$(PYTHON)" -m venv --clear .venv
	@touch .venv/made

# The scripts in .venv name the checkout's full path: after a move they are installed anew.
.venv/at: .venv/made FORCE
	@pwd | cmp -s - .venv/at || pwd > .venv/at

.venv/installed: .venv/made .venv/at setup.cfg pyproject.toml
	@echo '安装 Python 依赖（第一次约一两分钟）… · installing the Python packages (a minute or two at first) …'
	@$(PIP) -e .
	@touch .venv/installed

.venv/installed-dev: .venv/made .venv/at setup.cfg pyproject.toml
	@echo '安装 Python 依赖和测试工具（第一次约一两分钟）… · installing the Python packages and test tools …'
	@$(PIP) -e '.[test,dev]'
	@touch .venv/installed .venv/installed-dev
