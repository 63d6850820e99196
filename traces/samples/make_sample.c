/* make_sample.c - makes the captures of this folder: conversations as a tap at a server's port sees
 * them.
 *
 *     build/make-sample FOLDER      writes web.pcap, short.pcap, upload.pcap and mix.pcap
 *
 * They are valid to the last bit (checksums, windows, acknowledgements; nothing is lost) and the
 * same on every machine. Frames of clients are padded to 60 bytes, as a wire does; those of the
 * server are not, as the tap is before the wire.
 *
 * A connection is written as a script of steps (open, send, close). Each step emits its frames with
 * their times; all conversations' frames are sorted by time at the end. Within a transfer a window
 * of segments is under way: the receiver acknowledges every second segment, each acknowledgement
 * opens the window further.
 */
#include "traces/capture_write.h"
#include "traces/packet.h"

#include <arpa/inet.h>
#include <glib.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    CLIENT,
    SERVER,
    MTU_BYTES = 1500,
    WINDOW_SCALE = 7,
    WINDOW = 502,           /* scaled: 64,256 bytes */
    FIRST_WINDOW = 64240,   /* of SYN and SYN-ACK, unscaled */
    INITIAL_SEGMENTS = 10,  /* congestion window, RFC 6928 */
    MOST_SEGMENTS = 40,     /* of MSS: less than WINDOW */
    LINE_BYTES = 64,        /* of payload text */
    MOST_PAYLOAD = 1 << 20, /* of one step */
};

static const uint64_t start_ns = UINT64_C(1735689600) * 1000000000; /* 2025-01-01 */

struct frame {
    uint64_t time_ns;
    uint8_t *data;
    uint32_t bytes;
};

struct capture_plan {
    GArray *frames; /* in the order of their making */
    uint64_t random;
};

struct flow { /* [CLIENT] and [SERVER] */
    enum packet_network network;
    uint8_t mac[2][6];
    struct packet_address address[2];
    uint16_t port[2];
    uint16_t vlan;  /* 0: untagged */
    uint16_t id[2]; /* of IPv4 datagrams */
};

struct connection {
    struct capture_plan *plan;
    struct flow flow;
    uint64_t now_ns, rtt_ns;
    uint32_t sequence[2];     /* next to be sent */
    uint32_t acknowledged[2]; /* of the peer's bytes, by the last segment made */
    uint32_t clock[2];        /* offset of the time stamps */
    uint32_t echo[2];         /* the peer's time stamp seen last */
    unsigned window[2];       /* congestion window in segments */
    const char *name;
};

/* xorshift64*: the same on every machine. */
static uint32_t draw(struct capture_plan *plan, uint32_t below)
{
    plan->random ^= plan->random >> 12;
    plan->random ^= plan->random << 25;
    plan->random ^= plan->random >> 27;
    return (uint32_t)((plan->random * UINT64_C(0x2545f4914f6cdd1d)) >> 33) % below;
}

static uint32_t between(struct capture_plan *plan, uint32_t least, uint32_t most)
{
    return least + draw(plan, most - least + 1);
}

/* --- Frames -------------------------------------------------------------------------------------
 */

static void emit(struct capture_plan *plan, uint64_t time_ns, int from, const uint8_t *data,
                 uint32_t bytes)
{
    struct frame frame = {.time_ns = time_ns, .bytes = bytes};
    if (from == CLIENT && bytes < 60)
        frame.bytes = 60;
    frame.data = g_malloc0(frame.bytes);
    memcpy(frame.data, data, bytes);
    g_array_append_val(plan->frames, frame);
}

static uint32_t put_ethernet(uint8_t *to, const struct flow *flow, int from, uint16_t ether_type)
{
    memcpy(to, flow->mac[1 - from], 6);
    memcpy(to + 6, flow->mac[from], 6);
    if (flow->vlan != 0) {
        packet_put16(to + 12, PACKET_ETHER_VLAN);
        packet_put16(to + 14, flow->vlan);
        packet_put16(to + 16, ether_type);
        return 18;
    }
    packet_put16(to + 12, ether_type);
    return 14;
}

