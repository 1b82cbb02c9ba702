# SPDX-License-Identifier: Apache-2.0
# Ohmic: every target of the project. Bare `make` lists them. Products go to sim/out/ and nowhere
# else.

NET     ?= sim/networks/mnist-784-240-10
CONFIG  ?= base
MESH    ?=
DEVICE  ?= pcm-hermes
MAPPING ?= pwm
SEED    ?= 1
FIRST   ?= 0
N       ?= 200
OPTIONS ?=
WAVES   ?= 0
OUT     ?= sim/out/run
BACKEND ?= rtl
PREFIX  ?= /usr/local
VERSION  = $(file <VERSION)
TEST    ?=
UPDATE  ?= 0
BEFORE  ?=
SPACE   ?= sim/configs/explore.json
PULSES  ?= sim/configs/devices/pcm-pulses.txt
SCHEME  ?= sim/configs/programming/pcm.txt
ARRAYS  ?= 1
DEFECTS ?=
JOBS    ?= $(shell nproc)
# What runs the jobs of run, test, sweep, ...: local:N, slurm:N or parallel:HOSTS (docs/start/
# cluster.md).
RUNNER  ?= local:$(JOBS)

# Images and labels that belong to the shipped networks; a network of your own brings DATA= and
# LABELS=.
DATA_mnist-784-240-10   := sim/data/mnist/t10k-images-idx3-ubyte.gz
LABELS_mnist-784-240-10 := sim/data/mnist/t10k-labels-idx1-ubyte.gz
DATA_mnist-196-240-10   := sim/data/mnist/t10k-images-14x14-idx3-ubyte.gz
LABELS_mnist-196-240-10 := sim/data/mnist/t10k-labels-idx1-ubyte.gz
DATA_digits-64-32-10    := sim/data/digits/test-images.npy
LABELS_digits-64-32-10  := sim/data/digits/test-labels.npy
DATA_digits-16-16-10    := sim/data/digits/test-images-4x4.npy
LABELS_digits-16-16-10  := sim/data/digits/test-labels.npy
DATA_digits-16-10       := sim/data/digits/test-images-4x4.npy
LABELS_digits-16-10     := sim/data/digits/test-labels.npy
DATA_mnist-cnn          := sim/data/mnist/t10k-images-idx3-ubyte.gz
LABELS_mnist-cnn        := sim/data/mnist/t10k-labels-idx1-ubyte.gz
DATA_resnet9-cifar      := sim/networks/resnet9-cifar/images.bin
DATA_cifar10-resnet     := sim/data/cifar10-jpeg/test-images-idx4-ubyte.gz
LABELS_cifar10-resnet   := sim/data/cifar10-jpeg/test-labels-idx1-ubyte.gz
DATA_mnist-conv         := sim/data/mnist/t10k-images-idx3-ubyte.gz
DATA_airline            := sim/networks/airline/inputs.npy
DATA_char-lstm          := sim/networks/char-lstm/inputs-idx3-ubyte.gz
LABELS_char-lstm        := sim/networks/char-lstm/labels.npy
DATA_char-transformer   := sim/networks/char-transformer/inputs-idx3-ubyte.gz
LABELS_char-transformer := sim/networks/char-transformer/labels.npy
DATA_kws-gru            := sim/networks/kws-gru/inputs.npy
DATA_mnist-lstm         := sim/data/mnist/t10k-images-idx3-ubyte.gz
LABELS_mnist-lstm       := sim/data/mnist/t10k-labels-idx1-ubyte.gz
LABELS_mnist-conv       := sim/data/mnist/t10k-labels-idx1-ubyte.gz
DATA_resnet8-cifar      := sim/data/cifar10-jpeg/test-images-idx4-ubyte.gz
LABELS_resnet8-cifar    := sim/data/cifar10-jpeg/test-labels-idx1-ubyte.gz
DATA_ds-cnn             := sim/networks/ds-cnn/inputs.npy
DATA_finn-tfc           := sim/networks/finn-tfc/inputs.npy
LABELS_finn-tfc         := sim/networks/finn-tfc/labels.npy
DATA_autoencoder        := sim/networks/autoencoder/inputs.npy
NET_NAME := $(notdir $(NET:/=))
DATA     ?= $(DATA_$(NET_NAME))
LABELS   ?= $(LABELS_$(NET_NAME))

# Configurations and their meshes, <name>:<width>x<height>, from the generated C table: set-up,
# which brings Python, has not run yet.
CHIPS := $(shell tr -d '\\\n' <behav/common/ohm_config_table.h | grep -o '{"[^}]*mesh_h = [0-9]*' \
    | sed 's/{"\([^"]*\)".*mesh_w = \([0-9]*\), *.mesh_h = \([0-9]*\)/\1:\2x\3/')
MESH_USED := $(or $(MESH),$(patsubst $(CONFIG):%,%,$(filter $(CONFIG):%,$(CHIPS))))

# What was given on the command line or in the environment; defaults do not count.
given = $(filter command% environment%,$(origin $(1)))
# A variable with a name that nobody knows stops make before anything is built.
one_of = $(if $(call given,$(1)),$(if $(filter $(2),$($(1))),,\
    $(error $(1)=$($(1)), expected one of: $(subst %,<device>,$(2)))))
