/* replay_translate.c - a captured segment made valid for the card, whose answers differ from those
 * of the captured server.
 *
 *     acknowledgement   cut to what the card has sent (the rest is owed), then in its numbers
 *     window            the same right edge, in the scale that the card agreed to; saturating; the
 *                       edge never moves back
 *     timestamp echo    RFC 7323's TS.Recent of the card's stamps, or the option becomes NOPs; in a
 *                       SYN too, if the captured server declined: the segments after it have none
 *     SACK              shifted, clipped to what lies above the acknowledgement and was sent; NOPs
 *                       where nothing is left or the card did not agree
 *     length            cut to the card's maximum segment size and the MTU
 *     checksums         updated (RFC 1624), so a bad one that is kept stays bad; made anew where
 *                       they are fixed, cover padding, or the segment was cut
 *
 * A pure acknowledgement that acknowledges nothing new and opens nothing is left out, with SACK
 * blocks or without: to the card it would mean that a segment is missing, and none is, because the
 * replay gets every frame that the card sends. That the captured client missed some is a property
 * of the captured network. A keep-alive (it repeats a number) is no such acknowledgement. */
#include "traces/replay_internal.h"

#include <string.h>

/* --- Checksums ------------------------------------------------------------------------------- */

void translate_judge(struct replay *replay, struct item *item, struct packet *packet)
{
    bool is_cut = item->bytes < item->wire_bytes;

    packet_parse(packet, item->data, item->wire_bytes, item->wire_bytes);
    uint8_t *network = item->data + packet->network_offset;
    if (is_cut) {
        item->fix = true;
    } else if (replay->config.fix_checksums && !packet_checksums_good(packet)) {
        replay->counts.checksums_fixed++;
        item->fix = true;
    }
    /* Segmentation offload leaves the length to the hardware. */
    if (packet->network == PACKET_IPV4 && packet->network_offset && packet_get16(network + 2) == 0)
        packet_put16(network + 2, (uint16_t)MIN(packet->datagram_bytes, UINT16_MAX));
    else if (packet->network == PACKET_IPV6 && packet->network_offset &&
             packet_get16(network + 4) == 0 && packet->datagram_bytes > 40)
        packet_put16(network + 4, (uint16_t)MIN(packet->datagram_bytes - 40, UINT16_MAX));
    else
        return;
    item->fix |= replay->config.fix_checksums;
}

/* Changes bytes of the TCP header, at any alignment, and the checksum with them. */
static void change(uint8_t *data, const struct packet *packet, uint32_t at, const uint8_t *bytes,
                   uint32_t count)
{
    uint8_t *checksum = data + packet->transport_offset + 16;

    for (uint32_t i = 0; i < count; i++) {
        uint32_t odd = (at + i - packet->transport_offset) & 1;
        uint8_t *word = data + at + i - odd;
        uint16_t before = packet_get16(word);

        data[at + i] = bytes[i];
        packet_put16(checksum,
                     packet_checksum_update16(packet_get16(checksum), before, packet_get16(word)));
    }
}

static void change16(uint8_t *data, const struct packet *packet, uint32_t at, uint16_t value)
{
    uint8_t bytes[2];

    packet_put16(bytes, value);
    change(data, packet, at, bytes, 2);
}

static void change32(uint8_t *data, const struct packet *packet, uint32_t at, uint32_t value)
{
    uint8_t bytes[4];

    packet_put32(bytes, value);
    change(data, packet, at, bytes, 4);
}

void translate_blank(uint8_t *data, const struct packet *packet, uint32_t at, uint32_t count)
{
    static const uint8_t no_operation = 1;

    for (uint32_t i = 0; i < count; i++)
        change(data, packet, at + i, &no_operation, 1);
}

static void emit(struct replay *replay, struct item *item)
{
    if (item->fix) {
        struct packet packet;

        packet_parse(&packet, item->data, item->wire_bytes, item->wire_bytes);
        packet_fix_checksums(&packet, item->data);
    }
    replay_emit(replay, item);
}

/* --- Windows --------------------------------------------------------------------------------- */

/* What a field of the capture stands for. The scale is that of the captured handshake: if its
 * second half is not in the capture, the server is taken to have agreed. */
uint64_t translate_window(const struct connection *connection, uint16_t field)
{
    bool is_scaled =
        connection->client_scale >= 0 &&
        (connection->server_scale >= 0 || connection->midstream || !connection->server_syn_read);

    return (uint64_t)field << (is_scaled ? MIN(connection->client_scale, 14) : 0);
}

