/* traces/generate.h: its frames are valid, at their times, and the same again. */
#include "tests/suite.h"
#include "traces/card_side.h"
#include "traces/generate.h"
#include "traces/packet.h"

#include <glib.h>
#include <math.h>
#include <netinet/in.h>
#include <string.h>

static struct generate_config datagrams(void)
{
    return (struct generate_config){.number = 2,
                                    .seed = 1,
                                    .mean_gap_ps = 1000000,
                                    .flows = 100,
                                    .sizes = {{64, 7}, {594, 4}, {1518, 1}},
                                    .size_count = 3,
                                    .mtu_bytes = 1500};
}

static struct generate_config connections(uint64_t count)
{
    struct generate_config config = datagrams();

    config.is_tcp = true;
    config.connections = count;
    config.mean_gap_ps = 50000000;
    config.requests = 3;
    config.request_bytes = 4000;
    config.response_bytes = 100000;
    config.round_trip_ps = 200000000;
    config.think_ps = 70000000;
    return config;
}

static void next(struct generator *generator, struct capture_frame *frame, struct packet *packet)
{
    ck_assert_int_eq(generator_next(generator, frame), CAPTURE_FRAME);
    packet_parse(packet, frame->data, frame->captured_bytes, frame->wire_bytes);
    ck_assert(!packet->malformed && !packet->cut);
    ck_assert(packet_checksums_good(packet));
}

START_TEST(sizes_have_their_parts)
{
    struct generate_config config = datagrams();
    struct generator *generator = generator_new(&config);
    struct capture_frame frame;
    struct packet packet;
    unsigned count[1600] = {0};

    for (unsigned i = 0; i < 120000; i++) {
        next(generator, &frame, &packet);
        ck_assert_int_eq(frame.time_ns, i * 1000);
        ck_assert_uint_lt(frame.wire_bytes, 1600);
        count[frame.wire_bytes]++;
    }
    ck_assert_double_eq_tol(count[60], 70000, 4 * sqrt(120000.0 * 7 / 12 * 5 / 12));
    ck_assert_double_eq_tol(count[590], 40000, 4 * sqrt(120000.0 * 4 / 12 * 8 / 12));
    ck_assert_uint_eq(count[60] + count[590] + count[1514], 120000);
    generator_free(generator);
}
END_TEST

/* Counts in intervals of ten means are Poisson: mean and variance are 10. */
START_TEST(poisson_arrivals_are_poisson)
{
    struct generate_config config = datagrams();
    struct capture_frame frame = {0};
    struct packet packet;
    double sum = 0, squares = 0;
    enum { INTERVALS = 20000 };

    config.is_poisson = true;
    struct generator *generator = generator_new(&config);
    for (int64_t interval = 1; interval <= INTERVALS; interval++) {
        unsigned count = 0;

        for (; frame.time_ns < interval * 10000; count++)
            next(generator, &frame, &packet);
        sum += count;
        squares += (double)count * count;
    }
    ck_assert_double_eq_tol(sum / INTERVALS, 10, 4 * sqrt(10.0 / INTERVALS));
    ck_assert_double_eq_tol(squares / INTERVALS - sum / INTERVALS * sum / INTERVALS, 10, 4 * sqrt(210.0 / INTERVALS));
    generator_free(generator);
}
END_TEST

START_TEST(every_flow_is_another_client)
{
    struct generate_config config = datagrams();
    GHashTable *clients = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);
    struct capture_frame frame;
    struct packet packet;

    config.flows = 70000; /* more than there are addresses */
    struct generator *generator = generator_new(&config);
    for (unsigned i = 0; i < 1200000; i++) {
        next(generator, &frame, &packet);
        gint64 name = (gint64)packet_get32(packet.source.bytes) << 16 | packet.source_port;

        ck_assert_uint_eq(packet_get32(packet.source.bytes) >> 16, 0x0a02);
        ck_assert_uint_eq(packet_get32(packet.destination.bytes), 0x0a000002);
        g_hash_table_add(clients, g_memdup2(&name, sizeof name));
    }
    /* Each of 70,000 is missing with a chance of e^-17.1. */
    ck_assert_uint_eq(g_hash_table_size(clients), 70000);
    g_hash_table_destroy(clients);
    generator_free(generator);
}
END_TEST

