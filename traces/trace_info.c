#include "traces/trace_info.h"

#include "traces/flow_key.h"
#include "traces/packet.h"

#include <netinet/in.h>
#include <string.h>

enum { HEAD_BYTES = 14 }; /* of a frame: all that card_side_direction() reads of it */

struct conversation {
    struct flow_key key;
    bool fin[2], has_syn, has_answer, has_reset, is_open;
    uint32_t sequence; /* of the SYN */
};

struct early_frame { /* waits for the decision which side is the card's */
    struct packet packet;
    uint8_t head[HEAD_BYTES];
    uint32_t wire_bytes;
};

struct trace_info {
    struct trace_counts counts;
    struct card_side *side;
    GArray *early; /* struct early_frame; NULL once decided */
    GHashTable *conversations;
    uint64_t open;
    int64_t first_ns, last_ns, previous_ns;
};

#define FIGURE(field)                                                                              \
    {                                                                                              \
#field, offsetof(struct trace_counts, field)                                               \
    }
#define DIRECTION(word, way)                                                                       \
    {word "_frames", offsetof(struct trace_counts, direction[way].frames)},                        \
        {word "_frame_bytes", offsetof(struct trace_counts, direction[way].frame_bytes)},          \
    {                                                                                              \
        word "_payload_bytes", offsetof(struct trace_counts, direction[way].payload_bytes)         \
    }

const struct trace_figure trace_figures[] = {
    FIGURE(frames),
    FIGURE(captured_bytes),
    FIGURE(wire_bytes),
    FIGURE(line_bytes),
    FIGURE(duration_ns),
    FIGURE(stamps_equal),
    FIGURE(stamps_backward),
    FIGURE(largest_gap_ns),
    FIGURE(long_gaps),
    {"frames_to_64_bytes", offsetof(struct trace_counts, sizes[0])},
    {"frames_to_128_bytes", offsetof(struct trace_counts, sizes[1])},
    {"frames_to_256_bytes", offsetof(struct trace_counts, sizes[2])},
    {"frames_to_512_bytes", offsetof(struct trace_counts, sizes[3])},
    {"frames_to_1024_bytes", offsetof(struct trace_counts, sizes[4])},
    {"frames_to_1518_bytes", offsetof(struct trace_counts, sizes[5])},
    {"frames_above_1518_bytes", offsetof(struct trace_counts, sizes[6])},
    FIGURE(ipv4),
    FIGURE(ipv6),
    FIGURE(arp),
    FIGURE(other_network),
    FIGURE(vlan_tagged),
    FIGURE(vlan_stacked),
    FIGURE(tcp),
    FIGURE(udp),
    FIGURE(icmp),
    FIGURE(other_transport),
    FIGURE(fragments),
    FIGURE(malformed),
    FIGURE(cut_frames),
    FIGURE(cut_headers),
    FIGURE(bad_checksums),
    FIGURE(merged_segments),
    FIGURE(oversized_others),
    FIGURE(connections),
    FIGURE(connections_syn),
    FIGURE(connections_midstream),
    FIGURE(connections_answered),
    FIGURE(connections_closed),
    FIGURE(connections_reset),
    FIGURE(most_open),
    FIGURE(udp_conversations),
    DIRECTION("to_card", TO_CARD),
    DIRECTION("from_card", FROM_CARD),
    DIRECTION("neither", NEITHER),
    {NULL, 0},
};

struct trace_info *trace_info_new(struct card_side *side)
{
    struct trace_info *info = g_new0(struct trace_info, 1);
    info->side = side;
    info->early = g_array_new(FALSE, FALSE, sizeof(struct early_frame));
    info->conversations = g_hash_table_new_full(flow_key_hash, flow_key_equal, g_free, NULL);
    return info;
}

void trace_info_free(struct trace_info *info)
{
    if (info == NULL)
        return;
    if (info->early != NULL)
        g_array_free(info->early, TRUE);
    g_hash_table_destroy(info->conversations);
    g_free(info);
}

const struct trace_counts *trace_info_counts(const struct trace_info *info)
{
    return &info->counts;
}

int64_t trace_info_first_ns(const struct trace_info *info)
{
    return info->first_ns;
}