uint16_t translate_window_field(const struct connection *connection, uint64_t ack, uint64_t *edge)
{
    bool is_scaled = connection->client_scale >= 0 && connection->card_scale >= 0;
    unsigned scale = is_scaled ? (unsigned)MIN(connection->client_scale, 14) : 0;
    uint64_t window = *edge > ack ? *edge - ack : 0;
    /* Rounded up: the edge must not move back. */
    uint64_t field = MIN((window + (1u << scale) - 1) >> scale, UINT16_MAX);

    *edge = ack + (field << scale);
    return (uint16_t)field;
}

/* --- Options --------------------------------------------------------------------------------- */

static void translate_sack(const struct connection *connection, const struct packet *packet,
                           const struct packet_tcp_options *options, uint64_t ack, uint8_t *data)
{
    uint32_t at = options->sack_offset, bytes = data[at + 1], kept = 2;
    uint8_t blocks[40] = {5};

    for (uint32_t i = 0; i < options->sack_blocks; i++) {
        const uint8_t *block = data + at + 2 + 8 * i;
        int64_t left = connection_position(packet_get32(block), connection->server_isn, ack);
        int64_t right = connection_position(packet_get32(block + 4), connection->server_isn, ack);

        left = MAX(left, (int64_t)ack + 1); /* what touches it needs no block */
        right = MIN(right, (int64_t)connection->card_sent);
        if (left >= right || !connection->card_sack || kept + 8 > sizeof blocks)
            continue;
        packet_put32(blocks + kept, connection->card_isn + (uint32_t)left);
        packet_put32(blocks + kept + 4, connection->card_isn + (uint32_t)right);
        kept += 8;
    }
    blocks[1] = (uint8_t)kept;
    if (kept == 2)
        kept = 0;
    change(data, packet, at, blocks, kept);
    translate_blank(data, packet, at + kept, bytes - kept);
}

static void translate_options(struct connection *connection, const struct packet *packet,
                              uint64_t ack, uint8_t *data)
{
    struct packet_tcp_options options;

    packet_tcp_options(packet, &options);
    if (options.sack_offset)
        translate_sack(connection, packet, &options, ack, data);
    if (!options.timestamp_offset)
        return;
    connection->client_timestamp = options.timestamp;
    if (connection->card_timestamps)
        change32(data, packet, options.timestamp_offset + 6u, connection->card_timestamp);
    else
        translate_blank(data, packet, options.timestamp_offset, 10);
}

/* --- Length ---------------------------------------------------------------------------------- */

static struct item *cut_piece(const struct item *item, const struct packet *packet, uint32_t at,
                              uint32_t bytes)
{
    uint32_t head = packet->payload_offset, datagram = head + bytes - packet->network_offset;
    struct item *piece = item_new(head + bytes, item->kind);
    uint8_t *network = piece->data + packet->network_offset;
    uint8_t *tcp = piece->data + packet->transport_offset;

    piece->bytes = head + bytes;
    piece->captured_ps = item->captured_ps;
    piece->is_paid = item->is_paid;
    piece->unicast = item->unicast;
    piece->fix = true;
    memcpy(piece->data, item->data, head);
    memcpy(piece->data + head, item->data + head + at, bytes);
    if (packet->network == PACKET_IPV4) {
        packet_put16(network + 2, (uint16_t)datagram);
    } else {
        packet_put16(network + 4, (uint16_t)(datagram - 40));
    }
    packet_put32(tcp + 4, packet->sequence + at);
    if (at + bytes < packet->payload_bytes)
        tcp[13] &= (uint8_t) ~(PACKET_FIN | PACKET_PSH);
    return piece;
}

/* FIN and PSH stay with the last piece. */
static void split_and_emit(struct replay *replay, const struct connection *connection,
                           const struct packet *packet, struct item *item)
{
    uint32_t largest = segment_payload_bytes(replay, connection, packet->tcp_header_bytes - 20u);
    uint32_t headers = packet->payload_offset - packet->network_offset;
    uint32_t extensions =
        headers - packet->tcp_header_bytes - (packet->network == PACKET_IPV4 ? 20u : 40u);

    largest = largest > extensions ? largest - extensions : 1;
    if (packet->payload_bytes <= largest) {
        emit(replay, item);
        return;
    }
    replay->counts.segments_split++;
    for (uint32_t at = 0; at < packet->payload_bytes; at += largest) {
        uint32_t bytes = MIN(largest, packet->payload_bytes - at);
        struct item *piece = cut_piece(item, packet, at, bytes);

        piece->new_bytes = MIN(item->new_bytes, bytes);
        item->new_bytes -= piece->new_bytes;
        replay->counts.pieces_added += at > 0;
        emit(replay, piece);
    }
    g_free(item);
}

