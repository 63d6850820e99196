/* mock_hardware.h - the hardware of hardware.h as a C model without time, for tests of the native
 * stack.
 *
 * It keeps the rules that the real hardware relies on, and fails the test when the stack breaks
 * one: a buffer is given back once and not while something reads it; a transmit buffer isn't filled
 * while a posted frame reads it; descriptors stay inside the portion; messages are numbered and use
 * free slots only.
 *
 * A test forks, so each has a fresh stack. Frames that the stack sends and messages for the host
 * are recorded in order.
 */
#ifndef TESTS_STACKS_MOCK_HARDWARE_H
#define TESTS_STACKS_MOCK_HARDWARE_H

#include "stacks/native.h"

#include <check.h>
#include <stddef.h>

enum { MOCK_QUEUE = 16 }; /* completions that a queue may owe */

enum { MOCK_FRAME_BYTES = 65536 + 64, MOCK_RECORDS = 8192, MOCK_HOST_BYTES = 4 << 20 };

struct mock_frame {
    uint8_t *bytes; /* from the Ethernet header on, checksums inserted */
    uint32_t length;
    uint16_t destination;
    uint16_t flags;
    uint32_t segments;
};

struct mock_message {
    struct hw_message message;
    uint8_t *payload; /* message.bytes bytes */
};

struct mock {
    /* set before mock_start(); defaults by mock_defaults() */
    uint32_t id, processors, ports, features, mtu, address4;
    uint32_t rx_buffers, rx_buffer_bytes, tx_buffers, tx_buffer_bytes;
    uint32_t ring_slots, ring_slot_bytes, heap_bytes;
    uint64_t time_us;

    /* may be set at any time */
    bool hold_tx;    /* frames aren't read out */
    bool hold_host;  /* transfers don't finish */
    bool hold_slots; /* the driver frees no slots */
    uint8_t owner;   /* what HW_OWNER answers */

    /* what happened */
    struct mock_frame frames[MOCK_RECORDS];
    unsigned frame_count, frame_next; /* frame_next: for mock_next_frame() */
    struct mock_message messages[MOCK_RECORDS];
    unsigned message_count, message_next;
    uint32_t fates[HW_FATES];
    uint32_t heap_failures, sessions_lost, fetched_again, rx_no_buffer;
    uint32_t owner_asked, claimed, released;
    uint8_t claims_go_to; /* what HW_CLAIM answers */
    struct hw_flow flow; /* last asked */
    /* host memory, MOCK_HOST_BYTES from host address 0x200000000 on; the ring is at its end */
    uint8_t *host;
    char console[256];
};

#define MOCK_HOST_HIGH 2u

extern struct mock mock;

void mock_defaults(void);
void mock_start(void);

/* A frame comes in by port; flags: checksums as verified unless forced with HW_RX_* bits in flags.
 * Returns false if no receive buffer was free. Call mock_run() for the stack to see it. */
bool mock_frame(uint8_t port, const void *bytes, uint32_t length, uint8_t flags);

void mock_request(const struct hw_message *message);

/* Lets stack and hardware work until both are idle. */
void mock_run(void);

/* Time passes, with the stack called whenever it asked for it. */
void mock_wait_ms(uint32_t ms);

/* The next frame, message that has not been looked at, or NULL. */
const struct mock_frame *mock_next_frame(void);
const struct mock_message *mock_next_message(void);
void mock_skip(void);   /* looks at all */
void mock_forget(void); /* forgets all, so that there is room for more */

/* All receive and transmit buffers are back, and nothing is under way. */
void mock_expect_idle(void);

/* For a stack that brings local memory of its own instead of the heap that it was given
 * (core/core_stack.c). */
void mock_local(uint8_t *memory, uint32_t bytes);
uint32_t mock_timer_in_us(void); /* until HW_PENDING_TIMER; UINT32_MAX: never */

uint32_t mock_rx_free(void);
uint16_t mock_checksum(const void *bytes, uint32_t length,
                       uint32_t sum); /* complement of the sum, as in a header */

#endif
