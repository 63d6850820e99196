# polynic: `make help` lists what can be made. Everything is built under build/.

CC        ?= gcc
BUILD     := build
PACKAGES  := glib-2.0 libpcap simgrid jansson
WARNINGS  := -Wall -Wextra -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes -Werror
OPTIMISE  ?= -O2 -g
SANITIZE  ?=
CFLAGS    := -std=gnu11 $(WARNINGS) $(OPTIMISE) $(SANITIZE) -D_GNU_SOURCE -I. $(shell pkg-config --cflags $(PACKAGES) 2>/dev/null)
LDLIBS    := $(SANITIZE) $(shell pkg-config --libs $(PACKAGES) 2>/dev/null) -lm -ldl -lpthread
CHECK_LIBS = $(shell pkg-config --libs check 2>/dev/null)

LIB_SOURCES  := $(filter-out sim/main.c,$(wildcard sim/*.c models/*.c traces/*.c analysis/*.c))
LIB_OBJECTS  := $(LIB_SOURCES:%.c=$(BUILD)/obj/%.o)
SUITES       := $(patsubst tests/%.c,$(BUILD)/tests/%,$(filter-out tests/stacks/%,$(wildcard tests/*/test_*.c)))
SUITES       += $(patsubst tests/%.c,$(BUILD)/tests/%,$(wildcard tests/stacks/test_*.c))

.PHONY: all help clean layers format unit suites
.SECONDARY:
.DELETE_ON_ERROR:

all: $(BUILD)/polynic ## build the simulator

help: ## list the targets
	@awk -F':.*## ' '/^[a-z][a-z-]*:.*## / { printf "make %-10s %s\n", $$1, $$2 }' Makefile

$(BUILD)/obj/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -MMD -MP -c -o $@ $<

$(BUILD)/libpolynic.a: $(LIB_OBJECTS)
	@rm -f $@
	ar rcs $@ $^

$(BUILD)/polynic: $(BUILD)/obj/sim/main.o $(BUILD)/libpolynic.a
	$(CC) -o $@ $^ $(LDLIBS)

$(BUILD)/tests/%: $(BUILD)/obj/tests/%.o $(BUILD)/obj/tests/runner.o $(BUILD)/libpolynic.a
	@mkdir -p $(@D)
	$(CC) -o $@ $^ $(CHECK_LIBS) $(LDLIBS)

suites: $(SUITES)

unit: $(SUITES) ## run the Check suites; T=bus runs the suites whose name holds "bus"
	@set -e; for suite in $(if $(T),$(foreach s,$(SUITES),$(if $(findstring $(T),$(s)),$(s))),$(SUITES)); do $$suite; done

clean: ## remove what was built (and keep what was downloaded)
	rm -rf $(BUILD)/obj $(BUILD)/tests $(BUILD)/polynic $(BUILD)/libpolynic.a

format: ## format our C with clang-format
	clang-format -i $(wildcard */*.c */*.h */*/*.c */*/*.h)

-include $(wildcard $(BUILD)/obj/*/*.d $(BUILD)/obj/*/*/*.d)

# Firmware
#
# The stack is built twice from the same sources: an image for the simulated processors, and a library of this
# machine for remote systems and tests. lwIP's sources come from LWIP_DIR and are compiled as they are.

LWIP_DIR      ?= $(BUILD)/lwip
RISCV         ?= riscv64-unknown-elf-
LWIP_SOURCES  := $(addprefix core/,def inet_chksum init ip mem memp netif pbuf stats tcp tcp_in tcp_out \
                 udp ipv4/etharp ipv4/icmp ipv4/ip4 ipv4/ip4_addr ipv4/ip4_frag) netif/ethernet