uint64_t trace_rate_milli(uint64_t count, uint64_t duration_ns)
{
    if (duration_ns == 0)
        return 0;
    unsigned __int128 rate = (unsigned __int128)count * 1000000000000u / duration_ns;
    return rate > UINT64_MAX ? UINT64_MAX : (uint64_t)rate;
}

/* The difference as unsigned: stamps of a hostile file lie further apart than int64_t can tell. */
static uint64_t ns_between(int64_t earlier, int64_t later)
{
    return (uint64_t)later - (uint64_t)earlier;
}

static void count_time(struct trace_info *info, int64_t time_ns)
{
    struct trace_counts *counts = &info->counts;
    if (counts->frames == 1) {
        info->first_ns = info->last_ns = time_ns;
    } else if (time_ns == info->previous_ns) {
        counts->stamps_equal++;
    } else if (time_ns < info->previous_ns) {
        counts->stamps_backward++;
    } else {
        uint64_t gap_ns = ns_between(info->previous_ns, time_ns);
        if (gap_ns > counts->largest_gap_ns)
            counts->largest_gap_ns = gap_ns;
        if (gap_ns > TRACE_LONG_GAP_S * UINT64_C(1000000000))
            counts->long_gaps++;
    }
    if (time_ns < info->first_ns)
        info->first_ns = time_ns;
    if (time_ns > info->last_ns)
        info->last_ns = time_ns;
    info->previous_ns = time_ns;
    counts->duration_ns = ns_between(info->first_ns, info->last_ns);
}

static void count_size(struct trace_counts *counts, const struct capture_frame *frame)
{
    static const uint32_t limits[TRACE_SIZE_CLASSES] = {64, 128, 256, 512, 1024, 1518, UINT32_MAX};
    uint32_t bytes = frame->wire_bytes;
    unsigned size_class = 0;
    while (bytes > limits[size_class])
        size_class++;
    counts->sizes[size_class]++;
    counts->captured_bytes += frame->captured_bytes;
    counts->wire_bytes += bytes;
    counts->line_bytes += (bytes < TRACE_LEAST_FRAME_BYTES ? TRACE_LEAST_FRAME_BYTES : bytes) +
                          TRACE_LINE_OVERHEAD_BYTES;
    counts->cut_frames += frame->captured_bytes < bytes;
}

static void count_protocols(struct trace_counts *counts, const struct packet *packet)
{
    bool is_ip = packet->network == PACKET_IPV4 || packet->network == PACKET_IPV6;
    counts->ipv4 += packet->network == PACKET_IPV4;
    counts->ipv6 += packet->network == PACKET_IPV6;
    counts->arp += packet->network == PACKET_ARP;
    counts->other_network += packet->network == PACKET_OTHER;
    counts->vlan_tagged += packet->vlan_tags > 0;
    counts->vlan_stacked += packet->vlan_tags > 1;
    counts->malformed += packet->malformed;
    counts->cut_headers += packet->cut;
    if (!is_ip)
        return;
    counts->bad_checksums += !packet_checksums_good(packet);
    counts->fragments += packet->is_fragment;
    if (packet->protocol == IPPROTO_TCP)
        counts->tcp++;
    else if (packet->protocol == IPPROTO_UDP)
        counts->udp++;
    else if (packet->protocol == (packet->network == PACKET_IPV4 ? IPPROTO_ICMP : IPPROTO_ICMPV6))
        counts->icmp++;
    else
        counts->other_transport++;
    if (packet->datagram_bytes > TRACE_MTU_BYTES) {
        counts->merged_segments += packet->protocol == IPPROTO_TCP;
        counts->oversized_others += packet->protocol != IPPROTO_TCP;
    }
}

static void connection_opens(struct trace_info *info, struct conversation *conversation)
{
    memset(conversation->fin, 0, sizeof conversation->fin);
    conversation->has_syn = conversation->has_answer = conversation->has_reset = false;
    conversation->is_open = true;
    info->counts.connections++;
    info->counts.connections_midstream++; /* until a SYN is seen */
    info->open++;
    if (info->open > info->counts.most_open)
        info->counts.most_open = info->open;
}

static void connection_ends(struct trace_info *info, struct conversation *conversation)
{
    info->open -= conversation->is_open;
    conversation->is_open = false;
}