START_TEST(answers_follow_their_datagrams)
{
    struct generate_config config = datagrams();
    struct capture_frame frame;
    struct packet packet;
    struct packet_address clients[10];
    uint16_t ports[10];

    config.answers = true;
    config.is_ipv6 = true;
    config.sizes[0].bytes = 66;
    ck_assert_ptr_null(generate_check(&config));
    struct generator *generator = generator_new(&config);
    for (unsigned i = 0; i < 10; i++) { /* the server takes 10 us */
        next(generator, &frame, &packet);
        clients[i] = packet.source;
        ports[i] = packet.source_port;
    }
    for (unsigned i = 0; i < 10; i++) {
        next(generator, &frame, &packet);
        ck_assert_int_eq(frame.time_ns, 10000 + 1000 * i);
        ck_assert_uint_eq(packet.source_port, 7);
        ck_assert_uint_eq(packet.destination_port, ports[i]);
        ck_assert_mem_eq(&packet.destination, &clients[i], sizeof clients[i]);
        next(generator, &frame, &packet); /* the eleventh, ... */
        ck_assert_uint_eq(packet.destination_port, 7);
    }
    generator_free(generator);
}
END_TEST

/* What each side has sent and acknowledged, as the other would see it. */
struct half {
    uint32_t next, acked;
    bool opened, closed;
    uint64_t bytes;
};

static void follow(struct half *from, struct half *to, const struct packet *packet)
{
    uint32_t syn = (packet->tcp_flags & PACKET_SYN) != 0, fin = (packet->tcp_flags & PACKET_FIN) != 0;

    ck_assert(!from->closed || packet->payload_bytes + syn + fin == 0);
    if (syn)
        from->next = packet->sequence;
    ck_assert_uint_eq(packet->sequence, from->next); /* nothing is lost, or sent twice */
    from->next += packet->payload_bytes + syn + fin;
    from->opened |= syn;
    from->closed |= fin;
    from->bytes += packet->payload_bytes;
    if (!(packet->tcp_flags & PACKET_ACK))
        return;
    ck_assert(to->opened);
    if (from->acked)
        ck_assert_int_ge((int32_t)(packet->acknowledgement - from->acked), 0);
    ck_assert_int_le((int32_t)(packet->acknowledgement - to->next), 0); /* was sent */
    from->acked = packet->acknowledgement;
    if (to->acked)
        ck_assert_uint_le(from->next - to->acked, 65535); /* within the window */
}

START_TEST(connections_are_whole)
{
    enum { COUNT = 50 };
    struct generate_config config = connections(COUNT);
    struct half halves[COUNT][2] = {0};
    struct capture_frame frame;
    struct packet packet;
    int64_t last_ns = 0;

    config.is_poisson = _i & 1;
    config.is_ipv6 = _i & 2;
    struct generator *generator = generator_new(&config);
    while (generator_next(generator, &frame) == CAPTURE_FRAME) {
        packet_parse(&packet, frame.data, frame.captured_bytes, frame.wire_bytes);
        ck_assert(packet_checksums_good(&packet));
        ck_assert_int_ge(frame.time_ns, last_ns);
        last_ns = frame.time_ns;
        bool from_server = packet.source_port == 80;
        const struct packet_address *client = from_server ? &packet.destination : &packet.source;
        unsigned number = packet_get16(client->bytes + (config.is_ipv6 ? 14 : 2)) - 1u;
        ck_assert_uint_lt(number, COUNT);
        if (halves[number][!from_server].opened)
            follow(&halves[number][from_server], &halves[number][!from_server], &packet);
        else { /* the first two */
            ck_assert(packet.tcp_flags & PACKET_SYN);
            halves[number][!from_server].next = packet.acknowledgement;
            follow(&halves[number][from_server], &halves[number][!from_server], &packet);
        }
    }
    for (unsigned i = 0; i < COUNT; i++) {
        ck_assert(halves[i][0].closed && halves[i][1].closed);
        ck_assert_uint_eq(halves[i][0].bytes, 3 * 4000);
        ck_assert_uint_eq(halves[i][1].bytes, 3 * 100000);
        ck_assert_uint_eq(halves[i][0].acked, halves[i][1].next);
        ck_assert_uint_eq(halves[i][1].acked, halves[i][0].next);
    }
    generator_free(generator);
}
END_TEST

