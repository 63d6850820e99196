/* kept.c - retransmit = host: what was sent stays with the host until it is acknowledged, and is fetched again if it
 * must be sent again. So a buffer of packet memory serves while its frame waits to leave, not for a round trip, and
 * more can be under way than packet memory holds.
 *
 * A record (struct tx_buffer) stands for a piece of a SEND until it is acknowledged; there are RECORDS_A_BUFFER for
 * each buffer. lwIP knows a piece by the record's own addresses, at which there is no memory; transmit() finds the
 * buffer. So a piece may come back in another buffer, and lwIP knows nothing of it.
 *
 *     holder[buffer] -> record         record.address -> buffer (0: none)
 *
 * Pieces that come back have buffers that nothing else takes, so that they can always come back: only a frame that
 * waits to leave holds one, or a piece that is given up at once if the window doesn't let it go.
 *
 * What reads payload in local memory instead of sending it: lwIP's persist timer, which sends a byte of the first
 * piece that waits for a closed window, or cuts that piece to the size of a small one. Before it does, the piece is
 * fetched, stays, and is named by its address in packet memory. A probe waits while less than half of the buffers are
 * free. Checksums of TCP must be the hardware's.
 */
#include "stacks/port/port.h"
#include "stacks/runtime/heap.h"

#include "lwip/priv/tcp_priv.h"

enum {
    RECORDS_A_BUFFER = 8,
    HEAP_SHARE = 16, /* at most that part of the heap for records */
    COMING_BACK = 8, /* one of so many buffers is for pieces that come back */
};

struct port_kept port_kept;

static struct tx_source *sources;
static uint16_t *buffers, *spare; /* free buffers: for whatever comes, and for what comes back */
static uint32_t buffers_free, spare_size, records_free;
uint32_t port_kept_spare;

uint32_t port_kept_records(void)
{
    static uint32_t records;
    uint32_t each = (uint32_t)(sizeof(struct tx_buffer) + sizeof *sources);
    uint32_t most = (uint32_t)heap_statistics.free_bytes / HEAP_SHARE / each;

    if (records)
        return records;
    if (most > (1u << HAL_KEPT_SHIFT) >> port_kept.shift)
        most = (1u << HAL_KEPT_SHIFT) >> port_kept.shift;
    if (most > UINT16_MAX)
        most = UINT16_MAX;
    records = port_card.tx_buffers * RECORDS_A_BUFFER;
    if (records > most)
        records = most > port_card.tx_buffers ? most : port_card.tx_buffers;
    return records;
}

/* Before the records themselves: every one of them is given back. */
void port_kept_start(void)
{
    uint32_t all = port_card.tx_buffers;

    if (!LWIP_TCP || !(port_card.features & HW_FEATURE_RETRANSMIT_HOST) || all < 2)
        return;
    while ((1u << port_kept.shift) <= port_card.tx_buffer_bytes) /* larger: two pieces never touch */
        port_kept.shift++;
    sources = heap_alloc_zeroed(port_kept_records() * sizeof *sources);
    port_kept.holder = heap_alloc_zeroed(all * sizeof *port_kept.holder);
    buffers = heap_alloc_zeroed(all * sizeof *buffers);
    spare_size = (all + COMING_BACK - 1) / COMING_BACK;
    spare = heap_alloc_zeroed(spare_size * sizeof *spare);
    for (uint32_t i = 0; i < all; i++) {
        if (port_kept_spare < spare_size)
            spare[port_kept_spare++] = (uint16_t)i;
        else
            buffers[buffers_free++] = (uint16_t)i;
    }
    port_card.tx_buffers -= spare_size; /* what the others may count on */
    port_kept.on = true;
}

static void count(void)
{
    port_tx_free = buffers_free < records_free ? buffers_free : records_free;
}

static void give(struct tx_buffer *tx, uint32_t buffer)
{
    tx->address = port_card.tx_base + buffer * port_card.tx_buffer_bytes;
    port_kept.holder[buffer] = (uint16_t)port_tx_index(tx);
}

static void take_away(struct tx_buffer *tx)
{
    uint16_t buffer = (uint16_t)((tx->address - port_card.tx_base) / port_card.tx_buffer_bytes);

    if (port_kept_spare < spare_size)
        spare[port_kept_spare++] = buffer;
    else
        buffers[buffers_free++] = buffer;
    tx->address = 0;
}

bool port_kept_take(struct tx_buffer *tx)
{
    if (!buffers_free)
        return false;
    give(tx, buffers[--buffers_free]);
    records_free--;
    tx->stays = 0;
    tx->state = TX_FETCHING;
    count();
    return true;
}

void port_kept_give_back(struct tx_buffer *tx)
{
    if (tx->address)
        take_away(tx);
    records_free++;
    count();
}

bool port_kept_attach(struct tx_buffer *tx)
{
    if (buffers_free)
        give(tx, buffers[--buffers_free]);
    else if (port_kept_spare && !tx->stays)
        give(tx, spare[--port_kept_spare]);
    else
        return false;
    count();
    return true;
}

void port_kept_leave(struct tx_buffer *tx)
{
    take_away(tx);
    tx->state = TX_AT_HOST;
    count();
}

struct tx_source *port_kept_source(const struct tx_buffer *tx)
{
    return &sources[port_tx_index(tx)];
}

void *port_tx_payload(const struct tx_buffer *tx)
{
    return hal_pointer(port_kept.on ? HAL_KEPT + (port_tx_index(tx) << port_kept.shift) : tx->address);
}

#if LWIP_TCP
/* The pieces of the connection's first segment stay. False: some are not in packet memory. */
static bool stay(struct tcp_seg *segment)
{
    bool all = true;

    for (struct pbuf *p = segment->p; p; p = p->next) {
        uint32_t address = hal_address(p->payload);

        if (address < HAL_KEPT)
            continue;
        struct tx_buffer *tx = port_tx_at((address - HAL_KEPT) >> port_kept.shift);

        if (tx->state == TX_WRITTEN && (tx->stays || port_tx_free > port_card.tx_buffers / 2)) {
            tx->stays = 1;
            p->payload = hal_pointer(tx->address + (address & ((1u << port_kept.shift) - 1)));
            continue;
        }
        all = false;
        if (tx->state == TX_AT_HOST && port_tx_free > port_card.tx_buffers / 2) {
            tx->stays = 1;
            port_fetch_again(tx);
        }
    }
    return all;
}

void port_kept_before_timers(void)
{
    for (struct tcp_pcb *pcb = tcp_active_pcbs; pcb; pcb = pcb->next)
        if (pcb->persist_backoff && pcb->unsent && !stay(pcb->unsent))
            pcb->persist_cnt = 0;
}
#endif