STACK_SOURCES := $(wildcard stacks/port/*.c stacks/session/*.c) stacks/runtime/heap.c stacks/runtime/console.c
STACK_INCLUDE := -I. -Istacks/port -isystem $(LWIP_DIR)/src/include
CONVERSIONS   := $(WARNINGS)

# The inlining limit is twice the default: 3 KB of code for 7 per cent fewer instructions a frame.
FIRMWARE_OPTIMISE ?= -O2 --param=max-inline-insns-auto=30
FIRMWARE_FLAGS := -std=gnu11 -march=rv32imc -mabi=ilp32 $(FIRMWARE_OPTIMISE) -flto -g -ffunction-sections -fdata-sections \
                  --specs=picolibc.specs -fno-common -fno-tree-loop-distribute-patterns -DLWIP_NOASSERT $(STACK_INCLUDE)
FIRMWARE_RUNTIME := stacks/runtime/kernel.c stacks/runtime/task.c stacks/runtime/trap.c
FIRMWARE_OBJECTS := $(patsubst %.c,$(BUILD)/firmware/obj/%.o,$(STACK_SOURCES) $(FIRMWARE_RUNTIME)) \
                    $(BUILD)/firmware/obj/stacks/runtime/start.o \
                    $(patsubst %,$(BUILD)/firmware/obj/lwip/%.o,$(LWIP_SOURCES))

# A copy of the library is an instance, so it is position independent; its calls stay inside (-Bsymbolic).
NATIVE_FLAGS   := -std=gnu11 -O2 -g -fPIC $(SANITIZE) -D_GNU_SOURCE $(STACK_INCLUDE)
NATIVE_OBJECTS := $(patsubst %.c,$(BUILD)/native/%.o,$(STACK_SOURCES) stacks/native.c) \
                  $(patsubst %,$(BUILD)/native/lwip/%.o,$(LWIP_SOURCES))

.PHONY: firmware
firmware: $(BUILD)/firmware/tcp4.elf ## build the images of the simulated processors

$(BUILD)/firmware/obj/%.o: %.c
	@mkdir -p $(@D)
	$(RISCV)gcc $(FIRMWARE_FLAGS) $(CONVERSIONS) -MMD -MP -c -o $@ $<

$(BUILD)/firmware/obj/%.o: %.S
	@mkdir -p $(@D)
	$(RISCV)gcc -march=rv32imc -mabi=ilp32 -g -c -o $@ $<

$(BUILD)/firmware/obj/lwip/%.o: $(LWIP_DIR)/src/%.c
	@mkdir -p $(@D)
	$(RISCV)gcc $(FIRMWARE_FLAGS) -w -MMD -MP -c -o $@ $<

$(BUILD)/firmware/%.elf: $(BUILD)/firmware/obj/stacks/firmware/%.o $(FIRMWARE_OBJECTS) stacks/firmware/local.ld
	$(RISCV)gcc $(FIRMWARE_FLAGS) -nostartfiles -T stacks/firmware/local.ld -Wl,--gc-sections -Wl,-Map=$@.map \
	    -o $@ $(filter %.o,$^)
	@$(RISCV)size $@

$(BUILD)/native/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(NATIVE_FLAGS) $(CONVERSIONS) -MMD -MP -c -o $@ $<

# lwIP keeps a pointer in the 20 bytes of a fragment's header, which 64-bit alignment does not allow there, and
# shifts option bytes into the sign.
comma := ,
$(BUILD)/native/lwip/%.o: $(LWIP_DIR)/src/%.c
	@mkdir -p $(@D)
	$(CC) $(NATIVE_FLAGS) $(if $(SANITIZE),-fno-sanitize=alignment$(comma)shift) -w -MMD -MP -c -o $@ $<

$(BUILD)/libstack-native.a: $(NATIVE_OBJECTS)
	@rm -f $@
	ar rcs $@ $^

$(BUILD)/libstack-native.so: $(NATIVE_OBJECTS)
	$(CC) -shared -Wl,-Bsymbolic $(SANITIZE) -o $@ $^

# An archive: the scheduler, which only its own test supplies with a platform, comes along where it is used.
$(BUILD)/libstack-test.a: $(patsubst %.c,$(BUILD)/native/%.o,$(filter-out tests/stacks/test_%,$(wildcard tests/stacks/*.c)) \
                          tests/runner.c stacks/runtime/task.c)
	@rm -f $@
	ar rcs $@ $^

$(BUILD)/tests/stacks/%: $(BUILD)/native/tests/stacks/%.o $(BUILD)/libstack-test.a $(BUILD)/libstack-native.a
	@mkdir -p $(@D)
	$(CC) $(SANITIZE) -o $@ $^ $(CHECK_LIBS) -lm -lpthread

# With the simulated core in the tree the same tests judge the image itself, and count what a frame costs.
ifneq ($(wildcard models/core.c),)
SUITES += $(addprefix $(BUILD)/tests/image/,test_tcp test_ip test_fuzz)
endif

$(BUILD)/obj/tests/stacks/core/core_stack.o: CFLAGS += -DIMAGE='"$(BUILD)/firmware/tcp4.elf"'

$(BUILD)/tests/image/%: $(BUILD)/native/tests/stacks/%.o $(BUILD)/obj/tests/stacks/core/core_stack.o \
                        $(BUILD)/libstack-test.a $(BUILD)/libpolynic.a | $(BUILD)/firmware/tcp4.elf
	@mkdir -p $(@D)
	$(CC) -o $@ $^ $(CHECK_LIBS) $(LDLIBS)

$(BUILD)/bench/stack_count: $(BUILD)/native/tests/stacks/core/count.o $(BUILD)/obj/tests/stacks/core/core_stack.o \
                            $(BUILD)/libstack-test.a $(BUILD)/libpolynic.a | $(BUILD)/firmware/tcp4.elf
	@mkdir -p $(@D)
	$(CC) -o $@ $^ $(CHECK_LIBS) $(LDLIBS)

$(BUILD)/tests/stacks/test_image: | $(BUILD)/firmware/tcp4.elf
$(BUILD)/native/tests/stacks/test_image.o: NATIVE_FLAGS += -DIMAGE='"$(BUILD)/firmware/tcp4.elf"'

-include $(wildcard $(BUILD)/firmware/obj/*/*/*.d $(BUILD)/firmware/obj/*/*/*/*.d $(BUILD)/native/*/*.d $(BUILD)/native/*/*/*.d $(BUILD)/native/*/*/*/*.d)
