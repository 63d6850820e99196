# polynic: `make help` lists what can be made. Everything is built under build/.

CC        ?= gcc
BUILD     := build
OPTIMISE  ?= -O2 -g
SANITIZE  ?=
WARNINGS  := -Wall -Wextra -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes -Werror
# Asked when a recipe runs, so that set-up may come first in the same make.
PACKAGES  := glib-2.0 libpcap simgrid jansson
CFLAGS     = -std=gnu11 $(WARNINGS) $(OPTIMISE) $(SANITIZE) -D_GNU_SOURCE -I. $(shell pkg-config --cflags $(PACKAGES))
LDLIBS     = $(SANITIZE) $(shell pkg-config --libs $(PACKAGES)) -lm -ldl -lpthread
CHECK_LIBS = $(shell pkg-config --libs check)

LIB_SOURCES  := $(filter-out sim/main.c,$(wildcard sim/*.c models/*.c traces/*.c analysis/*.c))
LIB_OBJECTS  := $(LIB_SOURCES:%.c=$(BUILD)/obj/%.o)
SUITES       := $(patsubst tests/%.c,$(BUILD)/tests/%,$(wildcard tests/*/test_*.c))
# Files beside the suites that are no suites help all suites of their folder.
helpers       = $(patsubst %.c,$(BUILD)/obj/%.o,$(filter-out $(wildcard tests/$(1)/test_*.c tests/$(1)/bench_*.c),$(wildcard tests/$(1)/*.c)))
SETUP        := $(BUILD)/setup

.PHONY: all help run test unit end-to-end bench deps firmware layers format asan fuzz install clean distclean
.SECONDARY:
.DELETE_ON_ERROR:
.SECONDEXPANSION:

all: $(BUILD)/polynic firmware ## build the simulator and the firmware

help: ## list the targets
	@awk -F':.*## ' '/^[a-z][a-z-]*:.*## / { printf "make %-11s %s\n", $$1, $$2 }' Makefile

run: $(SETUP) $(BUILD)/polynic firmware ## set up what is missing, build, replay a capture, report
	$(BUILD)/polynic run scenarios/quickstart/card.ini --out $(BUILD)/run

test: $(SETUP) unit end-to-end layers ## set up what is missing, build, run all tests

# --- Set-up ---------------------------------------------------------------------------------------------

# Set to the folder of an unpacked lwIP 2.1 or 2.2 on systems without apt.
LWIP_DIR ?= $(BUILD)/lwip
DEBIAN   := libsimgrid-dev libpcap-dev libglib2.0-dev libjansson-dev check pkg-config gcc libc6-dev \
            gcc-riscv64-unknown-elf picolibc-riscv64-unknown-elf dpkg-dev tshark jq

deps: ## install what is missing (Debian packages, lwIP's source)
	@sh stacks/setup.sh packages $(DEBIAN)
	@sh stacks/setup.sh lwip $(LWIP_DIR)
	@mkdir -p $(BUILD) && touch $(SETUP)

$(SETUP):
	@$(MAKE) --no-print-directory deps

$(LWIP_DIR)/src/include/lwip/init.h:
	@sh stacks/setup.sh lwip $(LWIP_DIR)

# --- The simulator --------------------------------------------------------------------------------------

$(BUILD)/obj/%.o: %.c | $(SETUP)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -MMD -MP -c -o $@ $<

$(BUILD)/libpolynic.a: $(LIB_OBJECTS)
	@rm -f $@
	ar rcs $@ $^

$(BUILD)/polynic: $(BUILD)/obj/sim/main.o $(BUILD)/libpolynic.a
	$(CC) -o $@ $^ $(LDLIBS)

$(BUILD)/make-sample: $(BUILD)/obj/traces/samples/make_sample.o $(BUILD)/libpolynic.a
	$(CC) -o $@ $^ $(LDLIBS)

# --- Firmware -------------------------------------------------------------------------------------------

RISCV_CC := riscv64-unknown-elf-gcc
RISCV    := -march=rv32imc -mabi=ilp32

# Programs of the tests, written against the hardware header alone.
$(BUILD)/firmware/reflect.elf: tests/firmware/reflect.c stacks/hardware.h | $(SETUP)
	@mkdir -p $(@D)
	$(RISCV_CC) $(RISCV) -O2 -Wall -Wextra -ffreestanding -nostdlib -nostartfiles -I. \
	    -Wl,-n,-Ttext=0x10000000,--no-warn-rwx-segments,--no-relax -o $@ $<

# --- Tests ----------------------------------------------------------------------------------------------

$(BUILD)/tests/%: $(BUILD)/obj/tests/%.o $(BUILD)/obj/tests/runner.o $$(call helpers,$$(*D)) $(BUILD)/libpolynic.a
	@mkdir -p $(@D)
	$(CC) -o $@ $^ $(CHECK_LIBS) $(LDLIBS)

unit: $(SUITES) $(BUILD)/firmware/reflect.elf ## run the Check suites; T=bus runs those whose name holds "bus"
	@export POLYNIC_FIRMWARE=$(BUILD)/firmware; failed=; for suite in $(if $(T),$(foreach s,$(SUITES),$(if $(findstring $(T),$(s)),$(s))),$(SUITES)); do \
	    $$suite || failed="$$failed $$suite"; done; \
	if [ -n "$$failed" ]; then echo "failed:$$failed"; exit 1; fi

end-to-end: $(BUILD)/polynic $(BUILD)/make-sample firmware ## run the built program as a user would
	@failed=; for script in $(wildcard tests/end_to_end/*.sh); do \
	    echo "== $$script"; POLYNIC=$(BUILD)/polynic sh $$script || failed="$$failed $$script"; done; \
	if [ -n "$$failed" ]; then echo "failed:$$failed"; exit 1; fi

layers: ## fail on an include that the layers forbid
	@sh tests/layers.sh

asan: ## run the Check suites under the address and undefined-behaviour sanitizers
	$(MAKE) BUILD=$(BUILD)/asan LWIP_DIR=$(abspath $(LWIP_DIR)) OPTIMISE="-O1 -g" SANITIZE="-fsanitize=address,undefined -fno-sanitize-recover=undefined" unit

format: ## format our C with clang-format
	clang-format -i $(wildcard */*.c */*.h */*/*.c */*/*.h)

PREFIX ?= /usr/local
install: all ## install to PREFIX (default /usr/local)
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/share/polynic/firmware
	install $(BUILD)/polynic $(DESTDIR)$(PREFIX)/bin
	install -m 644 $(wildcard $(BUILD)/firmware/*.elf) $(DESTDIR)$(PREFIX)/share/polynic/firmware
	cp -r scenarios traces/samples $(DESTDIR)$(PREFIX)/share/polynic

clean: ## remove what was built, keep what was downloaded
	rm -rf $(BUILD)/obj $(BUILD)/tests $(BUILD)/bench $(BUILD)/firmware $(BUILD)/asan $(BUILD)/polynic $(BUILD)/*.a

distclean: ## remove everything under build/
	rm -rf $(BUILD)

-include $(wildcard $(BUILD)/obj/*/*.d $(BUILD)/obj/*/*/*.d)
