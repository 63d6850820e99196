/* mailbox.h - the part of a processor that other hardware writes to, on the card's bus.
 *
 *     PROCESSOR_MAILBOX(i) + 0x0000  RX         receive DMA engine: a frame's buffer is filled
 *                          + 0x1000  REQUEST    transmit dispatch: 64 bytes, a struct hw_message of the host
 *                          + 0x2000  TX_DONE    transmit DMA engine: a frame was read out
 *                          + 0x3000  HOST_DONE  host DMA engine: a transfer is finished
 *                          + 0x4000  CONSUMED   bridge: 4 bytes, the ring's consumed count (hw register)
 *                          + 0x5000  TX         a descriptor on its way to the transmit DMA engine
 *                          + 0x6000  HOST       a descriptor on its way to the host DMA engine
 *
 * A write of a request to a full queue is refused (BUS_ERROR) and may be tried again.
 */
#ifndef MODELS_MAILBOX_H
#define MODELS_MAILBOX_H

#include <stdint.h>

enum { MAILBOX_PROCESSORS = 256, PROCESSOR_MAILBOX_BYTES = 0x10000 };

#define PROCESSOR_MAILBOX_BASE 0x40000000ull
#define PROCESSOR_MAILBOX(i)                                                                       \
    (PROCESSOR_MAILBOX_BASE + (uint64_t)(i) * PROCESSOR_MAILBOX_BYTES)

enum processor_mailbox {
    PROCESSOR_MAILBOX_RX = 0x0000,
    PROCESSOR_MAILBOX_REQUEST = 0x1000,
    PROCESSOR_MAILBOX_TX_DONE = 0x2000,
    PROCESSOR_MAILBOX_HOST_DONE = 0x3000,
    PROCESSOR_MAILBOX_CONSUMED = 0x4000,
    PROCESSOR_MAILBOX_TX = 0x5000,
    PROCESSOR_MAILBOX_HOST = 0x6000,
};

#endif
