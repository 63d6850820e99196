/* lookup.c - finding a connection: along lwIP's list of all, or, with HW_FEATURE_LOOKUP_HASH, along the list of one bucket.
 *
 * lwIP looks for the connection of a segment in tcp_active_pcbs, then in tcp_tw_pcbs, and puts new ones there. With buckets
 * each has two lists of its own, and before lwIP works for a connection, the two variables are those of its bucket:
 *
 *     selected   a bucket's lists are in lwIP's variables; what lwIP changes there is taken back when another is selected
 *     joined     all are in one list each: for timers, and for whoever walks all of them, as lwIP expects
 *
 * lwIP stays as it is. Joining and parting cost a walk along all connections, as the timers do, four times a second.
 */
#include "stacks/port/port.h"

#include "stacks/runtime/heap.h"

#include "lwip/priv/tcp_priv.h"

#if LWIP_TCP

enum { BUCKETS = 256, NONE = -1, JOINED = -2 };

static struct bucket {
    struct tcp_pcb *active, *time_wait;
} *buckets; /* NULL: lwIP's lists are all that there is */

static int selected = NONE;
static unsigned joins; /* nested */

void port_lookup_start(void)
{
    if (port_card.features & HW_FEATURE_LOOKUP_HASH)
        buckets = heap_alloc_zeroed(BUCKETS * sizeof *buckets); /* without memory: as a list */
}

/* The addresses' words, and both ports, the remote's in the low half. */
static unsigned bucket_of(uint32_t remote, uint32_t local, uint32_t ports)
{
    uint32_t hash = (remote ^ local << 16 ^ local >> 16) * 0x9e3779b1u + ports * 0x85ebca6bu;

    return (hash ^ hash >> 15) >> 8 & (BUCKETS - 1);
}

static uint32_t fold(const uint32_t *words, uint8_t ip_version)
{
    return ip_version == 6 ? words[0] ^ words[1] ^ words[2] ^ words[3] : words[0];
}

static unsigned bucket_of_pcb(const struct tcp_pcb *pcb)
{
    uint32_t ports = pcb->remote_port | (uint32_t)pcb->local_port << 16;

#if LWIP_IPV6
    if (IP_IS_V6_VAL(pcb->remote_ip))
        return bucket_of(fold(ip_2_ip6(&pcb->remote_ip)->addr, 6), fold(ip_2_ip6(&pcb->local_ip)->addr, 6), ports);
#endif
    return bucket_of(ip4_addr_get_u32(ip_2_ip4(&pcb->remote_ip)), ip4_addr_get_u32(ip_2_ip4(&pcb->local_ip)), ports);
}

/* What is selected goes back to its bucket. */
static void put_back(void)
{
    if (selected >= 0) {
        buckets[selected].active = tcp_active_pcbs;
        buckets[selected].time_wait = tcp_tw_pcbs;
    }
    selected = NONE;
}

static void select_bucket(unsigned number)
{
    if (selected == (int)number || selected == JOINED)
        return;
    put_back();
    tcp_active_pcbs = buckets[number].active;
    tcp_tw_pcbs = buckets[number].time_wait;
    selected = (int)number;
}

void port_lookup_segment(uint8_t ip_version, const uint32_t *source, const uint32_t *destination, uint16_t source_port,
                         uint16_t destination_port)
{
    if (buckets)
        select_bucket(bucket_of(fold(source, ip_version), fold(destination, ip_version),
                                source_port | (uint32_t)destination_port << 16));
}

void port_lookup_connection(const struct tcp_pcb *pcb)
{
    if (buckets)
        select_bucket(bucket_of_pcb(pcb));
}

static void append(struct tcp_pcb ***end, struct tcp_pcb *list)
{
    **end = list;
    while (**end)
        *end = &(**end)->next;
}

void port_lookup_join(void)
{
    if (!buckets || joins++)
        return;
    struct tcp_pcb *active = NULL, *time_wait = NULL, **active_end = &active, **time_wait_end = &time_wait;

    put_back();
    for (unsigned i = 0; i < BUCKETS; i++) {
        append(&active_end, buckets[i].active);
        append(&time_wait_end, buckets[i].time_wait);
    }
    tcp_active_pcbs = active;
    tcp_tw_pcbs = time_wait;
    selected = JOINED;
}

/* Each to its bucket, the last one first, so that the order within a bucket stays. */
static struct tcp_pcb *reversed(struct tcp_pcb *list)
{
    struct tcp_pcb *result = NULL;

    while (list) {
        struct tcp_pcb *next = list->next;

        list->next = result;
        result = list;
        list = next;
    }
    return result;
}

void port_lookup_part(void)
{
    if (!buckets || --joins)
        return;
    struct tcp_pcb *active = reversed(tcp_active_pcbs), *time_wait = reversed(tcp_tw_pcbs), *next;

    for (unsigned i = 0; i < BUCKETS; i++)
        buckets[i] = (struct bucket){NULL, NULL};
    for (; active; active = next) {
        struct bucket *bucket = &buckets[bucket_of_pcb(active)];

        next = active->next;
        active->next = bucket->active;
        bucket->active = active;
    }
    for (; time_wait; time_wait = next) {
        struct bucket *bucket = &buckets[bucket_of_pcb(time_wait)];

        next = time_wait->next;
        time_wait->next = bucket->time_wait;
        bucket->time_wait = time_wait;
    }
    tcp_active_pcbs = tcp_tw_pcbs = NULL;
    selected = NONE;
}

#endif
