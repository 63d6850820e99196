/* host_dma.h - the host DMA engine: the second DMA, between packet memory and host memory, and messages.
 *
 * Models     serves the processors' host queues in turn. Fetches the descriptor with its message from the
 *            processor's mailbox; then
 *              WRITE    reads packet memory in bursts, writes host memory through the host bus interface
 *                       (posted), then the message into its slot of the processor's ring, then tells the host;
 *              READ     orders the interface to read host memory and to write packet memory;
 *              MESSAGE  the message alone;
 *            and writes the completion's cookie to the mailbox, in the order of posting. With several hosts, each with
 *            an interface of its own, a write to one that has no room doesn't hold up writes to another.
 * Leaves out scatter lists.
 *
 * Timing     in cycles of the bus. A descriptor is fetched setup cycles after it was posted, or after the fetch
 *            before it has finished, or after one of the `jobs` under way has. Packet memory is read as soon as
 *            the descriptor is known; what is written to a host is written in the order of descriptors, chunk
 *            by chunk of a burst, each when the interface has room. A READ that waits for the host holds up the
 *            completions behind it, but not what is written:
 *
 *                post   + setup       fetch done       last chunk read    last chunk entered   message entered
 *                       fetch asked   reads asked      writes begin       message asked        cookie asked
 *
 *            Without a message the cookie is asked when the last chunk has entered: a WRITE's buffer may be used
 *            again then. The frame's data is "in host" when the interface has written it.
 *
 * Errors     a READ of a host address without memory is counted as failed and completes. A WRITE to one completes as
 *            any other; the interface, which finds out later, counts what it lost (bridge.h).
 */
#ifndef MODELS_HOST_DMA_H
#define MODELS_HOST_DMA_H

#include "models/bridge.h"
#include "models/burst.h"
#include "models/frame.h"
#include "models/turn.h"
#include "stacks/hardware.h"

struct processor;
struct host_job;

struct host_dma {
    struct part part;
    /* parameters */
    struct part *bus_part;
    struct part_list bridge_list, processor_list;
    uint64_t outstanding, jobs, setup_cycles;
    char *chip;
    /* state */
    struct burst_engine engine;
    struct turn turn; /* of the processors with descriptors */
    bool fetching;
    struct event begin;
    struct host_job *first, *last, *spare; /* in the order of their fetches */
    unsigned under_way;
    struct host_job *writing[HW_MAX_HOSTS]; /* the one that writes to that host; NULL: none */
    struct {
        uint64_t writes, written_bytes, reads, read_bytes, messages, room_waits, failed;
    } stats;
};

extern const struct part_kind host_dma_kind;

/* A processor has posted a descriptor. */
void host_dma_ring(struct host_dma *dma, struct processor *processor);

unsigned host_dma_pending(const struct host_dma *dma);

#endif
