/* hash_unit.h - what a hash program sees: the small core inside the receive dispatch. A program needs no other file of
 * polynic's. stacks/HASH_PROGRAMS.md tells how to write one; stacks/firmware/hash_toeplitz.c is an example.
 *
 * Memory      HASH_LOCAL_BASE   local memory: the image, data, stack; as large as the dispatch's program_memory. Its last
 *                               HASH_AREA_BYTES are the hardware's: there it writes what it tells of a frame.
 *             HASH_REGISTERS    device registers: aligned 32-bit accesses only. Anything else outside faults.
 *
 * Cycle       for (;;) {
 *                 const struct hash_frame *frame = (void *)*HASH_NEXT;   waits until a frame enters the dispatch
 *                 *HASH_RESULT = function(frame->input, ...);            the frame goes on
 *             }
 *
 * Timing      of the frame: from the load of HASH_NEXT to the store of HASH_RESULT, beside what parser and table take.
 *             Of the dispatch: the next frame that needs the program enters when it loads HASH_NEXT again.
 *             A load of HASH_NEXT or HASH_HEADER takes one more cycle for each word that the hardware writes.
 *
 * All registers of the core are 0 at the start, the stack pointer too; execution begins at the ELF's entry.
 */
#ifndef STACKS_HASH_UNIT_H
#define STACKS_HASH_UNIT_H

#include <stdint.h>

#define HASH_LOCAL_BASE     0x10000000u
#define HASH_UNIT_REGISTERS 0x20000000u

enum hash_register { /* offset from HASH_UNIT_REGISTERS. R: load, W: store */
    HASH_NEXT = 0x00,      /* R  address of a struct hash_frame: of the next frame */
    HASH_HEADER = 0x04,    /* R  address of the frame's first bytes, HASH_HEADER_BYTES at most */
    HASH_RESULT = 0x08,    /* W  the hash; the first store for a frame counts */
    HASH_LOCAL_BYTES = 0x0c, /* R  local memory */
    HASH_KEY_BYTES = 0x10, /* R  of the dispatch's key */
    HASH_KEY = 0x40,       /* R  the key, 13 words: byte 0 is the lowest of the first */
};

enum {
    HASH_AREA_BYTES = 256,
    HASH_HEADER_BYTES = 128,
    HASH_INPUT_BYTES = 64,
};

struct hash_frame {
    uint16_t bytes;            /* of the frame, without FCS */
    uint8_t input_bytes;       /* 1 .. HASH_INPUT_BYTES */
    uint8_t vlan_tags;
    uint8_t network_offset;    /* of the IP header, from the Ethernet header's first byte */
    uint8_t transport_offset;  /* of the TCP or UDP header; 0: none, or beyond 255 */
    uint8_t protocol;          /* IPPROTO_* */
    uint8_t is_fragment;
    uint8_t input[HASH_INPUT_BYTES]; /* what the built-in functions hash: the chosen fields, in network order */
};

#endif