$(call one_of,CONFIG,$(foreach c,$(CHIPS),$(firstword $(subst :, ,$(c)))) \
    $(if $(filter estimate %/ohm-estimate,$(MAKECMDGOALS)),all))
$(call one_of,BACKEND,rtl model tlm golden uart:%)
$(call one_of,MAPPING,pwm exact)
$(call one_of,WAVES,0 1)
no_digits = $(subst 0,,$(subst 1,,$(subst 2,,$(subst 3,,$(subst 4,,$(subst 5,,$(subst 6,,\
    $(subst 7,,$(subst 8,,$(subst 9,,$(1)))))))))))
$(foreach v,JOBS SEED,$(if $(strip $(call no_digits,$($v)))$(if $($v),,none),\
    $(error $v=$($v), expected a number)))
$(if $(filter 0,$(JOBS)),$(error JOBS=0, expected a number from 1 on))
SIZES := $(subst x, ,$(MESH))
TO_16 := 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16
$(if $(filter-out 0 2,$(words $(SIZES)))$(filter-out $(TO_16),$(SIZES)),\
    $(error MESH=$(MESH), expected <width>x<height> from 1x1 to 16x16))

# A value as one word of the shell's, whatever stands in it.
q = '$(subst ','\'',$(1))'

BUILD   := sim/out/build
WAVES_ON := $(filter-out 0,$(WAVES))
RTL_DIR := $(BUILD)/$(CONFIG)-$(MESH_USED)$(if $(WAVES_ON),-waves)
RTL_LIB := $(RTL_DIR)/libohm_rtl.so
TLM_LIB := $(BUILD)/libohm_tlm.so

ifeq ($(origin CC),default)
CC      := gcc
endif
CFLAGS  ?= -O2
INCLUDES := $(shell scripts/sources.sh include)
C_FLAGS := -std=c11 $(CFLAGS) -Wall -Wextra -Werror -ffp-contract=off -D_GNU_SOURCE -MMD -MP \
           $(INCLUDES)
# Of what goes into a shared object: it exports what its headers mark (behav/common/ohm_api.h).
PIC     := -fPIC -fvisibility=hidden
LIBS    := -lcjson -lz -lm -ldl -lpthread

MAINS   := $(shell scripts/sources.sh programs sim/host/cli sim/host/vector)
C_ROOMS := behav/common behav/device behav/crossbar behav/converter behav/golden behav/fast \
           behav/energy \
           sim/host/net sim/host/map sim/host/chip sim/host/study sim/host/learn sim/host/vector \
           sim/host/cli
C_SRC   := $(shell scripts/sources.sh c $(C_ROOMS))
# Programs take the objects of the libraries, which cost nothing to speak of and are there.
C_OBJ   := $(C_SRC:%=$(BUILD)/pic/%.o)
XBAR_OBJ := $(patsubst %.c,$(BUILD)/obj/%.o,$(wildcard sim/host/xbar/*.c))
# What a Verilated chip is made from: of the C models their headers only.
RTL_SRC := $(shell find rtl tb/harness -type f -not -name '*.c') \
           $(shell find behav/common behav/device behav/crossbar behav/converter behav/macro \
             -name '*.h') \
           scripts/gen.py sim/configs/ohmic.json sim/configs/map.json

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.SUFFIXES:
.PHONY: help doctor run report test test-full test-equivalence test-negative lint formal fuzz \
        mutate sim wave bench bench-noc figures cluster cluster-stop diagnose import compare \
        estimate program year sweep explore synth prog lib install clean build rtl tlm app FORCE \
        docs

# Arguments that run, diagnose and sweep share.
NET_ARGS = --net $(call q,$(NET)) --data $(call q,$(DATA)) \
           $(if $(LABELS),--labels $(call q,$(LABELS)))

SHIPPED := $(patsubst %/network.json,%,$(wildcard sim/networks/*/network.json))
# Before a target that runs a network.
define need_net
@test -e $(call q,$(NET)/network.json) || { printf '%s\n' "make: NET="$(call q,$(NET))", expected \
a directory with a network.json; shipped: $(SHIPPED)" >&2; exit 2; }
@$(if $(DATA),,printf '%s\n' "make: DATA is empty: "$(call q,$(NET))" is not a shipped network, \
give DATA=<images>, and LABELS=<labels> for the accuracy" >&2; exit 2)
endef

# The page of a run, which also a failure leaves.
REPORT_BEFORE = $(if $(BEFORE),--before $(call q,$(BEFORE)))
REPORT = python3 scripts/report.py --out $(call q,$(OUT)) --run $(call q,$(OUT)) $(REPORT_BEFORE)
RUN_DONE = $(if $(wildcard $(OUT)/run.log),--run $(call q,$(OUT)))

