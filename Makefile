# polynic: `make help` lists what can be made. Everything is built under build/.

CC        ?= gcc
BUILD     := build
OPTIMISE  ?= -O2 -g
SANITIZE  ?=
WARNINGS  := -Wall -Wextra -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes -Werror
# Asked when a recipe runs, so that set-up may come first in the same make.
PACKAGES  := glib-2.0 libpcap simgrid jansson sqlite3
CFLAGS     = -std=gnu11 $(WARNINGS) $(OPTIMISE) $(SANITIZE) -D_GNU_SOURCE -I. $(shell pkg-config --cflags $(PACKAGES))
LDLIBS     = $(SANITIZE) $(shell pkg-config --libs $(PACKAGES)) -lm -ldl -lpthread
CHECK_LIBS = $(shell pkg-config --libs check)

LIB_SOURCES  := $(filter-out sim/main.c sim/ranks_mpi.c,$(wildcard sim/*.c models/*.c traces/*.c analysis/*.c))
LIB_OBJECTS  := $(LIB_SOURCES:%.c=$(BUILD)/obj/%.o)
SUITES       := $(patsubst tests/%.c,$(BUILD)/tests/%,$(wildcard tests/*/test_*.c))
# Files beside the suites that are no suites help all suites of their folder.
helpers       = $(patsubst %.c,$(BUILD)/obj/%.o,$(filter-out $(wildcard tests/$(1)/test_*.c tests/$(1)/bench_*.c),$(wildcard tests/$(1)/*.c)))
SETUP        := $(BUILD)/setup

# One short line for each file; V=1 shows the commands.
ifneq ($(V),1)
make_quiet = @echo "  $(1) $@";
endif

.PHONY: mpi capacity corpus fuzz all help run test unit end-to-end bench validate validate-programs deps firmware reference layers format asan install clean distclean
.SECONDARY:
.DELETE_ON_ERROR:
.SECONDEXPANSION:

all: $(BUILD)/polynic firmware mpi ## build the simulator and the firmware

help: ## list the targets
	@awk -F':.*## ' '/^[a-z][a-z-]*:.*## / { printf "make %-11s %s\n", $$1, $$2 }' Makefile

run: $(SETUP) $(BUILD)/polynic firmware ## set up what is missing, build, replay a capture, report
	$(BUILD)/polynic run scenarios/quickstart/card.ini --out $(BUILD)/run

test: $(SETUP) unit end-to-end layers ## set up what is missing, build, run all tests

# --- Set-up ---------------------------------------------------------------------------------------------

# Set to the folder of an unpacked lwIP 2.1 or 2.2 on systems without apt.
LWIP_DIR ?= $(BUILD)/lwip
DEBIAN   := libsimgrid-dev libpcap-dev libglib2.0-dev libjansson-dev libsqlite3-dev sqlite3 check pkg-config gcc libc6-dev \
            gcc-riscv64-unknown-elf picolibc-riscv64-unknown-elf dpkg-dev tshark jq gnuplot-nox

# Without these all works but sweeps over several machines.
OPTIONAL := libopenmpi-dev openmpi-bin

deps: ## install what is missing (Debian packages, lwIP's source)
	@sh stacks/setup.sh packages $(DEBIAN)
	@sh stacks/setup.sh optional $(OPTIONAL)
	@sh stacks/setup.sh lwip $(LWIP_DIR)
	@mkdir -p $(BUILD) && touch $(SETUP)

$(SETUP):
	@$(MAKE) --no-print-directory deps

$(LWIP_DIR)/src/include/lwip/init.h:
	@sh stacks/setup.sh lwip $(LWIP_DIR)

# --- The simulator --------------------------------------------------------------------------------------

$(BUILD)/obj/%.o: %.c | $(SETUP)
	@mkdir -p $(@D)
	$(call make_quiet,CC)$(CC) $(CFLAGS) -MMD -MP -c -o $@ $<

$(BUILD)/libpolynic.a: $(LIB_OBJECTS)
	@rm -f $@
	$(call make_quiet,AR)ar rcs $@ $^

$(BUILD)/polynic: $(BUILD)/obj/sim/main.o $(BUILD)/libpolynic.a
	$(call make_quiet,LD)$(CC) -o $@ $^ $(LDLIBS)

# Beside the program, which loads it when mpirun or srun has started it.
mpi: | $(SETUP)
	@if command -v mpicc >/dev/null; then $(MAKE) --no-print-directory $(BUILD)/polynic-mpi.so; fi

$(BUILD)/polynic-mpi.so: sim/ranks_mpi.c sim/ranks.h
	@mkdir -p $(@D)
	$(call make_quiet,MPICC)mpicc -std=gnu11 $(filter-out -Wshadow -Wconversion,$(WARNINGS)) $(OPTIMISE) -I. -shared -fPIC -o $@ $<

$(BUILD)/make-sample: $(BUILD)/obj/traces/samples/make_sample.o $(BUILD)/libpolynic.a
	$(call make_quiet,LD)$(CC) -o $@ $^ $(LDLIBS)

# --- Firmware -------------------------------------------------------------------------------------------
#
# The stack is built twice from the same sources: an image for the simulated processors, and a library of this
# machine for remote systems and tests. lwIP's sources come from LWIP_DIR and are compiled as they are.

RISCV         ?= riscv64-unknown-elf-
LWIP_SOURCES  := $(addprefix core/,def inet_chksum init ip mem memp netif pbuf stats tcp tcp_in tcp_out \
                 udp ipv4/etharp ipv4/icmp ipv4/ip4 ipv4/ip4_addr ipv4/ip4_frag) netif/ethernet
LWIP6_SOURCES := $(addprefix core/ipv6/,ethip6 icmp6 inet6 ip6 ip6_addr ip6_frag nd6)
STACK_SOURCES := $(wildcard stacks/port/*.c stacks/session/*.c) stacks/runtime/heap.c stacks/runtime/console.c
STACK_INCLUDE := -I. -Istacks/port -isystem $(LWIP_DIR)/src/include

# The inlining limit is twice the default: 3 KB of code for 7 per cent fewer instructions a frame.
FIRMWARE_OPTIMISE ?= -O2 --param=max-inline-insns-auto=30
FIRMWARE_FLAGS := -std=gnu11 -march=rv32imc -mabi=ilp32 $(FIRMWARE_OPTIMISE) -flto -g -ffunction-sections -fdata-sections \
                  --specs=picolibc.specs -fno-common -fno-tree-loop-distribute-patterns -DLWIP_NOASSERT $(STACK_INCLUDE)
FIRMWARE_RUNTIME := stacks/runtime/kernel.c stacks/runtime/task.c stacks/runtime/trap.c
FIRMWARE_OBJECTS := $(patsubst %.c,$(BUILD)/firmware/obj/%.o,$(STACK_SOURCES) $(FIRMWARE_RUNTIME)) \
                    $(BUILD)/firmware/obj/stacks/runtime/start.o \
                    $(patsubst %,$(BUILD)/firmware/obj/lwip/%.o,$(LWIP_SOURCES)) $(BUILD)/firmware/obj/stacks/firmware/stack.o
# The others are the same with other protocols (stacks/firmware/stack.c).
STACK_IMAGES := tcp4 tcp6 dual udp
tcp6_FLAGS := -DPORT_IPV6 -DPORT_NO_IPV4
dual_FLAGS := -DPORT_IPV6
udp_FLAGS  := -DPORT_IPV6 -DPORT_NO_TCP
EXAMPLES   := $(BUILD)/firmware/udp-receiver.elf $(BUILD)/firmware/tour.elf

# A copy of the library is an instance, so it is position independent; its calls stay inside (-Bsymbolic).
NATIVE_FLAGS   := -std=gnu11 -O2 -g -fPIC $(SANITIZE) -D_GNU_SOURCE $(STACK_INCLUDE)
NATIVE_OBJECTS := $(patsubst %.c,$(BUILD)/native/%.o,$(STACK_SOURCES) stacks/native.c) \
                  $(patsubst %,$(BUILD)/native/lwip/%.o,$(LWIP_SOURCES))

firmware: $(STACK_IMAGES:%=$(BUILD)/firmware/%.elf) $(BUILD)/firmware/hash-toeplitz.elf $(BUILD)/firmware/reflect.elf $(EXAMPLES) ## build the images of the simulated processors

# lwIP is there once set-up has run.
$(addprefix $(LWIP_DIR)/src/,$(addsuffix .c,$(LWIP_SOURCES) $(LWIP6_SOURCES))): | $(SETUP) ;

# A hash program, written against its own header alone.
$(BUILD)/firmware/hash-toeplitz.elf: stacks/firmware/hash_toeplitz.c stacks/hash_unit.h | $(SETUP)
	@mkdir -p $(@D)
	$(call make_quiet,RISCV)$(RISCV)gcc -march=rv32imc -mabi=ilp32 -O2 -Wall -Wextra -ffreestanding -nostdlib -nostartfiles -I. \
	    -Wl,-n,-Ttext=0x10000000,--no-warn-rwx-segments,--no-relax -o $@ $<

# Programs of the tests, written against the hardware header alone.
$(BUILD)/firmware/reflect.elf: tests/firmware/reflect.c stacks/hardware.h | $(SETUP)
	@mkdir -p $(@D)
	$(call make_quiet,RISCV)$(RISCV)gcc -march=rv32imc -mabi=ilp32 -O2 -Wall -Wextra -ffreestanding -nostdlib -nostartfiles -I. \
	    -Wl,-n,-Ttext=0x10000000,--no-warn-rwx-segments,--no-relax -o $@ $<

$(BUILD)/firmware/obj/%.o: %.c | $(SETUP)
	@mkdir -p $(@D)
	$(call make_quiet,RISCV)$(RISCV)gcc $(FIRMWARE_FLAGS) $(WARNINGS) -MMD -MP -c -o $@ $<

$(BUILD)/firmware/obj/%.o: %.S
	@mkdir -p $(@D)
	$(call make_quiet,RISCV)$(RISCV)gcc -march=rv32imc -mabi=ilp32 -g -c -o $@ $<

$(BUILD)/firmware/obj/lwip/%.o: $(LWIP_DIR)/src/%.c
	@mkdir -p $(@D)
	$(call make_quiet,RISCV)$(RISCV)gcc $(FIRMWARE_FLAGS) -w -MD -MP -c -o $@ $<

# Examples: one against the hardware header alone, one on the runtime kernel.
$(BUILD)/firmware/udp-receiver.elf: stacks/examples/udp_receiver.c stacks/hardware.h | $(SETUP)
	@mkdir -p $(@D)
	$(call make_quiet,RISCV)$(RISCV)gcc -march=rv32imc -mabi=ilp32 -O2 -Wall -Wextra -Werror -ffreestanding -nostdlib \
	    -nostartfiles -I. -Wl,-n,-Ttext=0x10000000,--no-warn-rwx-segments,--no-relax -o $@ $<

$(BUILD)/firmware/tour.elf: $(patsubst %.c,$(BUILD)/firmware/obj/%.o,$(FIRMWARE_RUNTIME) stacks/runtime/heap.c stacks/runtime/console.c \
                            stacks/examples/tour.c) $(BUILD)/firmware/obj/stacks/runtime/start.o stacks/firmware/local.ld
	$(call make_quiet,RISCV)$(RISCV)gcc $(FIRMWARE_FLAGS) -nostartfiles -T stacks/firmware/local.ld -Wl,--gc-sections -o $@ $(filter %.o,$^)

# The rules of an image's own objects; $(1): its name. They lie in a folder of its own.
define stack_image
$(1)_OBJECTS := $$(patsubst $$(BUILD)/firmware/obj/%,$$(BUILD)/firmware/$(1)/%,$$(FIRMWARE_OBJECTS)) \
                $$(patsubst %,$$(BUILD)/firmware/$(1)/lwip/%.o,$$(LWIP6_SOURCES))

$$(BUILD)/firmware/$(1)/%.o: %.c | $$(SETUP)
	@mkdir -p $$(@D)
	$$(call make_quiet,RISCV)$$(RISCV)gcc $$(FIRMWARE_FLAGS) $$($(1)_FLAGS) $$(WARNINGS) -MMD -MP -c -o $$@ $$<

$$(BUILD)/firmware/$(1)/%.o: %.S
	@mkdir -p $$(@D)
	$$(call make_quiet,RISCV)$$(RISCV)gcc -march=rv32imc -mabi=ilp32 -g -c -o $$@ $$<

$$(BUILD)/firmware/$(1)/lwip/%.o: $$(LWIP_DIR)/src/%.c
	@mkdir -p $$(@D)
	$$(call make_quiet,RISCV)$$(RISCV)gcc $$(FIRMWARE_FLAGS) $$($(1)_FLAGS) -w -MD -MP -c -o $$@ $$<

$$(BUILD)/firmware/$(1).elf: $$($(1)_OBJECTS)
endef
$(foreach image,$(filter-out tcp4,$(STACK_IMAGES)),$(eval $(call stack_image,$(image))))

$(BUILD)/firmware/tcp4.elf: $(FIRMWARE_OBJECTS)

$(STACK_IMAGES:%=$(BUILD)/firmware/%.elf): stacks/firmware/local.ld
	$(call make_quiet,RISCV)$(RISCV)gcc $(FIRMWARE_FLAGS) -nostartfiles -T stacks/firmware/local.ld -Wl,--gc-sections -Wl,-Map=$@.map \
	    -o $@ $(filter %.o,$^)
	@$(RISCV)size $@

$(BUILD)/native/%.o: %.c
	@mkdir -p $(@D)
	$(call make_quiet,NATIVE)$(CC) $(NATIVE_FLAGS) $(WARNINGS) -MMD -MP -c -o $@ $<

# lwIP keeps a pointer in the 20 bytes of a fragment's header, which 64-bit alignment does not allow there, and
# shifts option bytes into the sign.
comma := ,
$(BUILD)/native/lwip/%.o: $(LWIP_DIR)/src/%.c
	@mkdir -p $(@D)
	$(call make_quiet,NATIVE)$(CC) $(NATIVE_FLAGS) $(if $(SANITIZE),-fno-sanitize=alignment$(comma)shift) -w -MD -MP -c -o $@ $<

$(BUILD)/libstack-native.a: $(NATIVE_OBJECTS)
	@rm -f $@
	$(call make_quiet,AR)ar rcs $@ $^

$(BUILD)/libstack-native.so: $(NATIVE_OBJECTS)
	$(call make_quiet,LD)$(CC) -shared -Wl,-Bsymbolic $(SANITIZE) -o $@ $^

# An archive: the scheduler, which only its own test supplies with a platform, comes along where it is used.
$(BUILD)/libstack-test.a: $(patsubst %.c,$(BUILD)/native/%.o,$(filter-out tests/stacks/test_%,$(wildcard tests/stacks/*.c)) \
                          tests/runner.c stacks/runtime/task.c)
	@rm -f $@
	$(call make_quiet,AR)ar rcs $@ $^

$(BUILD)/tests/stacks/%: $(BUILD)/native/tests/stacks/%.o $(BUILD)/libstack-test.a $(BUILD)/libstack-native.a
	@mkdir -p $(@D)
	$(call make_quiet,LD)$(CC) $(SANITIZE) -o $@ $^ $(CHECK_LIBS) -lm -lpthread

# With the simulated core in the tree the same tests judge the image itself, and count what a frame costs.
ifneq ($(wildcard models/core.c),)
SUITES += $(addprefix $(BUILD)/tests/image/,test_tcp test_ip test_fuzz test_kept) \
          $(addprefix $(BUILD)/tests/image-dual/,test_tcp test_ip)
endif

$(BUILD)/obj/tests/stacks/core/core_stack.o: CFLAGS += -DIMAGE='"$(BUILD)/firmware/tcp4.elf"'

$(BUILD)/tests/image/%: $(BUILD)/native/tests/stacks/%.o $(BUILD)/obj/tests/stacks/core/core_stack.o \
                        $(BUILD)/libstack-test.a $(BUILD)/libpolynic.a | $(BUILD)/firmware/tcp4.elf
	@mkdir -p $(@D)
	$(CC) -o $@ $^ $(CHECK_LIBS) $(LDLIBS)

$(BUILD)/obj/tests/stacks/core/core_stack_dual.o: tests/stacks/core/core_stack.c | $(SETUP)
	@mkdir -p $(@D)
	$(call make_quiet,CC)$(CC) $(CFLAGS) -DIMAGE='"$(BUILD)/firmware/dual.elf"' -MMD -MP -c -o $@ $<

$(BUILD)/tests/image-dual/%: $(BUILD)/native/tests/stacks/%.o $(BUILD)/obj/tests/stacks/core/core_stack_dual.o \
                             $(BUILD)/libstack-test.a $(BUILD)/libpolynic.a | $(BUILD)/firmware/dual.elf
	@mkdir -p $(@D)
	$(CC) -o $@ $^ $(CHECK_LIBS) $(LDLIBS)

$(BUILD)/bench/stack_count: $(BUILD)/native/tests/stacks/core/count.o $(BUILD)/obj/tests/stacks/core/core_stack.o \
                            $(BUILD)/libstack-test.a $(BUILD)/libpolynic.a | $(BUILD)/firmware/tcp4.elf
	@mkdir -p $(@D)
	$(CC) -o $@ $^ $(CHECK_LIBS) $(LDLIBS)

$(BUILD)/tests/stacks/test_image: | $(BUILD)/firmware/tcp4.elf
$(BUILD)/native/tests/stacks/test_image.o: NATIVE_FLAGS += -DIMAGE='"$(BUILD)/firmware/tcp4.elf"'

# --- Tests ----------------------------------------------------------------------------------------------

$(BUILD)/tests/%: $(BUILD)/obj/tests/%.o $(BUILD)/obj/tests/runner.o $$(call helpers,$$(*D)) $(BUILD)/libpolynic.a
	@mkdir -p $(@D)
	$(call make_quiet,LD)$(CC) -o $@ $^ $(CHECK_LIBS) $(LDLIBS)

# --- Fuzzing --------------------------------------------------------------------------------------------

# make_corpus is a program, and target.c is for libFuzzer.
CARD_OBJECTS := $(patsubst %,$(BUILD)/obj/tests/traces/%.o,replay_bench replay_card)
FUZZ_HELPERS := $(patsubst %,$(BUILD)/obj/tests/fuzz/%.o,file fuzz_capture fuzz_config fuzz_replay fuzz_card)

$(BUILD)/tests/fuzz/%: $(BUILD)/obj/tests/fuzz/%.o $(BUILD)/obj/tests/runner.o $(FUZZ_HELPERS) $(CARD_OBJECTS) $(BUILD)/libpolynic.a
	@mkdir -p $(@D)
	$(call make_quiet,LD)$(CC) -o $@ $^ $(CHECK_LIBS) $(LDLIBS)

$(BUILD)/make-corpus: $(BUILD)/obj/tests/fuzz/make_corpus.o $(FUZZ_HELPERS) $(CARD_OBJECTS) $(BUILD)/libpolynic.a
	$(call make_quiet,LD)$(CC) -o $@ $^ $(CHECK_LIBS) $(LDLIBS)

corpus: $(BUILD)/make-corpus ## write the captures with which fuzzing begins
	mkdir -p tests/fuzz/corpus/capture tests/fuzz/corpus/replay tests/fuzz/corpus/card
	$(BUILD)/make-corpus tests/fuzz/corpus

FUZZ_SECONDS  ?= 3600
FUZZ_TARGETS  ?= capture replay card
FUZZ_PARALLEL ?= no
FUZZ_SOURCES := $(wildcard traces/*.c) sim/diagnostic.c sim/random.c tests/traces/replay_bench.c tests/traces/replay_card.c \
                $(patsubst %,tests/fuzz/%.c,file fuzz_capture fuzz_config fuzz_replay fuzz_card target)

$(BUILD)/fuzz/%: $(FUZZ_SOURCES) $(wildcard traces/*.h tests/fuzz/*.h tests/traces/*.h sim/*.h) | $(SETUP)
	@sh stacks/setup.sh packages clang libclang-rt-14-dev
	@mkdir -p $(@D)
	$(call make_quiet,FUZZ)clang -O1 -g -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=undefined -DFUZZ_TARGET=fuzz_$* -include tests/fuzz/check_stub.h \
	    $(filter -I% -D% -std=%,$(CFLAGS)) -o $@ $(FUZZ_SOURCES) $(LDLIBS)

fuzz: $(FUZZ_TARGETS:%=$(BUILD)/fuzz/%) ## fuzz reading and replay of captures for FUZZ_SECONDS (3600); FUZZ_TARGETS, FUZZ_PARALLEL=yes
	@BUILD=$(BUILD) SECONDS_IN_ALL=$(FUZZ_SECONDS) TARGETS="$(FUZZ_TARGETS)" PARALLEL=$(FUZZ_PARALLEL) sh tests/fuzz/fuzz.sh

unit: $(SUITES) firmware ## run the Check suites; T=bus runs those whose name holds "bus"
	@export POLYNIC_FIRMWARE=$(BUILD)/firmware; failed=; for suite in $(if $(T),$(foreach s,$(SUITES),$(if $(findstring $(T),$(s)),$(s))),$(SUITES)); do \
	    $$suite || failed="$$failed $$suite"; done; \
	if [ -n "$$failed" ]; then echo "failed:$$failed"; exit 1; fi

end-to-end: $(BUILD)/polynic $(BUILD)/make-sample firmware mpi validate-programs ## run the built program as a user would
	@failed=; for script in $(wildcard tests/end_to_end/*.sh); do \
	    echo "== $$script"; POLYNIC=$(BUILD)/polynic sh $$script || failed="$$failed $$script"; done; \
	if [ -n "$$failed" ]; then echo "failed:$$failed"; exit 1; fi

BENCHES := $(patsubst tests/bench/bench_%.c,$(BUILD)/bench/%,$(wildcard tests/bench/bench_*.c))

$(BUILD)/bench/%: $(BUILD)/obj/tests/bench/bench_%.o $(call helpers,bench) $(BUILD)/libpolynic.a
	@mkdir -p $(@D)
	$(call make_quiet,LD)$(CC) -o $@ $^ $(LDLIBS)

# Beside DPDK's hash where libdpdk-dev is installed; its headers don't keep to our warnings.
$(BUILD)/obj/tests/bench/bench_hash.o: CFLAGS += $(patsubst -I%,-isystem %,$(shell pkg-config --exists libdpdk 2>/dev/null && \
    printf '%s ' -DHAVE_DPDK -Wno-error && pkg-config --cflags libdpdk))

# Programs for `polynic exec`.
PROGRAMS := $(addprefix $(BUILD)/firmware/,sieve.elf copy.elf divide.elf)

$(PROGRAMS): $(BUILD)/firmware/%.elf: tests/firmware/%.c tests/firmware/start.S tests/firmware/firmware.ld | $(SETUP)
	@mkdir -p $(@D)
	$(call make_quiet,RISCV)$(RISCV)gcc -march=rv32imc -mabi=ilp32 -O2 -ffreestanding -nostartfiles -nostdlib -Wl,--no-warn-rwx-segments \
	    -DROUNDS=300 -T tests/firmware/firmware.ld tests/firmware/start.S $< -lgcc -o $@

bench: $(BENCHES) $(PROGRAMS) $(BUILD)/polynic firmware ## measure the simulator's own speed: frames, instructions, events a second
	@for bench in $(BENCHES); do echo "== $$bench"; $$bench || exit 1; done
	@POLYNIC=$(BUILD)/polynic sh tests/bench/speed.sh

CAPTURE ?= traces/samples/upload.pcap
COPIES  ?= 8
LOOP    ?= 1
KEYS    ?=

capacity: $(BUILD)/polynic firmware ## highest rate of CAPTURE (COPIES of it, LOOP passes; KEYS of the card) without loss on 1, 2, 4, 8 processors
	@POLYNIC=$(BUILD)/polynic sh tests/bench/capacity.sh $(CAPTURE) $(COPIES) $(LOOP) $(KEYS)

# --- Validation -----------------------------------------------------------------------------------------

VALIDATE_PROGRAMS := $(addprefix $(BUILD)/validate/,port_ends dram_part core_rules cores.elf) $(BUILD)/tests/models/test_bridge_pcie \
                     $(patsubst %,$(BUILD)/validate/server-%.elf,constant exponential two-point)

validate: validate-programs ## hold results against reference figures; writes tests/validate/VALIDATION.md
	@POLYNIC=$(BUILD)/polynic PROGRAMS=$(BUILD)/validate SUITES=$(BUILD)/tests sh tests/validate/validate.sh tests/validate/VALIDATION.md

validate-programs: $(BUILD)/polynic firmware $(VALIDATE_PROGRAMS)

$(BUILD)/validate/%: $(BUILD)/obj/tests/validate/%.o $(BUILD)/libpolynic.a
	@mkdir -p $(@D)
	$(call make_quiet,LD)$(CC) -o $@ $(filter %.o,$^) $(filter %.a,$^) $(LDLIBS)

$(BUILD)/validate/core_rules: $(BUILD)/obj/tests/validate/core_program.o

# server-SERVICE.elf: a server whose service times are distributed so.
$(BUILD)/validate/server-%.elf: tests/validate/server.c stacks/hardware.h | $(SETUP)
	@mkdir -p $(@D)
	$(call make_quiet,RISCV)$(RISCV)gcc -march=rv32imc -mabi=ilp32 -O2 -Wall -Wextra -Werror -ffreestanding -nostdlib \
	    -nostartfiles -I. -DSERVICE=$(shell echo $* | tr a-z- A-Z_) -Wl,-n,-Ttext=0x10000000,--no-warn-rwx-segments,--no-relax \
	    -o $@ $<

$(BUILD)/validate/cores.elf: tests/validate/cores.S | $(SETUP)
	@mkdir -p $(@D)
	$(call make_quiet,RISCV)$(RISCV)gcc -march=rv32imc_zicsr_zifencei -mabi=ilp32 -nostdlib -nostartfiles \
	    -Wl,-Ttext=0x10000,--no-relax,--no-warn-rwx-segments -o $@ $<

reference: $(BUILD)/polynic ## write scenarios/REFERENCE.md from the tables of the program
	$(BUILD)/polynic describe --markdown >scenarios/REFERENCE.md

layers: ## fail on an include that the layers forbid
	@sh tests/layers.sh

asan: ## run the Check suites under the address and undefined-behaviour sanitizers
	$(MAKE) BUILD=$(BUILD)/asan LWIP_DIR=$(abspath $(LWIP_DIR)) OPTIMISE="-O1 -g" SANITIZE="-fsanitize=address,undefined -fno-sanitize-recover=undefined" unit

format: ## format our C with clang-format
	clang-format -i $(wildcard */*.c */*.h */*/*.c */*/*.h)

PREFIX ?= /usr/local
install: all ## install to PREFIX (default /usr/local)
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/share/polynic/firmware \
	    $(DESTDIR)$(PREFIX)/share/polynic/traces/samples
	install $(BUILD)/polynic $(DESTDIR)$(PREFIX)/bin
	if [ -e $(BUILD)/polynic-mpi.so ]; then \
	    install -D $(BUILD)/polynic-mpi.so $(DESTDIR)$(PREFIX)/lib/polynic/polynic-mpi.so; fi
	install -m 644 $(STACK_IMAGES:%=$(BUILD)/firmware/%.elf) $(EXAMPLES) $(BUILD)/firmware/hash-toeplitz.elf stacks/hardware.h stacks/hash_unit.h $(DESTDIR)$(PREFIX)/share/polynic/firmware
	install -m 644 $(wildcard traces/samples/*.pcap) $(DESTDIR)$(PREFIX)/share/polynic/traces/samples
	cp -r scenarios $(DESTDIR)$(PREFIX)/share/polynic

clean: ## remove what was built, keep what was downloaded
	rm -rf $(BUILD)/obj $(BUILD)/tests $(BUILD)/validate $(BUILD)/bench $(BUILD)/firmware $(BUILD)/asan $(BUILD)/polynic $(BUILD)/*.a

distclean: ## remove everything under build/
	rm -rf $(BUILD)

-include $(wildcard $(BUILD)/obj/*/*.d $(BUILD)/obj/*/*/*.d)
-include $(wildcard $(BUILD)/firmware/*/*/*/*.d $(BUILD)/firmware/*/*/*/*/*.d $(BUILD)/native/*/*.d $(BUILD)/native/*/*/*.d $(BUILD)/native/*/*/*/*.d)
