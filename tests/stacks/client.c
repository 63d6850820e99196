/* client.c - see client.h. */
#include "tests/stacks/client.h"

#include <string.h>

void put16(uint8_t *at, uint32_t value)
{
    at[0] = (uint8_t)(value >> 8);
    at[1] = (uint8_t)value;
}

void put32(uint8_t *at, uint32_t value)
{
    put16(at, value >> 16);
    put16(at + 2, value);
}

uint32_t get16(const uint8_t *at)
{
    return (uint32_t)at[0] << 8 | at[1];
}

uint32_t get32(const uint8_t *at)
{
    return get16(at) << 16 | get16(at + 2);
}

void fill(uint8_t *bytes, uint32_t length, uint32_t seed)
{
    for (uint32_t i = 0; i < length; i++)
        bytes[i] = (uint8_t)((i + seed) * 2654435761u >> 24);
}

struct client client_new(unsigned number)
{
    return (struct client){.address = 0xc0a80001u + number,
                           .server = SERVER,
                           .port = (uint16_t)(20000 + number),
                           .server_port = 80,
                           .mac = {2, 0x10, 0x20, 0x30, (uint8_t)(number >> 8), (uint8_t)number},
                           .next = 1000 + number * 100003u,
                           .window = 65535};
}

static uint32_t put_link(const struct client *client, uint8_t *frame, uint16_t type)
{
    uint32_t at = 12;

    memcpy(frame, "\x02\x00\xcc\xcc\x00\x01", 6);
    frame[4] = client->ethernet_port;
    memcpy(frame + 6, client->mac, 6);
    for (unsigned i = 0; i < client->tags; i++, at += 4)
        put32(frame + at, client->tag[i]);
    put16(frame + at, type);
    return at + 2;
}

uint32_t frame_ip(const struct client *client, uint8_t *frame, uint8_t protocol,
                  const void *payload, uint32_t length)
{
    uint32_t l2 = put_link(client, frame, 0x0800);
    uint8_t *ip = frame + l2;

    memset(ip, 0, 20);
    ip[0] = 0x45;
    put16(ip + 2, 20 + length);
    ip[8] = 64;
    ip[9] = protocol;
    put32(ip + 12, client->address);
    put32(ip + 16, client->server);
    put16(ip + 10, mock_checksum(ip, 20, 0));
    memcpy(ip + 20, payload, length);
    uint32_t total = l2 + 20 + length;

    if (total < 60) {
        memset(frame + total, 0xa5, 60 - total); /* padding */
        total = 60;
    }
    return total;
}

static uint32_t pseudo_sum(const struct client *client, uint8_t protocol, uint32_t length)
{
    return (client->address >> 16) + (client->address & 0xffff) + (client->server >> 16) +
           (client->server & 0xffff) + protocol + length;
}

void client_send_at(struct client *client, uint32_t sequence, uint8_t flags, const void *data,
                    uint32_t length)
{
    static uint8_t frame[MOCK_FRAME_BYTES], tcp[MOCK_FRAME_BYTES];
    uint32_t options = 20;

    memset(tcp, 0, 60);
    put16(tcp, client->port);
    put16(tcp + 2, client->server_port);
    put32(tcp + 4, sequence);
    put32(tcp + 8, flags & ACK ? client->acked : 0);
    tcp[13] = flags;
    put16(tcp + 14, client->window);
    if (flags & SYN) {
        put32(tcp + options, 0x020405b4u); /* MSS 1460 */
        options += 4;
        if (client->window_scale) {
            put32(tcp + options, 0x01030307u);
            options += 4;
        }
        put32(tcp + options, 0x01010402u); /* SACK permitted */
        options += 4;
    }
    if (client->timestamps) {
        put32(tcp + options, 0x0101080au);
        put32(tcp + options + 4, (uint32_t)(mock.time_us / 1000));
        options += 12;
    }
    tcp[12] = (uint8_t)(options / 4 << 4);
    if (length)
        memcpy(tcp + options, data, length);
    put16(tcp + 16, mock_checksum(tcp, options + length, pseudo_sum(client, 6, options + length)));
    ck_assert(mock_frame(client->ethernet_port, frame,
                         frame_ip(client, frame, 6, tcp, options + length), client->rx_flags));
    if (!client->patient)
        mock_run();
}

void client_send(struct client *client, uint8_t flags, const void *data, uint32_t length)
{
    uint32_t sequence = client->next;

    client->next += length + (flags & (SYN | FIN) ? 1 : 0);
    client_send_at(client, sequence, flags, data, length);
}

static void read_options(struct segment *segment, const uint8_t *option, const uint8_t *end)
{
    while (option < end && *option) {
        if (*option == 1) {
            option++;
            continue;
        }
        if (*option == 2)
            segment->mss = (uint16_t)get16(option + 2);
        else if (*option == 3)
            segment->has_scale = true, segment->scale = option[2];
        else if (*option == 4)
            segment->has_sack_permitted = true;
        else if (*option == 5)
            segment->sack_blocks = (option[1] - 2u) / 8;
        else if (*option == 8)
            segment->has_timestamp = true;
        ck_assert_uint_ge(option[1], 2);
        option += option[1];
    }
}