static uint64_t digest(const struct generate_config *config)
{
    struct generator *generator = generator_new(config);
    struct capture_frame frame;
    uint64_t sum = 0;

    for (unsigned i = 0; i < 3000 && generator_next(generator, &frame) == CAPTURE_FRAME; i++) {
        sum = sum * 31 + (uint64_t)frame.time_ns;
        for (uint32_t at = 0; at < frame.captured_bytes; at++)
            sum = sum * 31 + frame.data[at];
    }
    generator_free(generator);
    return sum;
}

START_TEST(seed_decides_everything)
{
    struct generate_config all[] = {datagrams(), connections(20)};

    for (unsigned i = 0; i < 2; i++) {
        struct generate_config other = all[i];

        all[i].is_poisson = other.is_poisson = true;
        ck_assert_uint_eq(digest(&all[i]), digest(&other));
        other.seed++;
        ck_assert_uint_ne(digest(&all[i]), digest(&other));
        other = all[i];
        other.number++;
        ck_assert_uint_ne(digest(&all[i]), digest(&other));
    }
}
END_TEST

START_TEST(wrong_sizes_are_told)
{
    static const char *const wrong[] = {"", "63", "9023", "64:", "64:0", "64;128", "64,", ",64", "imix2", "-64", " 64",
                                        "64:99999999", "64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64,64"};
    struct generate_config config = {0};
    char *why = NULL;

    for (unsigned i = 0; i < G_N_ELEMENTS(wrong); i++) {
        ck_assert_msg(!generate_parse_sizes(&config, wrong[i], &why), "'%s' was taken", wrong[i]);
        ck_assert_ptr_nonnull(why);
        g_free(why);
    }
    ck_assert(generate_parse_sizes(&config, "rfc2544", &why));
    ck_assert_uint_eq(config.size_count, 7);
    ck_assert(generate_parse_sizes(&config, "64:7,594:4,1518", &why));
    ck_assert_uint_eq(generate_mean_millibits(&config), 8000ull * (7 * 60 + 4 * 590 + 1514) / 12);
    config.is_ipv6 = true;
    why = generate_check(&config);
    ck_assert_ptr_nonnull(why);
    g_free(why);
}
END_TEST

Suite *suite(void)
{
    Suite *all = suite_create("generator");
    TCase *cases = tcase_create("datagrams");

    tcase_set_timeout(cases, 60);
    tcase_add_test(cases, sizes_have_their_parts);
    tcase_add_test(cases, poisson_arrivals_are_poisson);
    tcase_add_test(cases, every_flow_is_another_client);
    tcase_add_test(cases, answers_follow_their_datagrams);
    suite_add_tcase(all, cases);
    cases = tcase_create("connections");
    tcase_add_loop_test(cases, connections_are_whole, 0, 4);
    suite_add_tcase(all, cases);
    cases = tcase_create("both");
    tcase_add_test(cases, seed_decides_everything);
    tcase_add_test(cases, wrong_sizes_are_told);
    suite_add_tcase(all, cases);
    return all;
}