/* sender: which end of the key sent it. */
static void count_segment(struct trace_info *info, struct conversation *conversation,
                          const struct packet *packet, unsigned sender, bool is_new)
{
    struct trace_counts *counts = &info->counts;
    bool is_syn = (packet->tcp_flags & (PACKET_SYN | PACKET_ACK)) == PACKET_SYN;
    bool is_answer = (packet->tcp_flags & (PACKET_SYN | PACKET_ACK)) == (PACKET_SYN | PACKET_ACK);
    /* A SYN with another number after the end is a new connection with the same ports. */
    if (is_new || (is_syn && !conversation->is_open && packet->sequence != conversation->sequence))
        connection_opens(info, conversation);
    if (is_syn && !conversation->has_syn) {
        conversation->has_syn = true;
        conversation->sequence = packet->sequence;
        counts->connections_syn++;
        counts->connections_midstream--;
    }
    if (is_answer && !conversation->has_answer) {
        conversation->has_answer = true;
        counts->connections_answered++;
    }
    if ((packet->tcp_flags & PACKET_FIN) != 0 && !conversation->fin[sender]) {
        conversation->fin[sender] = true;
        if (conversation->fin[1 - sender]) {
            counts->connections_closed++;
            connection_ends(info, conversation);
        }
    }
    if ((packet->tcp_flags & PACKET_RST) != 0 && !conversation->has_reset) {
        conversation->has_reset = true;
        counts->connections_reset++;
        connection_ends(info, conversation);
    }
}

static void count_conversation(struct trace_info *info, const struct packet *packet)
{
    struct flow_key key;
    bool is_tcp = packet->protocol == IPPROTO_TCP;
    if (packet->network_offset == 0 || packet->fragment_offset > 0 ||
        (!is_tcp && packet->protocol != IPPROTO_UDP) ||
        (packet->source_port == 0 && packet->destination_port == 0))
        return; /* ports not captured, or nothing of the kind */
    unsigned sender = flow_key_of(&key, packet);
    struct conversation *conversation = g_hash_table_lookup(info->conversations, &key);
    bool is_new = conversation == NULL;
    if (is_new) {
        conversation = g_new0(struct conversation, 1);
        conversation->key = key;
        g_hash_table_add(info->conversations, conversation);
        info->counts.udp_conversations += !is_tcp;
    }
    if (is_tcp)
        count_segment(info, conversation, packet, sender, is_new);
}

static void count_direction(struct trace_info *info, const struct packet *packet,
                            uint32_t wire_bytes)
{
    struct trace_flow_counts *flow =
        &info->counts.direction[card_side_direction(info->side, packet)];
    flow->frames++;
    flow->frame_bytes += wire_bytes;
    if (packet->protocol == IPPROTO_TCP || packet->protocol == IPPROTO_UDP)
        flow->payload_bytes += packet->payload_bytes;
}

static void decide_side(struct trace_info *info)
{
    card_side_decide(info->side);
    for (unsigned i = 0; i < info->early->len; i++) {
        struct early_frame *early = &g_array_index(info->early, struct early_frame, i);
        early->packet.data = early->head;
        count_direction(info, &early->packet, early->wire_bytes);
    }
    g_array_free(info->early, TRUE);
    info->early = NULL;
}

static void keep_early(struct trace_info *info, const struct packet *packet, uint32_t wire_bytes)
{
    struct early_frame early = {.packet = *packet, .wire_bytes = wire_bytes};
    if (early.packet.bytes > HEAD_BYTES)
        early.packet.bytes = HEAD_BYTES;
    memcpy(early.head, packet->data, early.packet.bytes);
    g_array_append_val(info->early, early);
    if (!card_side_learn(info->side, packet))
        decide_side(info);
}

void trace_info_add(struct trace_info *info, const struct capture_frame *frame)
{
    struct packet packet;
    info->counts.frames++;
    packet_parse(&packet, frame->data, frame->captured_bytes, frame->wire_bytes);
    count_time(info, frame->time_ns);
    count_size(&info->counts, frame);
    count_protocols(&info->counts, &packet);
    count_conversation(info, &packet);
    if (info->early != NULL)
        keep_early(info, &packet, frame->wire_bytes);
    else
        count_direction(info, &packet, frame->wire_bytes);
}

void trace_info_finish(struct trace_info *info)
{
    if (info->early != NULL)
        decide_side(info);
}