struct segment client_expect(struct client *client)
{
    const struct mock_frame *frame = mock_next_frame();
    struct segment segment = {0};
    uint8_t link[22];

    ck_assert_ptr_nonnull(frame);
    ck_assert_uint_eq(frame->destination, client->ethernet_port);
    uint32_t l2 = put_link(client, link, 0x0800);

    ck_assert_uint_ge(frame->length, l2 + 40);
    ck_assert_mem_eq(frame->bytes, client->mac, 6);
    ck_assert_mem_eq(frame->bytes + 6, link, 6);
    ck_assert_mem_eq(frame->bytes + 12, link + 12, l2 - 12);

    const uint8_t *ip = frame->bytes + l2, *tcp = ip + 20;
    uint32_t length = get16(ip + 2) - 20, header = (tcp[12] >> 4) * 4u;

    ck_assert_uint_eq(ip[0], 0x45);
    ck_assert_uint_eq(length + 20 + l2, frame->length);
    ck_assert_uint_eq(mock_checksum(ip, 20, 0), 0);
    ck_assert_uint_eq(ip[9], 6);
    ck_assert_uint_eq(get32(ip + 12), client->server);
    ck_assert_uint_eq(get32(ip + 16), client->address);
    ck_assert_uint_eq(mock_checksum(tcp, length, pseudo_sum(client, 6, length)), 0);
    ck_assert_uint_eq(get16(tcp), client->server_port);
    ck_assert_uint_eq(get16(tcp + 2), client->port);
    segment.flags = tcp[13];
    segment.sequence = get32(tcp + 4);
    segment.acknowledgement = get32(tcp + 8);
    segment.window = get16(tcp + 14);
    segment.data = tcp + header;
    segment.length = length - header;
    read_options(&segment, tcp + 20, tcp + header);
    if (!(segment.flags & SYN))
        segment.window <<= client->card_scale;
    if ((segment.flags & SYN) || segment.sequence == client->acked)
        client->acked = segment.sequence + segment.length + (segment.flags & (SYN | FIN) ? 1 : 0);
    return segment;
}

void expect_no_frame(void)
{
    ck_assert_ptr_null(mock_next_frame());
}

const struct mock_message *expect_message(const struct client *client, uint8_t type)
{
    const struct mock_message *message = mock_next_message();

    ck_assert_ptr_nonnull(message);
    ck_assert_uint_eq(message->message.type, type);
    if (client)
        ck_assert_uint_eq(message->message.session, client->session);
    return message;
}

void expect_no_message(void)
{
    const struct mock_message *message = mock_next_message();

    if (message)
        ck_abort_msg("message of type %u, session 0x%x", message->message.type,
                     message->message.session);
}

void client_open(struct client *client)
{
    struct segment segment;
    const struct mock_message *opened;

    client_send(client, SYN, NULL, 0);
    segment = client_expect(client);
    ck_assert_uint_eq(segment.flags, SYN | ACK);
    ck_assert_uint_eq(segment.acknowledgement, client->next);
    client->card_scale = client->window_scale && segment.has_scale ? segment.scale : 0;
    client_send(client, ACK, NULL, 0);
    opened = mock_next_message();
    ck_assert_ptr_nonnull(opened);
    ck_assert_uint_eq(opened->message.type, HW_OPENED);
    ck_assert_uint_eq(get32(opened->message.tuple.remote), client->address);
    ck_assert_uint_eq(get32(opened->message.tuple.local), client->server);
    ck_assert_uint_eq(opened->message.tuple.remote_port, client->port);
    ck_assert_uint_eq(opened->message.tuple.local_port, client->server_port);
    ck_assert_uint_eq(opened->message.tuple.port, client->ethernet_port);
    client->session = opened->message.session;
}

void listen_on(uint16_t port, uint8_t protocol)
{
    struct hw_message message = {
        .type = HW_LISTEN, .argument = protocol, .tuple = {.local_port = port}};

    mock_request(&message);
    mock_run();
}

void ask(uint8_t type, uint32_t session, uint32_t argument)
{
    struct hw_message message = {.type = type, .session = session, .argument = argument};

    mock_request(&message);
    mock_run();
}

void expect_sent_before_acknowledged(const struct client *client, uint32_t bytes)
{
    if (!(mock.features & HW_FEATURE_RETRANSMIT_HOST))
        ck_assert_uint_eq(expect_message(client, HW_SENT)->message.argument, bytes);
}

void send_for(const struct client *client, uint32_t offset, uint32_t bytes)
{
    struct hw_message message = {.type = HW_SEND,
                                 .session = client->session,
                                 .argument = bytes,
                                 .host_low = offset,
                                 .host_high = MOCK_HOST_HIGH};

    mock_request(&message);
    mock_run();
}