help: ## this list
	@echo "Ohmic, an open memristor compute-in-memory chip. Targets:"
	@sed -n -e 's/^\([a-z-]*\):[^#]*## \(.*\)/\1 \2/p' -e 's/^## \(.*\)/. \1/p' Makefile \
	    | while read -r target text; do printf '  %-16s %s\n' "$${target#.}" "$$text"; done
	@echo "Variables of run (with what they are now):"
	@echo "  NET=$(NET) DATA=$(DATA) LABELS=$(LABELS)"
	@echo "  CONFIG=$(CONFIG) MESH=$(MESH_USED) DEVICE=$(DEVICE) MAPPING=$(MAPPING)" \
	    "SEED=$(SEED) FIRST=$(FIRST) N=$(N) OPTIONS='$(OPTIONS)' WAVES=$(WAVES) OUT=$(OUT)"

doctor: ## each tool: found version, minimum version, what it is for
	@scripts/doctor.sh

run: ## a trained network on the chip's RTL, every VMM checked
## (NET DATA LABELS FIRST N CONFIG MESH DEVICE SEED MAPPING OPTIONS WAVES OUT
## BACKEND=rtl|model|tlm|golden; BEFORE=report.json of an earlier run)
	$(need_net)
	@test -z $(call q,$(BEFORE)) || test -r $(call q,$(BEFORE)) || { printf '%s\n' \
	    "make: BEFORE="$(call q,$(BEFORE))", expected a report.json" >&2; exit 2; }
	@scripts/setup.sh $(if $(filter tlm model,$(BACKEND)),tlm,run)
	@$(MAKE) --no-print-directory -j$(JOBS) $(if $(filter rtl,$(BACKEND)),build,$(BUILD)/ohmic) \
	    $(if $(filter tlm model,$(BACKEND)),tlm) CONFIG=$(CONFIG) MESH=$(MESH_USED) WAVES=$(WAVES)
	@mkdir -p $(call q,$(OUT))
	@python3 scripts/run.py --out $(call q,$(OUT)) --runner $(call q,$(RUNNER)) -- \
	    $(BUILD)/ohmic --backend $(BACKEND) --rtl-lib $(RTL_LIB) --tlm-lib $(TLM_LIB) \
	    --energy sim/configs/energy.txt $(NET_ARGS) --first $(FIRST) \
	    $(if $(call given,N),--count,--most) $(N) --config $(CONFIG) --mesh $(MESH_USED) \
	    $(if $(DEVICE),--device $(DEVICE)) --mapping $(MAPPING) --seed $(SEED) \
	    $(OPTIONS) $(if $(WAVES_ON),--waves $(call q,$(OUT)/wave.fst)); \
	    state=$$?; \
	    [ $$state = 2 ] || $(REPORT) $$([ $$state = 0 ] || echo --failed); exit $$state
	@$(if $(WAVES_ON),python3 scripts/waves.py fit $(call q,$(OUT)/wave.fst))

report: ## a page of the last run in OUT and of the last regression, report.html and report.json
## in OUT (BEFORE=earlier report.json: what differs)
	@python3 scripts/report.py --out $(call q,$(OUT)) $(RUN_DONE) --tests sim/out $(REPORT_BEFORE)

test: ## the regression; the last line is `N passed, N failed`
	@scripts/setup.sh test
	@python3 scripts/regress.py --suite test --runner $(call q,$(RUNNER))

test-full: ## the regression and the long tests
	@scripts/setup.sh full
	@python3 scripts/regress.py --suite full --runner $(call q,$(RUNNER))

EQUIVALENCE ?= tiny:2x2 tiny:4x4 small:2x2 small:3x3 base:4x4
CASES       ?= 100