/* --- The whole ------------------------------------------------------------------------------- */

/* The captured acknowledgement as a position of the card's stream. */
static uint64_t wanted_acknowledgement(const struct connection *connection,
                                       const struct packet *packet)
{
    if (!(packet->tcp_flags & PACKET_ACK) || !connection->server_isn_known)
        return 0;
    int64_t wanted =
        connection_position(packet->acknowledgement, connection->server_isn, connection->told_ack);
    return wanted > 0 && wanted <= (int64_t)connection->server_acked ? (uint64_t)wanted : 0;
}

void translate_owe(struct connection *connection, const struct packet *packet)
{
    connection->owed_ack = MAX(connection->owed_ack, wanted_acknowledgement(connection, packet));
}

void translate_overtake(const struct connection *connection, struct item *item,
                        struct packet *packet)
{
    packet->sequence = connection->client_isn + (uint32_t)MAX(connection->sent, 1);
    change32(item->data, packet, packet->transport_offset + 4u, packet->sequence);
}

/* Returns how many bytes of it were not on the wire before. */
static uint32_t mark_taken(struct connection *connection, const struct packet *packet, int64_t position)
{
    int64_t end = position + packet->payload_bytes;
    uint32_t new_bytes = 0;

    /* The reader knows how far the stream goes: what lies beyond is no part of it. */
    if (end > (int64_t)connection->client_read || end < 1 || (packet->tcp_flags & PACKET_RST))
        return 0;
    if (packet->payload_bytes) {
        uint64_t from = (uint64_t)MAX(position, 1);

        new_bytes = stream_mark(&connection->stream, from - 1, (uint32_t)((uint64_t)end - from), STREAM_TAKEN);
    }
    connection->sent = MAX(connection->sent, (uint64_t)end);
    if ((packet->tcp_flags & PACKET_FIN) && (uint64_t)end == connection->client_fin_at) {
        connection->fin_sent_at = (uint64_t)end;
        connection->sent = MAX(connection->sent, (uint64_t)end + 1);
    }
    connection->outside |= (uint64_t)end > connection->card_edge;
    return new_bytes;
}

void translate_take(struct replay *replay, struct connection *connection, struct item *item,
                    const struct packet *packet)
{
    uint32_t tcp = packet->transport_offset;
    int64_t position =
        connection_position(packet->sequence, connection->client_isn, connection->sent);
    uint64_t wanted = wanted_acknowledgement(connection, packet);
    uint64_t ack = MAX(MAX(MIN(wanted, connection->card_sent), connection->told_ack), 1);
    bool is_keep_alive = position == (int64_t)connection->sent - 1 && !connection->fin_sent_at;
    bool is_acknowledgement = packet->payload_bytes == 0 && !is_keep_alive &&
                              !(packet->tcp_flags & (PACKET_FIN | PACKET_RST));

    if (wanted > connection->server_read && !(packet->tcp_flags & PACKET_RST))
        script_pad(replay, connection, wanted, position > 1 ? (uint64_t)position - 1 : 0);
    connection->window_bytes = translate_window(connection, packet->window);
    uint64_t edge = MAX(ack + connection->window_bytes, connection->told_edge);
    uint16_t field = translate_window_field(connection, ack, &edge);

    if (wanted > ack) {
        replay->counts.acknowledgements_owed++;
        connection->owed_ack = MAX(connection->owed_ack, wanted);
    }
    if (is_acknowledgement && ack == connection->told_ack && edge <= connection->told_edge) {
        replay->counts.acknowledgements_merged++;
        g_free(item);
        return;
    }
    if (packet->tcp_flags & PACKET_ACK)
        change32(item->data, packet, tcp + 8, connection->card_isn + (uint32_t)ack);
    change16(item->data, packet, tcp + 14, field);
    translate_options(connection, packet, ack, item->data);
    if (packet->tcp_flags & PACKET_ACK) {
        connection->told_ack = ack;
        connection->told_edge = MAX(edge, connection->told_edge);
        connection->segments_since_ack = 0;
    }
    item->new_bytes = mark_taken(connection, packet, position);
    split_and_emit(replay, connection, packet, item);
}

void translate_as_it_is(struct replay *replay, struct item *item, const struct packet *packet)
{
    bool is_first_udp = packet->protocol == 17 && packet->is_fragment && packet->transport_offset;

    /* A datagram in fragments whose payload is padded has no checksum that could be right. */
    if (is_first_udp && item->bytes < item->wire_bytes && packet->network == PACKET_IPV4)
        packet_put16(item->data + packet->transport_offset + 6, 0);
    emit(replay, item);
}