/* The IP header of a datagram, or of one fragment of it, with so many bytes behind the header. */
static uint32_t put_ip(uint8_t *to, const struct flow *flow, int from, uint8_t protocol,
                       uint32_t bytes, uint32_t offset, bool more)
{
    if (flow->network == PACKET_IPV6) {
        memset(to, 0, 8);
        to[0] = 0x60;
        packet_put16(to + 4, (uint16_t)bytes);
        to[6] = protocol;
        to[7] = 64;
        memcpy(to + 8, flow->address[from].bytes, 16);
        memcpy(to + 24, flow->address[1 - from].bytes, 16);
        return 40;
    }
    memset(to, 0, 20);
    to[0] = 0x45;
    packet_put16(to + 2, (uint16_t)(20 + bytes));
    packet_put16(to + 4, flow->id[from]);
    packet_put16(to + 6, (uint16_t)((more ? 0x2000 : 0) | offset / 8));
    to[8] = 64;
    to[9] = protocol;
    memcpy(to + 12, flow->address[from].bytes, 4);
    memcpy(to + 16, flow->address[1 - from].bytes, 4);
    return 20;
}

/* A datagram whose transport part is ready but for its checksum; in fragments if it must be. */
static void emit_datagram(struct capture_plan *plan, struct flow *flow, uint64_t time_ns, int from,
                          uint8_t protocol, const uint8_t *transport, uint32_t bytes)
{
    uint16_t ether_type = flow->network == PACKET_IPV6 ? PACKET_ETHER_IPV6 : PACKET_ETHER_IPV4;
    uint8_t *whole = g_malloc0(bytes + 64);
    struct packet packet;
    uint32_t ethernet_bytes = put_ethernet(whole, flow, from, ether_type);
    uint32_t header_bytes =
        ethernet_bytes + put_ip(whole + ethernet_bytes, flow, from, protocol, bytes, 0, false);
    memcpy(whole + header_bytes, transport, bytes);
    packet_parse(&packet, whole, header_bytes + bytes, header_bytes + bytes);
    packet_fix_checksums(&packet, whole);

    uint32_t room = (MTU_BYTES - (header_bytes - ethernet_bytes)) / 8 * 8;
    if (header_bytes - ethernet_bytes + bytes <= MTU_BYTES)
        room = bytes;
    for (uint32_t at = 0; at < bytes; at += room) {
        uint8_t data[MTU_BYTES + 18];
        uint32_t part = bytes - at < room ? bytes - at : room;
        memcpy(data, whole, ethernet_bytes);
        put_ip(data + ethernet_bytes, flow, from, protocol, part, at, at + part < bytes);
        memcpy(data + header_bytes, whole + header_bytes + at, part);
        packet_parse(&packet, data, header_bytes + part, header_bytes + part);
        packet_fix_checksums(&packet, data);
        emit(plan, time_ns, from, data, header_bytes + part);
        time_ns += part * 4 / 5; /* 10 Gbit/s */
    }
    flow->id[from]++;
    g_free(whole);
}

/* Lines that say what they are and where. */
static void put_text(uint8_t *to, uint32_t bytes, const char *name)
{
    for (uint32_t at = 0; at < bytes; at += LINE_BYTES) {
        char line[LINE_BYTES + 1];
        uint32_t part = bytes - at < LINE_BYTES ? bytes - at : LINE_BYTES;
        int used = snprintf(line, sizeof line, "polynic %s, offset %08" PRIu32 " ", name, at);
        memset(line + used, '.', (size_t)(LINE_BYTES - used));
        line[LINE_BYTES - 1] = '\n';
        memcpy(to + at, line, part);
    }
}

/* --- TCP ----------------------------------------------------------------------------------------
 */

static uint32_t stamp_at(const struct connection *connection, int who, uint64_t time_ns)
{
    return connection->clock[who] + (uint32_t)((time_ns - start_ns) / 1000000);
}