test-equivalence: ## the same bits and cycles from RTL, SystemC model and fast model:
## random chips and the shipped networks (CASES SEED)
	@scripts/setup.sh test
	@for chip in $(EQUIVALENCE); do \
	    CONFIG=$${chip%:*} MESH=$${chip\#*:} SEED=$(SEED) OUT=sim/out/equivalence \
	        tb/equivalence/run.sh $(CASES) || exit 1; \
	done

test-negative: ## plants faults one by one; each must be caught
	@scripts/setup.sh test
	@python3 scripts/regress.py --suite negative --runner $(call q,$(RUNNER))

lint: ## Verilator, Icarus, Yosys, generated files, scripts; any warning is fatal
	@scripts/setup.sh test
	@scripts/lint.sh

docs: ## the documents as a site with a page for each RTL module, into sim/out/site/ (MkDocs)
	@scripts/setup.sh docs
	@python3 scripts/docs.py site

formal: ## proofs of the handshake modules
	@scripts/setup.sh test
	@JOBS=$(JOBS) tb/formal/run.sh

MODULES ?=
MUTANTS ?= 8

mutate: ## mutation score of the RTL: MUTANTS small changes of each module, and who notices them;
## about a minute of processor time each at first (MODULES=some of them, SEED)
	@scripts/setup.sh test
	@$(MAKE) --no-print-directory -s -j$(JOBS) build CONFIG=tiny MESH=2x2
	@python3 scripts/mutate.py --jobs $(JOBS) --count $(MUTANTS) --seed $(SEED) $(MODULES)

FUZZ_SECONDS ?= 60
TARGETS      ?=

fuzz: ## changed inputs for every reader of files, recordings, packets and serial lines, under the
## sanitizers: FUZZ_SECONDS each (TARGETS=some of them, SEED)
	@scripts/setup.sh test
	@$(MAKE) --no-print-directory -s -j$(JOBS) build CONFIG=tiny MESH=2x2
	@FUZZ_SECONDS=$(FUZZ_SECONDS) SEED=$(SEED) tb/fuzz/run.sh fuzz $(TARGETS)

sim: ## one test of sim/tests.list again: TEST= [CONFIG=] [SEED=] [WAVES=1]
	@$(if $(TEST),,echo "make sim: TEST is empty, expected a name of sim/tests.list" >&2; exit 2)
	@scripts/setup.sh test
	@python3 scripts/regress.py --test $(TEST) \
	    $(if $(call given,CONFIG),--config $(CONFIG)) \
	    $(if $(call given,SEED),--seed $(SEED)) $(if $(WAVES_ON),--waves)

wave: ## fits the views of sim/waves/ to each wave file in sim/out/ and prints the gtkwave commands
	@python3 scripts/waves.py list

bench: ## speed of the simulation and of the models, three runs each, median
	@scripts/setup.sh run
	@scripts/bench.sh

bench-noc: ## latency-load curves and saturation of the mesh, against ideal queues,
## into sim/out/bench-noc/ (MESHES SEED)
	@scripts/setup.sh test
	@scripts/bench_noc.sh

figures: ## error by wires, accuracy over time, conductance histograms (gnuplot),
## into sim/out/figures/
	@scripts/setup.sh run
	@scripts/figures.sh

DIAGNOSE ?= --device-file sim/configs/devices/hermes-worn.txt \
            --physics sim/configs/devices/macro-real.txt --time 86400

diagnose: ## what each non-ideality costs in accuracy and in error, layer by layer
## (NET DATA LABELS CONFIG MESH N SEED OUT, DIAGNOSE=options of scripts/diagnose.py)
	$(need_net)
	@scripts/setup.sh run
	@$(MAKE) --no-print-directory -j$(JOBS) $(BUILD)/ohmic
	@python3 scripts/diagnose.py $(NET_ARGS) --config $(CONFIG) --mesh $(MESH_USED) \
	    --seed $(SEED) $(if $(call given,N),--count $(N)) --runner $(call q,$(RUNNER)) \
	    $(if $(call given,OUT),--out $(call q,$(OUT))) $(DIAGNOSE)

import: ## a trained model (ONNX, TFLite) to a network directory:
## MODEL= CALIB=images.npy OUT=mynet
## [IMPORT=options: --input-shape --scale --offset --output class]
	@$(if $(MODEL),,echo "make import: MODEL is empty, expected an ONNX or TFLite file" >&2; \
	    exit 2)
	@$(if $(CALIB),,echo "make import: CALIB is empty," \
	    "expected a .npy of images as the model takes them" >&2; exit 2)
	@scripts/venv.sh import >/dev/null
	@PYTHONPATH=sim/python sim/out/venv/bin/python -m ohmic_import model "$(MODEL)" \
	    --calib "$(CALIB)" --out "$(if $(call given,OUT),$(OUT),sim/out/imported)" $(IMPORT)

estimate: ## what a network needs, before anything is built: tiles, cycles, energy, bottleneck
## (NET DEVICE MAPPING; CONFIG=name or all, MESH: of one; without: tiny, small, base, large)
	@scripts/setup.sh run
	@$(MAKE) --no-print-directory -s -j$(JOBS) $(BUILD)/ohm-estimate
	@$(BUILD)/ohm-estimate --net $(call q,$(NET)) $(if $(call given,CONFIG),--config $(CONFIG)) \
	    $(if $(MESH),--mesh $(MESH)) $(if $(DEVICE),--device $(DEVICE)) --mapping $(MAPPING) \
	    --energy sim/configs/energy.txt $(OPTIONS)

# The configuration whose RTL programs, where BACKEND=rtl asks for it.
PROGRAM_RTL := $(if $(call given,BACKEND),$(if $(filter rtl,$(BACKEND)),$(if \
    $(call given,CONFIG),$(CONFIG),large_program)))
PROGRAM_TLM := $(if $(call given,BACKEND),$(filter tlm,$(BACKEND)))

program: ## arrays programmed by write-verify pulses: yield, iterations, pulses, errors
## (PULSES=device file SCHEME=programming scheme ARRAYS; docs/explain/programming.md);
## with BACKEND=rtl by the engine of the RTL (CONFIG=large_program, or another one with PROGRAM);
## with BACKEND=tlm in its cycles, and with OPTIONS='--energy sim/configs/energy.txt' by step;
## with DEFECTS=file the chip's devices that do not change, for runs (CONFIG MESH SEED)
	@scripts/setup.sh run
	@$(MAKE) --no-print-directory -s -j$(JOBS) $(BUILD)/ohm-program
	$(if $(PROGRAM_TLM),@$(MAKE) --no-print-directory -s -j$(JOBS) tlm)
	$(if $(PROGRAM_RTL),@$(MAKE) --no-print-directory -j$(JOBS) rtl CONFIG=$(PROGRAM_RTL) MESH=1x1)
	@$(BUILD)/ohm-program --device-file $(PULSES) --scheme $(SCHEME) \
	    $(if $(DEFECTS),--defects $(call q,$(DEFECTS)) --config $(CONFIG) --mesh $(MESH_USED) \
	    --seed $(SEED),$(if $(PROGRAM_RTL),--backend rtl --config $(PROGRAM_RTL) \
	    --rtl-lib $(BUILD)/$(PROGRAM_RTL)-1x1/libohm_rtl.so --arrays $(ARRAYS) --threads 1,\
	    $(if $(PROGRAM_TLM),--backend tlm --tlm-lib $(TLM_LIB) --arrays $(ARRAYS) --threads 1,\
	    --arrays $(ARRAYS) --threads $(JOBS)))) $(OPTIONS)

year: ## a programmed network through a simulated year under the refresh policy, beside one that is
## left alone: table, CSV, figure (NET DATA LABELS CONFIG=large PULSES SCHEME N SEED OUT)
	$(need_net)
	@scripts/setup.sh run
	@$(MAKE) --no-print-directory -s -j$(JOBS) $(BUILD)/ohm-year
	@scripts/year.sh $(NET_ARGS) --config $(if $(call given,CONFIG),$(CONFIG),large) \
	    --device-file $(PULSES) --scheme $(SCHEME) --seed $(SEED) --threads $(JOBS) \
	    --energy sim/configs/energy.txt --count $(if $(call given,N),$(N),1000) \
	    --out $(call q,$(if $(call given,OUT),$(OUT),sim/out/year)) $(OPTIONS)

APPS := $(patsubst sim/apps/%/main.c,%,$(wildcard sim/apps/*/main.c))

app: ## a published demonstration of learning, its numbers beside the published ones, curve, report:
## APP= (SEED OUT, OPTIONS='--small --samples N --threads N --golden
## --device-file F'; docs/explain/learning.md)
	@$(if $(filter $(APP),$(APPS)),,echo "make app: APP=$(APP), expected one of: $(APPS)" >&2; \
	    exit 2)
	@scripts/setup.sh run
	@$(MAKE) --no-print-directory -s -j$(JOBS) $(BUILD)/app-$(APP)
	@mkdir -p $(call q,$(if $(call given,OUT),$(OUT),sim/out/app/$(APP)))
	@$(BUILD)/app-$(APP) --seed $(SEED) \
	    --out $(call q,$(if $(call given,OUT),$(OUT),sim/out/app/$(APP))) $(OPTIONS)

compare: ## an imported model layer by layer: float, int8, ideal chip, chip:
## MODEL= NET=mynet IMAGES=images.npy [LABELS=] (CONFIG MESH DEVICE)
	@$(if $(MODEL),,echo "make compare: MODEL is empty," \
	    "expected the file that NET was imported from" >&2; exit 2)
	@$(if $(IMAGES),,echo "make compare: IMAGES is empty," \
	    "expected a .npy of images as the model takes them" >&2; exit 2)
	@scripts/setup.sh run
	@scripts/venv.sh import >/dev/null
	@$(MAKE) --no-print-directory -j$(JOBS) $(BUILD)/ohmic
	@PYTHONPATH=sim/python sim/out/venv/bin/python -m ohmic_import compare "$(MODEL)" "$(NET)" \
	    --images "$(IMAGES)" $(if $(LABELS),--labels "$(LABELS)") --config $(CONFIG) \
	    --mesh $(MESH_USED) $(if $(DEVICE),--device $(DEVICE))

CLUSTER ?= sim/out/cluster

cluster: ## a Slurm cluster of two nodes on this machine, to try RUNNER=slurm (CLUSTER=its folder)
	@scripts/setup.sh cluster
	@scripts/cluster.sh start $(call q,$(CLUSTER))
	@SLURM_CONF=$(call q,$(abspath $(CLUSTER))/slurm.conf) sinfo
	@echo "try it:    RUNNER=slurm:4 make run N=2000"
	@echo "its tools: export SLURM_CONF="$(call q,$(abspath $(CLUSTER))/slurm.conf)"; squeue"
	@echo "its end:   make cluster-stop"

cluster-stop: ## ends the cluster of make cluster
	@scripts/cluster.sh stop $(call q,$(CLUSTER))

SWEEP_RTL := $(if $(call given,BACKEND),$(filter rtl,$(BACKEND)))

sweep: ## one network under the codings of published chips: table, CSV, figure
## (NET DATA LABELS CONFIG MESH N DEVICE SEED OUT BACKEND=model|rtl)
	$(need_net)
	@scripts/setup.sh $(if $(SWEEP_RTL),run,tlm)
	@$(MAKE) --no-print-directory -j$(JOBS) $(or $(SWEEP_RTL),tlm) $(BUILD)/ohmic
	@python3 scripts/sweep.py $(NET_ARGS) --config $(CONFIG) --mesh $(MESH_USED) --seed $(SEED) \
	    --device $(DEVICE) $(if $(call given,BACKEND),--backend $(BACKEND)) \
	    --rtl-lib $(RTL_LIB) --tlm-lib $(TLM_LIB) $(if $(call given,N),--count $(N)) \
	    --runner $(call q,$(RUNNER)) \
	    $(if $(call given,OUT),--out $(call q,$(OUT)))

explore: ## sweeps a described space on the SystemC model: table and Pareto figure (SPACE OUT)
	@test -r $(call q,$(SPACE)) || { echo "make: SPACE="$(call q,$(SPACE))", expected a file like" \
	    "sim/configs/explore.json" >&2; exit 2; }
	@scripts/setup.sh tlm
	@$(MAKE) --no-print-directory -j$(JOBS) $(BUILD)/ohmic tlm
	@python3 scripts/explore.py $(call q,$(SPACE)) \
	    --out $(if $(call given,OUT),$(OUT),sim/out/explore) --runner $(call q,$(RUNNER))

synth: ## synthesis: cells, area and speed of boards and modules against the stored table
## (also synth-ice40 -ecp5 -xilinx -cells; UPDATE=1 stores)
	@scripts/setup.sh synth
	@python3 scripts/synth.py --jobs $(JOBS) $(if $(filter-out 0,$(UPDATE)),--update)

synth-%:
	@scripts/setup.sh synth
	@python3 scripts/synth.py --jobs $(JOBS) $* $(if $(filter-out 0,$(UPDATE)),--update)

BOARD        ?= ulx3s_tiny
LOADER_hx8k  ?= iceprog -S
LOADER_up5k  ?= iceprog -S
LOADER_ulx3s ?= openFPGALoader -b ulx3s
LOADER_ulx3s_tiny ?= $(LOADER_ulx3s)
LOADER_ulx3s_program ?= $(LOADER_ulx3s)
BITSTREAM_hx8k  := sim/out/synth/ice40-hx8k.bin
BITSTREAM_up5k  := sim/out/synth/ice40-up5k.bin
BITSTREAM_ulx3s := sim/out/synth/ecp5-ulx3s.bit
BITSTREAM_ulx3s_tiny := sim/out/synth/ecp5-ulx3s_tiny.bit
BITSTREAM_ulx3s_program := sim/out/synth/ecp5-ulx3s_program.bit

prog: ## loads a board's bitstream, made by make synth, over USB
## (BOARD=ulx3s_tiny, ulx3s_program, ulx3s, hx8k, up5k)
	@$(if $(LOADER_$(BOARD)),,echo "make prog: BOARD=$(BOARD)," \
	    "expected ulx3s_tiny, ulx3s_program, ulx3s, hx8k or up5k" >&2; exit 2)
	@test -s $(BITSTREAM_$(BOARD)) || { echo "make prog: no $(BITSTREAM_$(BOARD)):" \
	    "run make synth first (docs/start/boards.md)" >&2; exit 1; }
	$(LOADER_$(BOARD)) $(BITSTREAM_$(BOARD))

lib: $(BUILD)/libohmic.a $(BUILD)/libohmic.so ## the C library, static and shared

install: lib ## the C library for programs of your own: headers, libohmic, pkg-config
## (PREFIX DESTDIR)
	@install -d $(DESTDIR)$(PREFIX)/include/ohmic $(DESTDIR)$(PREFIX)/lib/pkgconfig
	@install -m 644 $(LIB_HEADERS) $(DESTDIR)$(PREFIX)/include/ohmic
	@install -m 644 $(BUILD)/libohmic.a $(DESTDIR)$(PREFIX)/lib
	@install -m 755 $(BUILD)/libohmic.so $(DESTDIR)$(PREFIX)/lib/libohmic.so.0
	@ln -sf libohmic.so.0 $(DESTDIR)$(PREFIX)/lib/libohmic.so
	@printf '%s\n' 'prefix=$(abspath $(PREFIX))' 'Name: ohmic' \
	    'Description: memristor compute-in-memory chip: models, mapper, driver' \
	    'Version: $(VERSION)' 'Cflags: -I$${prefix}/include/ohmic' \
	    'Libs: -L$${prefix}/lib -lohmic' 'Libs.private: $(LIBS)' \
	    > $(DESTDIR)$(PREFIX)/lib/pkgconfig/ohmic.pc
	@$(if $(DESTDIR),,ldconfig 2>/dev/null || true; \
	    ldconfig -p 2>/dev/null | grep -qF '$(abspath $(PREFIX))/lib/libohmic.so.0' || \
	    echo "make: programs find libohmic.so with LD_LIBRARY_PATH=$(abspath $(PREFIX))/lib," \
	        "or after ldconfig as root where that is a directory of the linker's")

clean: ## removes sim/out/
	rm -rf sim/out

# ---- what the targets build ----

# The chip first: Verilator's files keep one processor busy while another compiles the C files.
build: rtl $(BUILD)/ohmic $(BUILD)/ohm-check $(BUILD)/ohm-estimate $(BUILD)/ohm-xbar \
    $(BUILD)/ohm-vec $(BUILD)/ohm-program $(BUILD)/ohm-year

rtl: $(RTL_LIB)

tlm: $(TLM_LIB)

# Holds the flags: objects depend on it, so that other flags mean other objects.
$(BUILD)/flags: FORCE
	@mkdir -p $(@D)
	@echo '$(CC) $(C_FLAGS) $(PIC)' | cmp -s - $@ || echo '$(CC) $(C_FLAGS) $(PIC)' > $@

$(BUILD)/obj/%.o: %.c $(BUILD)/flags
	@mkdir -p $(@D)
	@echo "  CC   $<"
	@$(CC) $(C_FLAGS) -c -o $@ $<

# For tests (tb/unit/sanitized.sh): with the sanitizers of addresses and of undefined behaviour.
SANITIZED := -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all
$(BUILD)/sanitized/%.o: %.c $(BUILD)/flags
	@mkdir -p $(@D)
	@$(CC) $(C_FLAGS) $(SANITIZED) -c -o $@ $<

# For tb/fuzz: also with calls that tell which way an input takes.
$(BUILD)/fuzz/%.o: %.c $(BUILD)/flags
	@mkdir -p $(@D)
	@$(CC) $(C_FLAGS) $(SANITIZED) -fsanitize-coverage=trace-pc,trace-cmp -c -o $@ $<

$(BUILD)/ohmic: $(BUILD)/obj/sim/host/cli/main.o $(C_OBJ)
	@echo "  LINK $@"
	@$(CC) $(CFLAGS) -o $@ $^ $(LIBS)

$(BUILD)/ohm-check: $(BUILD)/obj/sim/host/cli/ohm_check.o $(C_OBJ)
	@echo "  LINK $@"
	@$(CC) $(CFLAGS) -o $@ $^ $(LIBS)

$(BUILD)/ohm-estimate: $(BUILD)/obj/sim/host/cli/ohm_estimate_main.o $(C_OBJ)
	@echo "  LINK $@"
	@$(CC) $(CFLAGS) -o $@ $^ $(LIBS)

$(BUILD)/ohm-program: $(BUILD)/obj/sim/host/cli/ohm_program_main.o $(C_OBJ)
	@echo "  LINK $@"
	@$(CC) $(CFLAGS) -o $@ $^ $(LIBS)

$(BUILD)/ohm-year: $(BUILD)/obj/sim/host/cli/ohm_year_main.o $(C_OBJ)
	@echo "  LINK $@"
	@$(CC) $(CFLAGS) -o $@ $^ $(LIBS)

$(BUILD)/ohm-vec: $(BUILD)/obj/sim/host/vector/main.o $(C_OBJ)
	@echo "  LINK $@"
	@$(CC) $(CFLAGS) -o $@ $^ $(LIBS)

$(BUILD)/ohm-xbar: $(XBAR_OBJ) $(C_OBJ)
	@echo "  LINK $@"
	@$(CC) $(CFLAGS) -o $@ $^ $(LIBS)

# Demonstrations: a folder each, and what they share.
APP_COMMON := $(patsubst %.c,$(BUILD)/obj/%.o,$(wildcard sim/apps/common/*.c))
$(APP_COMMON) $(APPS:%=$(BUILD)/obj/sim/apps/%/main.o): private C_FLAGS += -Isim/apps/common
$(BUILD)/app-%: $(BUILD)/obj/sim/apps/%/main.o $(APP_COMMON) $(C_OBJ)
	@echo "  LINK $@"
	@$(CC) $(CFLAGS) -o $@ $^ $(LIBS)

# The SystemC model holds the C models it needs in its own copy. Debian's SystemC is compiled as
# C++17.
CXX_FLAGS := -std=c++17 $(CFLAGS) $(PIC) -Wall -Wextra -Werror -MMD -MP \
             $(INCLUDES)
TLM_ROOMS := behav/common behav/device behav/crossbar behav/converter behav/golden behav/energy
TLM_SRC := $(shell scripts/sources.sh c $(TLM_ROOMS)) $(wildcard behav/tlm/*.cpp)
TLM_OBJ := $(TLM_SRC:%=$(BUILD)/pic/%.o)

$(BUILD)/pic/%.c.o: %.c $(BUILD)/flags
	@mkdir -p $(@D)
	@echo "  CC   $<"
	@$(CC) $(C_FLAGS) $(PIC) -c -o $@ $<

$(BUILD)/pic/%.cpp.o: %.cpp $(BUILD)/flags
	@mkdir -p $(@D)
	@echo "  CXX  $<"
	@$(CXX) $(CXX_FLAGS) -c -o $@ $<

$(TLM_LIB): $(TLM_OBJ)
	@echo "  LINK $@"
	@$(CXX) $(CFLAGS) -shared -o $@ $^ -lsystemc -lm

# The C models of a chip are the same for each configuration, and those of the SystemC model.
RTL_OBJ := $(patsubst %.c,$(BUILD)/pic/%.c.o,tb/harness/ohm_dpi.c \
    $(shell scripts/sources.sh c behav/common behav/device behav/crossbar behav/converter \
    behav/macro))

# What the Verilated models and their C interface leave for the linker.
RTL_MODELS := $(RTL_DIR)/models.list
$(RTL_MODELS): $(RTL_SRC)
	@mkdir -p $(@D)
	@echo "  RTL  $(CONFIG) $(MESH_USED)$(if $(WAVES_ON), with waves)" \
	    "(Verilator; log: $(RTL_DIR)/build.log)"
	@scripts/progress.sh "RTL $(CONFIG) $(MESH_USED)" $(RTL_DIR)/build.log \
	    tb/harness/build.sh $(CONFIG) $(MESH_USED) $(if $(WAVES_ON),1,0) $(RTL_DIR) \
	    || { tail -20 $(RTL_DIR)/build.log >&2; \
	        echo "make: the RTL did not build, see $(RTL_DIR)/build.log" >&2; exit 1; }

$(RTL_LIB): $(RTL_MODELS) $(RTL_OBJ)
	@echo "  LINK $@"
	@$(CXX) -shared -Wl,-Bsymbolic,--no-undefined -o $@.new $(RTL_OBJ) @$(RTL_MODELS) && mv $@.new $@

# What only the program needs is not in the library: its options and its report, which print.
LIB_SRC     := $(filter-out sim/host/cli/%,$(C_SRC))
LIB_OBJ     := $(LIB_SRC:%=$(BUILD)/pic/%.o)
# What a program may include: ohmic.h and what it needs. Their names are marked in them
# (behav/common/ohm_api.h).
LIB_HEADERS := \
    $(addprefix behav/,$(addprefix common/,ohm_api.h ohm_config.h ohm_config_table.h ohm_error.h \
        ohm_map.h ohm_packet.h) \
      $(addprefix device/,ohm_device.h ohm_param.h ohm_switch.h) \
       $(addprefix crossbar/ohm_,array.h iv.h physics.h solve.h wires.h) \
       golden/ohm_golden.h golden/ohm_golden_hooks.h golden/update/ohm_update.h \
       golden/vector/ohm_vec.h \
       golden/vector/ohm_vec_word.h fast/ohm_fast.h fast/ohm_fast_update.h \
      tlm/ohm_tlm_timing.h energy/ohm_activity.h energy/ohm_energy.h \
       energy/ohm_energy_list.h) \
    $(addprefix sim/host/,ohmic.h $(addprefix net/,ohm_data.h ohm_intref.h ohm_net.h) \
      map/ohm_defects.h map/ohm_mapper.h \
      $(addprefix chip/,ohm_backend.h ohm_driver.h ohm_matrix.h ohm_measure.h ohm_record.h \
         ohm_tile_io.h ohm_tlm_settings.h ohm_write.h ohm_group.h) \
      vector/ohm_asm.h vector/ohm_vec_tile.h vector/ohm_vkernel.h \
       $(addprefix study/ohm_,calibrate.h compensate.h energy_report.h estimate.h estimate_all.h \
         exact_sum.h figures.h find_defects.h maps.h network.h refresh.h reload.h spare.h) \
      learn/ohm_learn.h learn/ohm_mlp.h)

$(BUILD)/libohmic.a: $(LIB_OBJ)
	@echo "  AR   $@"
	@rm -f $@ && ar rcs $@ $^

$(BUILD)/libohmic.so: $(LIB_OBJ)
	@echo "  LINK $@"
	@$(CC) $(CFLAGS) -shared -Wl,-soname,libohmic.so.0 -o $@ $^ $(LIBS)

# Random chips through RTL and models; it loads the chip that it is given.
EQUIVALENCE_OBJ := $(patsubst %.c,$(BUILD)/obj/%.o,$(wildcard tb/equivalence/*.c) \
    tb/unit/vector/ohm_vec_random.c)
$(EQUIVALENCE_OBJ): private C_FLAGS += -Itb/unit/vector
$(BUILD)/equivalence: $(EQUIVALENCE_OBJ) $(C_OBJ)
	@echo "  LINK $@"
	@$(CC) $(CFLAGS) -o $@ $^ $(LIBS)

# A C test of the whole chip, linked with one chip.
$(RTL_DIR)/test_%: tb/chip/%.c $(wildcard tb/chip/*.h) $(C_OBJ) $(RTL_LIB)
	@echo "  CC   $<"
	@$(CC) $(C_FLAGS) -o $@ $< $(C_OBJ) -L$(RTL_DIR) -lohm_rtl -Wl,-rpath,'$$ORIGIN' $(LIBS)

-include $(wildcard $(RTL_DIR)/*.d) $(TLM_OBJ:.o=.d) $(LIB_OBJ:.o=.d) $(C_OBJ:.o=.d) \
    $(RTL_OBJ:.o=.d) $(C_SRC:%.c=$(BUILD)/sanitized/%.d) $(C_SRC:%.c=$(BUILD)/fuzz/%.d)
-include $(XBAR_OBJ:.o=.d) $(patsubst %.c,$(BUILD)/obj/%.d,$(MAINS)) $(APP_COMMON:.o=.d) \
    $(APPS:%=$(BUILD)/obj/sim/apps/%/main.d)
