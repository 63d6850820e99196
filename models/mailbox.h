/* mailbox.h - where a processor's queues are seen on the card's bus.
 *
 * Processor i answers at PROCESSOR_MAILBOX(i). Hardware writes what it hands to the processor, and reads
 * the descriptors that the processor posted; each is one burst without wait cycles. A write into a queue
 * that is full completes with BUS_ERROR.
 */
#ifndef MODELS_MAILBOX_H
#define MODELS_MAILBOX_H

#define PROCESSOR_MAILBOX(processor) (0x40000000ull + (uint64_t)(processor) * 0x10000)

enum processor_mailbox {
    PROCESSOR_MAILBOX_BYTES = 0x10000,
    PROCESSOR_MAILBOX_RX = 0x0000,        /* write: struct hw_rx */
    PROCESSOR_MAILBOX_REQUEST = 0x1000,   /* write: struct hw_message */
    PROCESSOR_MAILBOX_TX_DONE = 0x2000,   /* write: cookie, 4 bytes */
    PROCESSOR_MAILBOX_HOST_DONE = 0x3000, /* write: cookie, 4 bytes */
    PROCESSOR_MAILBOX_CONSUMED = 0x4000,  /* + 4 * host. write: the ring's consumed count, 4 bytes */
    PROCESSOR_MAILBOX_TX = 0x5000,        /* read: the oldest transmit descriptor, and its inline bytes */
    PROCESSOR_MAILBOX_HOST = 0x6000,      /* read: the oldest host descriptor, and its message */
};

#endif