/* One segment. acknowledged: what its sender has got of the peer's stream. */
static void emit_segment(struct connection *connection, uint64_t time_ns, int from, uint8_t flags,
                         uint32_t sequence, uint32_t acknowledged, const uint8_t *payload,
                         uint32_t bytes)
{
    uint8_t segment[MTU_BYTES] = {0};
    uint8_t *option = segment + 20;
    bool is_syn = (flags & PACKET_SYN) != 0;
    uint32_t stamp = stamp_at(connection, from, time_ns);
    if (is_syn) {
        uint16_t mss = (uint16_t)(MTU_BYTES - (connection->flow.network == PACKET_IPV6 ? 60 : 40));
        memcpy(option, (const uint8_t[]){2, 4, (uint8_t)(mss >> 8), (uint8_t)mss, 4, 2}, 6);
        option += 6;
    } else {
        memcpy(option, (const uint8_t[]){1, 1}, 2);
        option += 2;
    }
    memcpy(option, (const uint8_t[]){8, 10}, 2);
    packet_put32(option + 2, stamp);
    packet_put32(option + 6, (flags & PACKET_ACK) != 0 ? connection->echo[from] : 0);
    option += 10;
    if (is_syn) {
        memcpy(option, (const uint8_t[]){1, 3, 3, WINDOW_SCALE}, 4);
        option += 4;
    }
    uint32_t header_bytes = (uint32_t)(option - segment);
    packet_put16(segment, connection->flow.port[from]);
    packet_put16(segment + 2, connection->flow.port[1 - from]);
    packet_put32(segment + 4, sequence);
    packet_put32(segment + 8, (flags & PACKET_ACK) != 0 ? acknowledged : 0);
    segment[12] = (uint8_t)(header_bytes / 4 << 4);
    segment[13] = flags;
    packet_put16(segment + 14, is_syn ? FIRST_WINDOW : WINDOW);
    if (bytes > 0)
        memcpy(segment + header_bytes, payload, bytes);
    emit_datagram(connection->plan, &connection->flow, time_ns, from, IPPROTO_TCP, segment,
                  header_bytes + bytes);
    connection->acknowledged[from] = acknowledged;
    connection->echo[1 - from] = stamp;
}

/* A segment without payload at the connection's time. */
static void emit_control(struct connection *connection, int from, uint8_t flags)
{
    emit_segment(connection, connection->now_ns, from, flags, connection->sequence[from],
                 connection->sequence[1 - from], NULL, 0);
    connection->sequence[from] += (flags & (PACKET_SYN | PACKET_FIN)) != 0;
}

/* The tap is at the server: it answers at once, the client after a round trip. */
static void wait_for(struct connection *connection, int who)
{
    connection->now_ns += who == SERVER ? between(connection->plan, 2000, 9000)
                                        : connection->rtt_ns + draw(connection->plan, 4000);
}

static void open_connection(struct connection *connection)
{
    for (int who = 0; who < 2; who++) {
        connection->sequence[who] = draw(connection->plan, UINT32_C(1) << 31) * 2;
        connection->clock[who] = draw(connection->plan, UINT32_C(1) << 31);
        connection->window[who] = INITIAL_SEGMENTS;
        connection->flow.id[who] = (uint16_t)draw(connection->plan, 65536);
    }
    emit_control(connection, CLIENT, PACKET_SYN);
    wait_for(connection, SERVER);
    emit_control(connection, SERVER, PACKET_SYN | PACKET_ACK);
    wait_for(connection, CLIENT);
    emit_control(connection, CLIENT, PACKET_ACK);
}

/* Sends bytes and waits until all are acknowledged. Segments that may go, go; then the oldest
 * acknowledgement that is due is taken, which lets more go. */
