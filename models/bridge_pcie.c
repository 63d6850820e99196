/* bridge_pcie.c - the bridge with a PCI Express link: what waits for credits and tags, and completions. */
#include "models/bridge_inside.h"

/* --- Toward the host: TLPs in order, but writes pass reads that wait for a tag --------------------- */

static void send(struct bridge *bridge, GQueue *from, uint32_t bytes)
{
    struct outgoing *outgoing = g_queue_pop_head(from);

    outgoing->due_ps = pcie_send(&bridge->express.up, part_now(&bridge->part), PCIE_REQUEST_BYTES + bytes) +
                       bridge->latency_ps;
    bridge_leave(bridge, outgoing);
}

/* Counted once for each that waits. */
static void count_wait(uint64_t *waits, uint64_t *counted, const struct outgoing *outgoing)
{
    if (*counted == outgoing->number + 1)
        return;
    *counted = outgoing->number + 1;
    ++*waits;
}

void bridge_pcie_send(struct bridge *bridge)
{
    for (;;) {
        const struct outgoing *write = g_queue_peek_head(&bridge->express.writes);
        const struct outgoing *read = g_queue_peek_head(&bridge->express.reads);

        if (read && (!write || read->number < write->number)) {
            if (bridge->express.tags_used < bridge->tags) {
                bridge->express.tags_used++;
                bridge->express.tags_max = MAX(bridge->express.tags_max, bridge->express.tags_used);
                send(bridge, &bridge->express.reads, 0);
                continue;
            }
            count_wait(&bridge->express.tag_waits, &bridge->express.waited_read, read);
        }
        if (!write)
            return;
        if (bridge->express.posted_bytes + write->request.bytes > bridge->credits) {
            count_wait(&bridge->express.credit_waits, &bridge->express.waited_write, write);
            return;
        }
        bridge->express.posted_bytes += write->request.bytes;
        send(bridge, &bridge->express.writes, write->request.bytes);
    }
}

void bridge_pcie_enter(struct bridge *bridge, struct outgoing *outgoing)
{
    g_queue_push_tail(outgoing->read ? &bridge->express.reads : &bridge->express.writes, outgoing);
    bridge_pcie_send(bridge);
}

/* --- Completions ------------------------------------------------------------------------------------- */

static void append(struct piece **first, struct piece **last, struct piece *piece)
{
    piece->next = NULL;
    if (*first)
        (*last)->next = piece;
    else
        *first = piece;
    *last = piece;
}

/* Data that the root complex has: a completion leaves with its last piece. */
static void ready_event(void *owner)
{
    struct bridge *bridge = owner;
    uint64_t now_ps = part_now(&bridge->part);

    while (bridge->express.first && bridge->express.first->due_ps <= now_ps) {
        struct piece *piece = bridge->express.first;
        uint32_t bytes = piece->completion_bytes;

        bridge->express.first = piece->next;
        append(&bridge->express.gathered, &bridge->express.gathered_last, piece);
        if (!bytes)
            continue;
        uint64_t due_ps = pcie_send(&bridge->express.down, now_ps, PCIE_COMPLETION_BYTES + bytes) + bridge->latency_ps;

        while ((piece = bridge->express.gathered)) {
            bridge->express.gathered = piece->next;
            piece->due_ps = due_ps;
            bridge_come_back(bridge, piece);
        }
    }
    if (bridge->express.first)
        event_at(&bridge->express.ready, bridge->express.first->due_ps);
}

void bridge_pcie_read(struct bridge *bridge, struct piece *piece)
{
    piece->due_ps = part_now(&bridge->part) + bridge->root_latency_ps;
    append(&bridge->express.first, &bridge->express.last, piece);
    if (!event_pending(&bridge->express.ready))
        event_at(&bridge->express.ready, bridge->express.first->due_ps);
}

void bridge_pcie_arrived(struct bridge *bridge, const struct piece *piece)
{
    if (!piece->ends_request)
        return;
    bridge->express.tags_used--;
    bridge_pcie_send(bridge);
}

void bridge_pcie_init(struct bridge *bridge)
{
    event_init(&bridge->express.ready, &bridge->part, bridge, "completion", ready_event);
    g_queue_init(&bridge->express.writes);
    g_queue_init(&bridge->express.reads);
    if (bridge->link == BRIDGE_PCIE)
        bridge->express.up.bits_per_s = bridge->express.down.bits_per_s = pcie_tlp_bits_per_s(&bridge->pcie);
}
