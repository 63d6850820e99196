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
SUITES       := $(patsubst tests/%.c,$(BUILD)/tests/%,$(wildcard tests/*/test_*.c))

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