static void transfer(struct connection *connection, int from, const uint8_t *payload,
                     uint32_t bytes)
{
    enum { MOST_SEGMENTS_OF_STEP = MOST_PAYLOAD / 1000 };
    static uint64_t due_ns[MOST_SEGMENTS_OF_STEP]; /* of segment's acknowledgement; 0: none */
    const uint32_t mss = MTU_BYTES - (connection->flow.network == PACKET_IPV6 ? 40 : 20) - 32;
    const uint32_t first = connection->sequence[from], count = (bytes + mss - 1) / mss;
    uint32_t sent = 0, acknowledged = 0;
    while (acknowledged < count) {
        while (sent < count && sent - acknowledged < connection->window[from]) {
            uint32_t at = sent * mss, part = bytes - at < mss ? bytes - at : mss;
            bool is_last = sent + 1 == count;
            emit_segment(connection, connection->now_ns, from,
                         PACKET_ACK | (is_last ? PACKET_PSH : 0), first + at,
                         connection->acknowledged[from], payload + at, part);
            due_ns[sent] = 0;
            if (is_last || sent % 2 == 1)
                due_ns[sent] = connection->now_ns + between(connection->plan, 1500, 3000) +
                               (from == SERVER ? connection->rtt_ns : 0);
            connection->now_ns += part + 300 + draw(connection->plan, 700);
            sent++;
        }
        uint32_t end = acknowledged; /* the segment whose acknowledgement is due next */
        while (end < sent && due_ns[end] == 0)
            end++;
        if (end == sent) { /* an odd number under way: the receiver's delayed acknowledgement */
            end = sent - 1;
            due_ns[end] = connection->now_ns + connection->rtt_ns + 40000;
        }
        uint32_t covered = (end + 1) * mss < bytes ? (end + 1) * mss : bytes;
        emit_segment(connection, due_ns[end], 1 - from, PACKET_ACK, connection->sequence[1 - from],
                     first + covered, NULL, 0);
        connection->window[from] += end + 1 - acknowledged;
        if (connection->window[from] > MOST_SEGMENTS)
            connection->window[from] = MOST_SEGMENTS;
        acknowledged = end + 1;
        uint64_t open_ns = due_ns[end] + 1000 + (from == CLIENT ? connection->rtt_ns : 0);
        if (connection->now_ns < open_ns)
            connection->now_ns = open_ns;
    }
    connection->sequence[from] += bytes;
}

static void close_connection(struct connection *connection, int first)
{
    wait_for(connection, first);
    emit_control(connection, first, PACKET_FIN | PACKET_ACK);
    wait_for(connection, 1 - first);
    emit_control(connection, 1 - first, PACKET_FIN | PACKET_ACK);
    wait_for(connection, first);
    emit_control(connection, first, PACKET_ACK);
}

/* An HTTP exchange: a GET of a file of so many bytes, and the file. */
static void http_exchange(struct connection *connection, unsigned number, uint32_t bytes)
{
    static uint8_t message[MOST_PAYLOAD];
    char name[40];
    int used = snprintf((char *)message, sizeof message,
                        "GET /polynic/%s/%u/%" PRIu32 ".txt HTTP/1.1\r\nHost: card.example\r\n"
                        "User-Agent: polynic-sample\r\nAccept: text/plain\r\n\r\n",
                        connection->name, number, bytes);
    connection->now_ns += between(connection->plan, 3000, 20000);
    transfer(connection, CLIENT, message, (uint32_t)used);
    connection->now_ns += between(connection->plan, 10000, 60000); /* the server works */
    used = snprintf((char *)message, sizeof message,
                    "HTTP/1.1 200 OK\r\nServer: polynic-sample\r\nContent-Type: text/plain\r\n"
                    "Content-Length: %" PRIu32 "\r\n\r\n",
                    bytes);
    snprintf(name, sizeof name, "%s %u", connection->name, number);
    put_text(message + used, bytes, name);
    transfer(connection, SERVER, message, (uint32_t)used + bytes);
}

/* --- The captures -------------------------------------------------------------------------------
 */

/* A flow of client number to the server; clients are spread over subnets behind one router. */
static struct flow make_flow(unsigned number, uint16_t client_port, uint16_t server_port)
{
    struct flow flow = {
        .network = PACKET_IPV4,
        .mac = {{2, 0, 0, 0, 0, 1}, {2, 0, 0, 0, 0, 2}},
        .address = {[CLIENT] = {{10, (uint8_t)(1 + number % 8), (uint8_t)(number * 7 / 8),
                                 (uint8_t)(10 + number)}},
                    [SERVER] = {{10, 0, 0, 2}}},
        .port = {client_port, server_port}};
    return flow;
}

static void make_web(struct capture_plan *plan)
{
    static const uint32_t sizes[] = {1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 4, 4, 8, 16};
    for (unsigned client = 0; client < 64; client++)
        for (unsigned round = 0; round < 3; round++) {
            struct connection connection = {
                .plan = plan,
                .flow = make_flow(client, (uint16_t)between(plan, 32768, 60000), 80),
                .now_ns = start_ns + draw(plan, 25000000),
                .rtt_ns = between(plan, 80000, 900000),
                .name = "web",
            };
            open_connection(&connection);
            unsigned requests = between(plan, 1, 3);
            for (unsigned i = 0; i < requests; i++) {
                uint32_t kilobytes = sizes[draw(plan, G_N_ELEMENTS(sizes))];
                http_exchange(&connection, client * 100 + round * 10 + i, kilobytes * 1024);
                connection.now_ns += draw(plan, 400000); /* the client thinks */
            }
            close_connection(&connection, (client + round) % 2 == 0 ? CLIENT : SERVER);
        }
}

