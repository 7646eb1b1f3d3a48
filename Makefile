# The commands of the lab. Each sets up what it needs first; `make` alone lists them.
VENV ?= .venv
BACKEND ?= local
OPTIONS ?=
BIN := $(VENV)/bin

.DEFAULT_GOAL := help
.PHONY: aws-smoke help setup lab test lint jupyter kernel notebooks docs bench lock clean

help: ## esta lista | this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@echo
	@echo '  make lab OPTIONS="--language en -p student ana"      $(BIN)/mllab --help'

setup: ## prepara el entorno en .venv | prepare the environment in .venv
	@VENV=$(VENV) tools/setup.sh

lab: setup ## ejecuta el laboratorio y deja un informe en runs/ | run the lab, leave a report in runs/
	@$(BIN)/mllab run --backend $(BACKEND) $(OPTIONS)

test: lint ## todas las comprobaciones | every check
	@$(BIN)/python -m pytest $(OPTIONS)

lint: setup ## estilo, tipos, capas y ediciones al día | style, types, layers, editions up to date
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo --no-cache
	@$(BIN)/python tools/build_editions.py --check
	@$(BIN)/python tools/make_docs.py --check

jupyter: setup ## abre los cuadernos en JupyterLab | open the notebooks in JupyterLab
	@$(BIN)/jupyter lab --notebook-dir notebooks

kernel: setup ## registra el kernel mllab para el Jupyter que ya usas | register the kernel mllab for the Jupyter you use already
	@$(BIN)/mllab kernel

notebooks: setup ## reconstruye las ediciones desde notebooks/source | rebuild the editions from notebooks/source
	@$(BIN)/python tools/build_editions.py $(OPTIONS)
	@$(BIN)/python tools/make_docs.py

docs: setup ## renueva las tablas generadas de la documentación | renew the generated tables of the documentation
	@$(BIN)/python tools/make_docs.py

aws-smoke: setup ## ejecuta todo en AWS de verdad, con presupuesto, y lo anota | run everything on real AWS, within a budget, and note it
	@$(BIN)/python tools/aws_smoke.py $(OPTIONS)

bench: setup ## mide velocidad y memoria | measure speed and memory
	@$(BIN)/python -m bench $(OPTIONS)

lock: setup ## vuelve a fijar las versiones | pin the versions again
	@$(BIN)/python tools/lock.py

clean: ## borra runs/ y las cachés, no .venv | delete runs/ and caches, not .venv
	rm -rf runs build dist .mypy_cache .pytest_cache .ruff_cache
	find . -path ./$(VENV) -prune -o -type d \( -name __pycache__ -o -name .ipynb_checkpoints \) -print0 | xargs -0 rm -rf
