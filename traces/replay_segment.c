/* replay_segment.c - segments made by the replay: handshakes for connections that began before the
 * capture, acknowledgements, what is offered again, resets.
 *
 * They look like those of the connection's client: its Ethernet header and tags, its addresses, its
 * last time stamp, the window that it offered last. */
#include "traces/replay_internal.h"

#include <netinet/in.h>
#include <string.h>

/* Largest payload that the card's maximum segment size and the MTU allow. */
uint32_t segment_payload_bytes(const struct replay *replay, const struct connection *connection,
                               uint32_t tcp_option_bytes)
{
    uint32_t headers = (connection->network == PACKET_IPV6 ? 60u : 40u) + tcp_option_bytes;
    uint32_t mtu = replay->config.mtu_bytes;
    uint32_t by_mtu = mtu > headers ? mtu - headers : 1;
    /* RFC 6691: options count against the maximum segment size. */
    uint32_t by_mss =
        connection->card_mss > tcp_option_bytes ? connection->card_mss - tcp_option_bytes : 1;

    return MIN(by_mtu, by_mss);
}

/* Builds Ethernet, IP and TCP headers in frame; returns the offset of the TCP header. */
static uint32_t build_headers(const struct connection *connection, uint8_t *frame,
                              uint32_t tcp_bytes)
{
    uint32_t at = connection->link_bytes;
    const struct packet_address *client = &connection->key.address[connection->client];
    const struct packet_address *card = &connection->key.address[!connection->client];

    memcpy(frame, connection->link, at);
    if (connection->network == PACKET_IPV6) {
        frame[at] = 0x60;
        packet_put16(frame + at + 4, (uint16_t)tcp_bytes);
        frame[at + 6] = IPPROTO_TCP;
        frame[at + 7] = 64;
        memcpy(frame + at + 8, client->bytes, 16);
        memcpy(frame + at + 24, card->bytes, 16);
        at += 40;
    } else {
        frame[at] = 0x45;
        packet_put16(frame + at + 2, (uint16_t)(20 + tcp_bytes));
        packet_put16(frame + at + 6, 0x4000); /* do not fragment */
        frame[at + 8] = 64;
        frame[at + 9] = IPPROTO_TCP;
        memcpy(frame + at + 12, client->bytes, 4);
        memcpy(frame + at + 16, card->bytes, 4);
        at += 20;
    }
    packet_put16(frame + at, connection->key.port[connection->client]);
    packet_put16(frame + at + 2, connection->key.port[!connection->client]);
    return at;
}

static uint32_t put_timestamps(uint8_t *options, uint32_t value, uint32_t echo)
{
    options[0] = options[1] = 1;
    options[2] = 8;
    options[3] = 10;
    packet_put32(options + 4, value);
    packet_put32(options + 8, echo);
    return 12;
}

struct outline {
    uint32_t sequence, acknowledgement;
    uint16_t window;
    uint8_t flags;
    uint8_t options[24];
    uint32_t option_bytes;
    uint64_t payload_offset;
    uint32_t payload_bytes;
};

static struct item *build(const struct connection *connection, const struct outline *outline,
                          enum replay_kind kind)
{
    uint32_t network_bytes = connection->network == PACKET_IPV6 ? 40 : 20;
    uint32_t tcp_bytes = 20 + outline->option_bytes + outline->payload_bytes;
    struct item *item = item_new(connection->link_bytes + network_bytes + tcp_bytes, kind);
    uint8_t *tcp = item->data + build_headers(connection, item->data, tcp_bytes);
    struct packet packet;

    item->bytes = item->wire_bytes;
    packet_put32(tcp + 4, outline->sequence);
    packet_put32(tcp + 8, outline->acknowledgement);
    tcp[12] = (uint8_t)((20 + outline->option_bytes) / 4 << 4);
    tcp[13] = outline->flags;
    packet_put16(tcp + 14, outline->window);
    memcpy(tcp + 20, outline->options, outline->option_bytes);
    stream_get(&connection->stream, outline->payload_offset, tcp + 20 + outline->option_bytes,
               outline->payload_bytes);
    packet_parse(&packet, item->data, item->wire_bytes, item->wire_bytes);
    packet_fix_checksums(&packet, item->data);
    item->unicast = true;
    return item;
}

void segment_send(struct replay *replay, struct connection *connection, uint64_t position,
                  uint32_t bytes, uint8_t flags, enum replay_kind kind)
{
    uint64_t ack =
        MAX(MAX(connection->told_ack, MIN(connection->owed_ack, connection->card_sent)), 1);
    uint64_t edge = MAX(connection->told_edge, ack + connection->window_bytes);
    struct outline outline = {.sequence = connection->client_isn + (uint32_t)position,
                              .acknowledgement = connection->card_isn + (uint32_t)ack,
                              .window = translate_window_field(connection, ack, &edge),
                              .flags = flags | PACKET_ACK,
                              .payload_offset = position ? position - 1 : 0,
                              .payload_bytes = bytes};

    if (connection->card_timestamps)
        outline.option_bytes = put_timestamps(outline.options, connection->client_timestamp,
                                              connection->card_timestamp);
    connection->told_ack = ack;
    connection->told_edge = MAX(connection->told_edge, edge);
    connection->segments_since_ack = 0;
    replay_emit(replay, build(connection, &outline, kind));
}

void segment_send_ack(struct replay *replay, struct connection *connection)
{
    segment_send(replay, connection, MAX(connection->sent, 1), 0, 0, REPLAY_SYNTHESISED);
}

void segment_send_reset(struct replay *replay, struct connection *connection, uint32_t sequence)
{
    struct outline outline = {.sequence = sequence, .flags = PACKET_RST};

    replay_emit(replay, build(connection, &outline, REPLAY_SYNTHESISED));
}

/* Offers what the segments that follow show: time stamps if they have them; a window scale with
 * which the server's flights fitted into the windows; a maximum segment size that covers the
 * largest segment of the server (RFC 9293's default at least, what the MTU allows if none was
 * seen). SACK: every stack of today offers it. */
void segment_send_syn(struct replay *replay, struct connection *connection)
{
    bool is_ipv6 = connection->network == PACKET_IPV6;
    uint32_t largest = replay->config.mtu_bytes - (is_ipv6 ? 60 : 40);
    uint32_t seen = MAX(connection->largest_server_segment, is_ipv6 ? 1220u : 536u);
    struct outline outline = {.sequence = connection->client_isn,
                              .window = UINT16_MAX,
                              .flags = PACKET_SYN,
                              .option_bytes = 12};

    connection->client_scale = (int8_t)connection->guessed_scale;
    connection->client_timestamp = connection->first_timestamp;
    connection->syn_window = UINT16_MAX;
    if (connection->largest_server_segment)
        largest = MIN(largest, seen);
    memcpy(outline.options, (const uint8_t[]){2, 4, 0, 0, 1, 3, 3, 0, 4, 2, 1, 1}, 12);
    packet_put16(outline.options + 2, (uint16_t)largest);
    outline.options[7] = connection->guessed_scale;
    if (connection->client_timestamps)
        outline.option_bytes +=
            put_timestamps(outline.options + 12, connection->first_timestamp, 0);
    struct item *item = build(connection, &outline, REPLAY_SYNTHESISED);
    connection->syn = item_new(item->wire_bytes, REPLAY_REPAIR);
    memcpy(connection->syn->data, item->data, item->wire_bytes);
    replay_emit(replay, item);
}