static void make_short(struct capture_plan *plan)
{
    for (unsigned i = 0; i < 48; i++) {
        struct connection connection = {
            .plan = plan,
            .flow = make_flow(i % 12, (uint16_t)(40000 + i * 17), 9000),
            .now_ns = start_ns + i * 90000 + draw(plan, 60000),
            .rtt_ns = between(plan, 50000, 200000),
        };
        open_connection(&connection);
        connection.now_ns += between(plan, 1000, 5000);
        transfer(&connection, CLIENT, (const uint8_t *)"?", 1);
        wait_for(&connection, SERVER);
        transfer(&connection, SERVER, (const uint8_t *)"!", 1);
        close_connection(&connection, CLIENT);
    }
}

static void make_upload(struct capture_plan *plan)
{
    static uint8_t message[MOST_PAYLOAD];
    for (unsigned i = 0; i < 4; i++) {
        uint32_t bytes = 100000 + i * 40000 + draw(plan, 1000);
        char name[20];
        struct connection connection = {
            .plan = plan,
            .flow = make_flow(i * 5, (uint16_t)(50000 + i), 9001),
            .now_ns = start_ns + draw(plan, 300000),
            .rtt_ns = between(plan, 60000, 240000),
        };
        snprintf(name, sizeof name, "upload %u", i);
        put_text(message, bytes, name);
        open_connection(&connection);
        connection.now_ns += between(plan, 1000, 5000);
        transfer(&connection, CLIENT, message, bytes);
        wait_for(&connection, SERVER);
        transfer(&connection, SERVER, (const uint8_t *)"got all\n", 8);
        close_connection(&connection, CLIENT);
    }
}

static void make_arp(struct capture_plan *plan, uint64_t time_ns, const struct flow *flow, int from,
                     uint16_t operation)
{
    uint8_t data[42];
    put_ethernet(data, flow, from, PACKET_ETHER_ARP);
    if (operation == 1)
        memset(data, 0xff, 6);
    memcpy(data + 14, (const uint8_t[]){0, 1, 8, 0, 6, 4}, 6);
    packet_put16(data + 20, operation);
    memcpy(data + 22, flow->mac[from], 6);
    memcpy(data + 28, flow->address[from].bytes, 4);
    memset(data + 32, 0, 6);
    if (operation == 2)
        memcpy(data + 32, flow->mac[1 - from], 6);
    memcpy(data + 38, flow->address[1 - from].bytes, 4);
    emit(plan, time_ns, from, data, sizeof data);
}

/* Request and answer of one size, over UDP or as ICMP echo. */
static void make_exchange(struct capture_plan *plan, struct flow *flow, uint64_t time_ns,
                          uint8_t protocol, uint16_t number, uint32_t bytes)
{
    static uint8_t message[65536];
    bool is_ipv6 = flow->network == PACKET_IPV6;
    for (int from = CLIENT; from <= SERVER; from++) {
        char name[40];
        memset(message, 0, 8);
        if (protocol == IPPROTO_UDP) {
            packet_put16(message, flow->port[from]);
            packet_put16(message + 2, flow->port[1 - from]);
            packet_put16(message + 4, (uint16_t)(8 + bytes));
            packet_put16(message + 6, 0xffff); /* there is one: 0 would stay */
        } else {
            message[0] = (uint8_t)(is_ipv6 ? 128 + from : from == CLIENT ? 8 : 0);
            packet_put16(message + 4, flow->port[CLIENT]);
            packet_put16(message + 6, number);
        }
        snprintf(name, sizeof name, "mix %s %u",
                 protocol != IPPROTO_UDP ? "echo" : (from == CLIENT ? "question" : "answer"),
                 number);
        put_text(message + 8, bytes, name);
        emit_datagram(plan, flow, time_ns, from, protocol, message, 8 + bytes);
        time_ns += between(plan, 5000, 20000) + bytes * 2;
    }
}

static void use_ipv6(struct flow *flow)
{
    flow->network = PACKET_IPV6;
    inet_pton(AF_INET6, "fd00:2::9", flow->address[CLIENT].bytes);
    inet_pton(AF_INET6, "fd00:1::2", flow->address[SERVER].bytes);
}

static void make_mix(struct capture_plan *plan)
{
    static const uint32_t sizes[] = {1, 18, 64, 200, 512, 1000, 1472, 1473, 3000, 4000};
    /* The neighbour asks for the server before it sends. */
    struct flow neighbour = make_flow(0, 0x7777, 0);
    neighbour.address[CLIENT] = (struct packet_address){{10, 0, 0, 1}};
    make_arp(plan, start_ns, &neighbour, CLIENT, 1);
    make_arp(plan, start_ns + 7000, &neighbour, SERVER, 2);
    for (unsigned i = 0; i < 60; i++) {
        struct flow flow = make_flow(i % 20, (uint16_t)(45000 + i % 20), 7777);
        flow.id[CLIENT] = flow.id[SERVER] = (uint16_t)(1000 + i);
        make_exchange(plan, &flow, start_ns + 100000 + i * 70000, IPPROTO_UDP, (uint16_t)i,
                      sizes[i % G_N_ELEMENTS(sizes)]);
    }
    for (unsigned i = 0; i < 12; i++) {
        neighbour.id[CLIENT] = neighbour.id[SERVER] = (uint16_t)(2000 + i);
        make_exchange(plan, &neighbour, start_ns + 130000 + i * 400000, IPPROTO_ICMP,
                      (uint16_t)(i + 1), i % 3 == 2 ? 4000 : 56);
    }
    for (unsigned i = 0; i < 4; i++) {
        struct connection connection = {
            .plan = plan,
            .flow = make_flow(30 + i, (uint16_t)(33000 + i), 80),
            .now_ns = start_ns + 200000 + i * 300000,
            .rtt_ns = between(plan, 80000, 200000),
            .name = i < 2 ? "vlan" : "ipv6",
        };
        if (i < 2)
            connection.flow.vlan = 100;
        else
            use_ipv6(&connection.flow);
        open_connection(&connection);
        http_exchange(&connection, i, 6000);
        close_connection(&connection, CLIENT);
    }
    struct flow ipv6 = make_flow(0, 0x6666, 0);
    use_ipv6(&ipv6);
    for (unsigned i = 0; i < 4; i++)
        make_exchange(plan, &ipv6, start_ns + 150000 + i * 500000, IPPROTO_ICMPV6,
                      (uint16_t)(i + 1), 56);
}

static gint compare_frames(gconstpointer a, gconstpointer b)
{
    const struct frame *left = a, *right = b;
    return left->time_ns < right->time_ns ? -1 : left->time_ns > right->time_ns;
}

static bool write_sample(const char *folder, const char *name, void (*make)(struct capture_plan *))
{
    struct capture_plan plan = {.frames = g_array_new(FALSE, FALSE, sizeof(struct frame)),
                                .random = UINT64_C(0x706f6c796e6963)};
    struct diagnostics diagnostics;
    char *path = g_build_filename(folder, name, NULL);
    diagnostics_init(&diagnostics);
    make(&plan);
    g_array_sort(plan.frames, compare_frames); /* a merge sort: equal times keep their order */
    struct capture_writer *writer = capture_writer_new(path, &diagnostics);
    for (unsigned i = 0; i < plan.frames->len; i++) {
        struct frame *frame = &g_array_index(plan.frames, struct frame, i);
        if (writer != NULL)
            capture_writer_add(writer, (int64_t)frame->time_ns, frame->data, frame->bytes,
                               frame->bytes);
        g_free(frame->data);
    }
    if (writer != NULL)
        capture_writer_close(writer);
    bool good = diagnostics_print(&diagnostics, stderr) == 0;
    diagnostics_clear(&diagnostics);
    g_array_free(plan.frames, TRUE);
    g_free(path);
    return good;
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        fprintf(stderr, "usage: %s FOLDER\n", argv[0]);
        return 2;
    }
    bool good = write_sample(argv[1], "web.pcap", make_web);
    good = write_sample(argv[1], "short.pcap", make_short) && good;
    good = write_sample(argv[1], "upload.pcap", make_upload) && good;
    good = write_sample(argv[1], "mix.pcap", make_mix) && good;
    return good ? EXIT_SUCCESS : EXIT_FAILURE;
}
