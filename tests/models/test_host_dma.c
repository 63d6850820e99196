/* The second DMA: what is written to the host and when, messages, reads, completions.
 *
 * Descriptors are posted by the test as the processor's register does. On the card's bus a fetch, a cookie and a
 * write into the interface take 1 + beats from their grant, a read or write of packet memory 1 + 3 + beats; what
 * enters the interface is asked on the host bus 100 ns, 50 edges, later, and takes 1 + 3 + beats there. Both buses
 * have 500 MHz and 16 bytes a beat; setup is 4 cycles. See dma_bed.h. */
#include "tests/models/dma_bed.h"

#define WINDOW 0x800000000000ull /* of host memory on the card's bus */
#define HOST 0x10000000u         /* somewhere in host memory, far from the rings */
#define HOST_BYTES (1ull << 30)  /* of host memory */

enum { NO_COOKIE = 0 };

static void set_up_card(const char *source, const char *keys)
{
    dma_bed_init(source, keys);
    for (uint32_t i = 0; i < 8192; i++)
        *memory_at(packet_memory, TX_BASE + i, 1) = pattern(i);
}

/* Posts on a processor now; sequence 0: without a message, else of 16 bytes with that sequence. */
static void post(unsigned number, struct hw_host descriptor, uint32_t sequence)
{
    struct processor *processor = bed.processors[number];
    struct posted_descriptor *posted = queue_push(&processor->host_posted);
    struct hw_message message = {.type = HW_DATAGRAM, .sequence = sequence};

    if (sequence && !descriptor.message_bytes)
        descriptor.message_bytes = 16;
    memcpy(posted->data, &descriptor, sizeof descriptor);
    memcpy(posted->data + sizeof descriptor, &message, descriptor.message_bytes);
    posted->bytes = (uint32_t)sizeof descriptor + descriptor.message_bytes;
    processor->host_owed += descriptor.cookie != 0;
    host_dma_ring(host_dma, processor);
}

static void post_write(uint32_t cookie, uint32_t card_address, uint64_t host_address, uint32_t bytes,
                       uint32_t sequence)
{
    post(0,
         (struct hw_host){.cookie = cookie,
                          .operation = HW_HOST_WRITE,
                          .card_address = card_address,
                          .bytes = bytes,
                          .host_low = (uint32_t)host_address,
                          .host_high = (uint32_t)(host_address >> 32)},
         sequence);
}

static void post_read(uint32_t cookie, uint32_t card_address, uint64_t host_address, uint32_t bytes)
{
    post(0,
         (struct hw_host){.cookie = cookie,
                          .operation = HW_HOST_READ,
                          .card_address = card_address,
                          .bytes = bytes,
                          .host_low = (uint32_t)host_address,
                          .host_high = (uint32_t)(host_address >> 32)},
         0);
}

static void post_message(unsigned number, uint32_t cookie, uint32_t sequence)
{
    post(number, (struct hw_host){.cookie = cookie, .operation = HW_HOST_MESSAGE}, sequence);
}

static const uint8_t *host_at(uint64_t address)
{
    return memory_at(host_memory, address, 1);
}

/* The sequence that the message in a slot of processor 0's ring has. */
static uint32_t slot_sequence(unsigned slot)
{
    return ((const struct hw_message *)host_at(bed.processors[0]->rings[0].message_base + slot * 64))
        ->sequence;
}

static void ck_fetch(unsigned i, unsigned processor, uint32_t bytes, uint64_t asked, uint64_t granted,
                     uint64_t done)
{
    ck_card(i, BUS_READ, MAILBOX(processor) + 0x6000, bytes, asked, granted, done);
}

static void ck_packet_read(unsigned i, uint32_t address, uint32_t bytes, uint64_t asked,
                           uint64_t granted, uint64_t done)
{
    ck_card(i, BUS_READ, address, bytes, asked, granted, done);
}

static void ck_enters(unsigned i, uint64_t host_address, uint32_t bytes, uint64_t asked,
                      uint64_t granted, uint64_t done)
{
    ck_card(i, BUS_WRITE, WINDOW + host_address, bytes, asked, granted, done);
}

static void ck_cookie(unsigned i, uint64_t asked, uint64_t granted, uint64_t done)
{
    ck_card(i, BUS_WRITE, MAILBOX(0) + 0x3000, 4, asked, granted, done);
}

#define ck_host(i, op, address, bytes, asked, granted, done)                                       \
    bus_log_check(&host_log, i, op, address, bytes, asked, granted, done)

static uint32_t done_cookie(unsigned i)
{
    ck_assert_uint_lt(i, bed.processors[0]->host_done.count);
    return *(uint32_t *)queue_at(&bed.processors[0]->host_done, i);
}

/* --- WRITE --------------------------------------------------------------------------------------------- */

START_TEST(a_write_is_in_host_memory_before_its_message)
{
    /* The descriptor, 28 + 16 bytes, 3 beats: asked 4, granted 5, done 9. Packet memory: granted 10, 30, 50 (20
     * cycles), 70 (232 bytes, 15 beats, 19), done 89. Chunks of 17, 17, 17, 16 cycles, each asked when the one before
     * has entered. The message: asked 160, done 163; the cookie: asked 163, done 166. */
    set_up_card(GIVE(0), "");
    uint64_t slot = bed.processors[0]->rings[0].message_base;
    post_write(7, TX_BASE, HOST, 1000, 1);
    run_through(166);
    ck_assert_uint_eq(card_log.count, 11);
    ck_fetch(0, 0, 44, 4, 5, 9);
    ck_packet_read(1, TX_BASE, 256, 9, 10, 30);
    ck_packet_read(2, TX_BASE + 256, 256, 9, 30, 50);
    ck_packet_read(3, TX_BASE + 512, 256, 9, 50, 70);
    ck_packet_read(4, TX_BASE + 768, 232, 9, 70, 89);
    ck_enters(5, HOST, 256, 89, 90, 107);
    ck_enters(6, HOST + 256, 256, 107, 108, 125);
    ck_enters(7, HOST + 512, 256, 125, 126, 143);
    ck_enters(8, HOST + 768, 232, 143, 144, 160);
    ck_enters(9, slot, 16, 160, 161, 163);
    ck_cookie(10, 163, 164, 166);
    ck_assert_uint_eq(done_cookie(0), 7);
    /* On the host bus 50 later: asked 157, 175, 193, 210, 213; the message follows the last chunk, at 237. */
    run_through(237);
    check_pattern(host_at(HOST), 0, 1000);
    ck_assert_uint_eq(*host_at(HOST + 1000), 0);
    ck_assert_uint_eq(slot_sequence(0), 0);
    run_through(242);
    ck_host(0, BUS_WRITE, HOST, 256, 157, 158, 178);
    ck_host(1, BUS_WRITE, HOST + 256, 256, 175, 178, 198);
    ck_host(2, BUS_WRITE, HOST + 512, 256, 193, 198, 218);
    ck_host(3, BUS_WRITE, HOST + 768, 232, 210, 218, 237);
    ck_host(4, BUS_WRITE, slot, 16, 213, 237, 242);
    ck_assert_uint_eq(slot_sequence(0), 1);
    ck_assert_uint_eq(host_dma->stats.writes, 1);
    ck_assert_uint_eq(host_dma->stats.written_bytes, 1000);
    ck_assert_uint_eq(host_dma_pending(host_dma), 0);
    dma_bed_free();
}
END_TEST

START_TEST(a_message_of_nothing_written_is_told_to_the_driver_when_it_is_there)
{
    /* 28 + 64 bytes, 6 beats: done 12; the message of 4 beats: asked 12, granted 13, done 18; the cookie: 18, 19, 21.
     * On the host bus: asked 68, granted 69, done 77. */
    set_up_card(GIVE(0), "");
    post(0, (struct hw_host){.cookie = 1, .operation = HW_HOST_MESSAGE, .message_bytes = 64}, 1);
    run_to(77);
    ck_assert_uint_eq(part_statistic(dma_bed_part("bridge", "hbi"), "messages"), 0);
    run_through(77);
    ck_assert_uint_eq(part_statistic(dma_bed_part("bridge", "hbi"), "messages"), 1);
    ck_fetch(0, 0, 92, 4, 5, 12);
    ck_enters(1, bed.processors[0]->rings[0].message_base, 64, 12, 13, 18);
    ck_cookie(2, 18, 19, 21);
    ck_host(0, BUS_WRITE, bed.processors[0]->rings[0].message_base, 64, 68, 69, 77);
    ck_assert_uint_eq(host_dma->stats.writes, 0);
    dma_bed_free();
}
END_TEST

START_TEST(without_a_message_the_cookie_follows_the_last_chunk_into_the_interface)
{
    /* 28 bytes, 2 beats: done 8; read 9 .. 29; chunk asked 29, done 47; cookie asked 47, done 50. The data is in host
     * memory later: asked 97, done 118. */
    set_up_card(GIVE(0), "");
    post_write(7, TX_BASE, HOST, 256, 0);
    run_to(118);
    ck_fetch(0, 0, 28, 4, 5, 8);
    ck_packet_read(1, TX_BASE, 256, 8, 9, 29);
    ck_enters(2, HOST, 256, 29, 30, 47);
    ck_cookie(3, 47, 48, 50);
    ck_assert_uint_eq(done_cookie(0), 7);
    ck_assert_uint_eq(*host_at(HOST), 0);
    run_through(118);
    check_pattern(host_at(HOST), 0, 256);
    ck_host(0, BUS_WRITE, HOST, 256, 97, 98, 118);
    dma_bed_free();
}
END_TEST

START_TEST(chunks_are_cut_at_multiples_of_the_burst_at_the_host)
{
    /* From an odd card address: bursts of 251 and 49 bytes; at the host 6, 256, 38. */
    set_up_card(GIVE(0), "");
    post_write(NO_COOKIE, TX_BASE + 5, HOST + 250, 300, 0);
    run_to(300);
    ck_assert_uint_eq(card_log.count, 6);
    ck_packet_read(1, TX_BASE + 5, 251, 8, 9, 29);
    ck_packet_read(2, TX_BASE + 256, 49, 8, 29, 37);
    ck_enters(3, HOST + 250, 6, 37, 38, 40);
    ck_enters(4, HOST + 256, 256, 40, 41, 58);
    ck_enters(5, HOST + 512, 38, 58, 59, 63);
    check_pattern(host_at(HOST + 250), 5, 300);
    ck_assert_uint_eq(*host_at(HOST + 249), 0);
    ck_assert_uint_eq(*host_at(HOST + 550), 0);
    dma_bed_free();
}
END_TEST

START_TEST(a_frames_data_is_in_host_when_it_was_written_and_told_with_the_message)
{
    /* 1000 bytes received by 86. Posted at 100: 958 bytes from 42 on, at offset 44: fetched by 109; read 212 (14
     * beats, 18), 256, 256 (20), 234 (15 beats, 19): granted 110, done 187. Chunks 256 x 3 (17), 190 (12 beats, 13):
     * granted 188, 206, 224, 242, done 255; the message done 258. On the host bus granted 256, 276, 296, 316, done
     * 332; the message granted 332, done 337. */
    set_up_card(GIVE(8), "");
    struct frame *frame = receive(0, 1000);
    run_to(100);
    post_write(7, PACKET_BASE + 44, HOST, 958, 1);
    run_to(332);
    ck_assert_uint_eq(frame->stamps_ps[STAGE_IN_HOST], 0);
    run_to(338);
    check_pattern(host_at(HOST), 42, 958);
    ck_assert_uint_eq(edge_of(frame->stamps_ps[STAGE_IN_HOST]), 332);
    ck_assert_uint_eq(edge_of(host_log.entries[4].done_ps), 337);
    ck_assert_uint_eq(frame->stamps_ps[STAGE_TOLD], 0);
    ck_assert(!frame->any_delivered);
    run_to(10000);
    ck_assert(frame->any_delivered);
    ck_assert_uint_gt(frame->stamps_ps[STAGE_TOLD], dma_bed_from_ps + 337 * EDGE_PS);
    ck_assert_uint_eq(frame->references, 1); /* that of its buffer */
    dma_bed_free();
}
END_TEST

START_TEST(data_of_which_the_host_is_not_told_is_not_delivered)
{
    set_up_card(GIVE(8), "");
    struct frame *frame = receive(0, 1000);
    run_to(100);
    post_write(7, PACKET_BASE + 44, HOST, 958, 0);
    run_to(10000);
    ck_assert_uint_eq(edge_of(frame->stamps_ps[STAGE_IN_HOST]), 331); /* fetched an edge earlier */
    ck_assert(!frame->any_delivered);
    ck_assert_uint_eq(frame->references, 1);
    dma_bed_free();
}
END_TEST

/* --- READ ------------------------------------------------------------------------------------------------ */

START_TEST(a_read_completes_when_its_data_is_in_packet_memory)
{
    /* Ordered at 8; on the host bus asked 58, granted 59, done 79; on the card's asked 129, granted 130, done 150;
     * the cookie: asked 150, done 153. */
    set_up_card(GIVE(0), "");
    for (uint32_t i = 0; i < 256; i++)
        *memory_at(host_memory, HOST + i, 1) = pattern(5000 + i);
    post_read(9, TX_BASE, HOST, 256);
    run_to(150);
    check_pattern(memory_at(packet_memory, TX_BASE, 256), 0, 256);
    run_through(150);
    check_pattern(memory_at(packet_memory, TX_BASE, 256), 5000, 256);
    run_to(200);
    ck_assert_uint_eq(card_log.count, 3);
    ck_fetch(0, 0, 28, 4, 5, 8);
    ck_host(0, BUS_READ, HOST, 256, 58, 59, 79);
    ck_card(1, BUS_WRITE, TX_BASE, 256, 129, 130, 150);
    ck_cookie(2, 150, 151, 153);
    ck_assert_uint_eq(done_cookie(0), 9);
    ck_assert_uint_eq(host_dma->stats.read_bytes, 256);
    dma_bed_free();
}
END_TEST

/* --- Order ----------------------------------------------------------------------------------------------- */

START_TEST(completions_come_in_the_order_of_posting)
{
    /* A read, fetched by 8, done at 150. A message, fetched 13 .. 17, enters by 20; a write, fetched 22 .. 25, read by
     * 46, enters by 64: neither waits for the read, but their cookies do. */
    set_up_card(GIVE(0), "");
    post_read(1, TX_BASE, HOST, 256);
    post_message(0, 2, 1);
    post_write(3, TX_BASE + 1024, HOST + 4096, 256, 0);
    run_to(200);
    ck_assert_uint_eq(card_log.count, 10);
    ck_fetch(1, 0, 44, 12, 13, 17);
    ck_enters(2, bed.processors[0]->rings[0].message_base, 16, 17, 18, 20);
    ck_fetch(3, 0, 28, 21, 22, 25);
    ck_packet_read(4, TX_BASE + 1024, 256, 25, 26, 46);
    ck_enters(5, HOST + 4096, 256, 46, 47, 64);
    ck_card(6, BUS_WRITE, TX_BASE, 256, 129, 130, 150);
    ck_cookie(7, 150, 151, 153);
    ck_cookie(8, 150, 153, 155);
    ck_cookie(9, 150, 155, 157);
    for (uint32_t i = 0; i < 3; i++)
        ck_assert_uint_eq(done_cookie(i), i + 1);
    dma_bed_free();
}
END_TEST

START_TEST(messages_go_out_in_the_order_of_posting)
{
    /* The write: fetched by 9, read 10 .. 30 .. 50. The message alone is fetched meanwhile: asked 13, granted 50, done
     * 54. Chunks: asked 50, granted 54, done 71; 72 .. 89; the write's message 90 .. 92; then the other: asked 92,
     * granted 93, done 95, before the first cookie, which is asked after it. */
    set_up_card(GIVE(0), "");
    post_write(1, TX_BASE, HOST, 512, 1);
    post_message(0, 2, 2);
    run_to(200);
    ck_assert_uint_eq(card_log.count, 10);
    ck_fetch(3, 0, 44, 13, 50, 54);
    ck_enters(4, HOST, 256, 50, 54, 71);
    ck_enters(5, HOST + 256, 256, 71, 72, 89);
    ck_enters(6, bed.processors[0]->rings[0].message_base, 16, 89, 90, 92);
    ck_enters(7, bed.processors[0]->rings[0].message_base + 64, 16, 92, 93, 95);
    ck_cookie(8, 92, 95, 97);
    ck_cookie(9, 95, 97, 99);
    ck_assert_uint_eq(done_cookie(0), 1);
    ck_assert_uint_eq(done_cookie(1), 2);
    dma_bed_free();
}
END_TEST

START_TEST(processors_are_served_in_turn)
{
    /* Messages of 16 bytes: a fetch takes 4 cycles; setup later the next is asked. */
    set_up_card(GIVE(0), "processor.pp.count=2");
    post_message(1, NO_COOKIE, 1);
    post_message(1, NO_COOKIE, 2);
    post_message(0, NO_COOKIE, 1);
    post_message(0, NO_COOKIE, 2);
    run_to(200);
    ck_assert_uint_eq(card_log.count, 8);
    for (unsigned i = 0; i < 4; i++) {
        ck_fetch(2 * i, i % 2, 44, 4 + 9 * i, 5 + 9 * i, 9 + 9 * i);
        ck_enters(2 * i + 1, bed.processors[i % 2]->rings[0].message_base + i / 2 * 64, 16, 9 + 9 * i,
                  10 + 9 * i, 12 + 9 * i);
    }
    dma_bed_free();
}
END_TEST

START_TEST(at_most_so_many_jobs_are_under_way)
{
    /* With one the next fetch is asked setup cycles after the message before entered, at 12. */
    set_up_card(GIVE(0), "host_dma.hostdma.jobs=1 host_dma.hostdma.setup=3");
    post_message(0, 1, 1);
    post_message(0, 2, 2);
    run_to(200);
    ck_fetch(0, 0, 44, 3, 4, 8);
    ck_enters(1, bed.processors[0]->rings[0].message_base, 16, 8, 9, 11);
    ck_cookie(2, 11, 12, 14);
    ck_fetch(3, 0, 44, 14, 15, 19);
    dma_bed_free();
}
END_TEST

/* --- Room in the interface --------------------------------------------------------------------------------- */

START_TEST(a_chunk_waits_until_the_interface_has_room)
{
    /* A FIFO of one burst: the first chunk enters 50 .. 67 and is in host memory at 138 (asked 117); the second is
     * asked then, done 156, and the cookie 159. */
    set_up_card(GIVE(0), "bridge.hbi.fifo=256B");
    post_write(7, TX_BASE, HOST, 512, 0);
    run_to(300);
    ck_enters(3, HOST, 256, 49, 50, 67);
    ck_host(0, BUS_WRITE, HOST, 256, 117, 118, 138);
    ck_enters(4, HOST + 256, 256, 138, 139, 156);
    ck_cookie(5, 156, 157, 159);
    ck_assert_uint_eq(host_dma->stats.room_waits, 1);
    check_pattern(host_at(HOST), 0, 512);
    ck_assert_uint_eq(part_statistic(dma_bed_part("bridge", "hbi"), "fifo_max_bytes"), 256);
    dma_bed_free();
}
END_TEST

START_TEST(a_message_waits_until_the_interface_has_room)
{
    /* The chunk enters 31 .. 48 and is in host memory at 119 (asked 98); the message is asked then. */
    set_up_card(GIVE(0), "bridge.hbi.fifo=256B");
    post_write(7, TX_BASE, HOST, 256, 1);
    run_to(300);
    ck_enters(2, HOST, 256, 30, 31, 48);
    ck_enters(3, bed.processors[0]->rings[0].message_base, 16, 119, 120, 122);
    ck_cookie(4, 122, 123, 125);
    ck_assert_uint_eq(host_dma->stats.room_waits, 1);
    dma_bed_free();
}
END_TEST

START_TEST(with_room_for_two_bursts_one_chunk_enters_while_one_leaves)
{
    /* Fetched by 9, read 10 .. 90. Two chunks enter, by 108 and 126; they are in host memory at 179 (asked 158) and
     * 199. The third is asked at 179, done 197; the fourth at 199, done 217; the message when the third is in host
     * memory: asked 247, granted 248, done 268. */
    set_up_card(GIVE(0), "bridge.hbi.fifo=512B");
    post_write(7, TX_BASE, HOST, 1024, 1);
    run_to(1000);
    ck_enters(5, HOST, 256, 90, 91, 108);
    ck_enters(6, HOST + 256, 256, 108, 109, 126);
    ck_enters(7, HOST + 512, 256, 179, 180, 197);
    ck_enters(8, HOST + 768, 256, 199, 200, 217);
    ck_enters(9, bed.processors[0]->rings[0].message_base, 16, 268, 269, 271);
    ck_cookie(10, 271, 272, 274);
    check_pattern(host_at(HOST), 0, 1024);
    ck_assert_uint_eq(slot_sequence(0), 1);
    ck_assert_uint_eq(host_dma->stats.room_waits, 3);
    dma_bed_free();
}
END_TEST

/* --- Ring slots, and addresses of nothing -------------------------------------------------------------------- */

START_TEST(slots_go_on_across_the_wrap_of_the_sequence)
{
    /* Message n is in slot (n - 1) mod 8: 2^32 - 3 in 4, ... 2^32 - 1 in 6, 2^32 (0) in 7, 1 in 0. The driver's
     * interrupt comes after the test. */
    static const uint32_t sequences[] = {0xfffffffd, 0xfffffffe, 0xffffffff, 0, 1, 2};
    static const unsigned slots[] = {4, 5, 6, 7, 0, 1};

    set_up_card(GIVE(0), "processor.pp.ring_slots=8 host.server.interrupt_latency=1ms");
    for (unsigned i = 0; i < 6; i++)
        post(0, (struct hw_host){.operation = HW_HOST_MESSAGE, .message_bytes = 16}, sequences[i]);
    run_to(1000);
    for (unsigned i = 0; i < 6; i++) {
        ck_assert_uint_eq(slot_sequence(slots[i]), sequences[i]);
        ck_assert_uint_eq(host_log.entries[i].address,
                          bed.processors[0]->rings[0].message_base + 64 * slots[i]);
    }
    dma_bed_free();
}
END_TEST

static uint64_t lost_writes(void)
{
    return part_statistic(dma_bed_part("bridge", "hbi"), "lost_writes");
}

START_TEST(a_write_to_a_host_address_without_memory_is_lost_counted_and_completes)
{
    static const uint64_t nowhere[] = {HOST_BYTES, 1ull << 46, 1ull << 47, 0xffffffffffffff00};

    /* Fetches by 8 and 32 (due 12, granted 29); the first chunk: asked 29, granted 32, done 49; its cookie is asked
     * then, and granted when the second's data is read, 49 .. 69. The chunk is refused on the host bus at 100 + 17,
     * without waits, and gives its room back: the second's is asked then. */
    for (unsigned i = 0; i < G_N_ELEMENTS(nowhere); i++) {
        set_up_card(GIVE(0), "bridge.hbi.fifo=256B");
        post_write(7, TX_BASE, nowhere[i], 256, 0);
        post_write(8, TX_BASE, HOST, 256, 0);
        run_to(1000);
        ck_assert_uint_eq(lost_writes(), 1);
        ck_cookie(5, 49, 69, 71);
        ck_enters(6, HOST, 256, 117, 118, 135);
        ck_assert_uint_eq(done_cookie(0), 7);
        ck_assert_uint_eq(done_cookie(1), 8);
        check_pattern(host_at(HOST), 0, 256);
        dma_bed_free();
    }
}
END_TEST

START_TEST(of_a_write_that_runs_off_host_memory_only_the_chunks_outside_are_lost)
{
    set_up_card(GIVE(0), "");
    post_write(7, TX_BASE, HOST_BYTES - 300, 600, 0);
    run_to(1000);
    check_pattern(host_at(HOST_BYTES - 300), 0, 300);
    ck_assert_uint_eq(lost_writes(), 2); /* 256 and 44 bytes */
    ck_assert_uint_eq(done_cookie(0), 7);
    dma_bed_free();
}
END_TEST

START_TEST(a_read_of_a_host_address_without_memory_fails_counted_and_completes)
{
    /* No target, no waits: on the host bus asked 58, granted 59, done 76; on the card's asked 126, granted 127, done
     * 147; what was read is what a bus has that nobody drives. */
    set_up_card(GIVE(0), "");
    post_read(9, TX_BASE, HOST_BYTES, 256);
    post_read(10, TX_BASE + 1024, HOST, 16);
    run_to(500);
    ck_card(2, BUS_WRITE, TX_BASE, 256, 126, 127, 147);
    ck_assert_uint_eq(host_dma->stats.failed, 1);
    ck_assert_uint_eq(host_dma->stats.reads, 2);
    ck_assert_uint_eq(*memory_at(packet_memory, TX_BASE + 255, 1), 0xff);
    ck_assert_uint_eq(done_cookie(0), 9);
    ck_assert_uint_eq(done_cookie(1), 10);
    dma_bed_free();
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("host_dma");
    TCase *writes = tcase_create("write");
    TCase *order = tcase_create("read and order");
    TCase *room = tcase_create("room");
    TCase *addresses = tcase_create("addresses");

    tcase_set_timeout(writes, 120);
    tcase_set_timeout(order, 120);
    tcase_set_timeout(room, 120);
    tcase_set_timeout(addresses, 120);
    tcase_add_test(writes, a_write_is_in_host_memory_before_its_message);
    tcase_add_test(writes, a_message_of_nothing_written_is_told_to_the_driver_when_it_is_there);
    tcase_add_test(writes, without_a_message_the_cookie_follows_the_last_chunk_into_the_interface);
    tcase_add_test(writes, chunks_are_cut_at_multiples_of_the_burst_at_the_host);
    tcase_add_test(writes, a_frames_data_is_in_host_when_it_was_written_and_told_with_the_message);
    tcase_add_test(writes, data_of_which_the_host_is_not_told_is_not_delivered);
    suite_add_tcase(s, writes);
    tcase_add_test(order, a_read_completes_when_its_data_is_in_packet_memory);
    tcase_add_test(order, completions_come_in_the_order_of_posting);
    tcase_add_test(order, messages_go_out_in_the_order_of_posting);
    tcase_add_test(order, processors_are_served_in_turn);
    tcase_add_test(order, at_most_so_many_jobs_are_under_way);
    suite_add_tcase(s, order);
    tcase_add_test(room, a_chunk_waits_until_the_interface_has_room);
    tcase_add_test(room, a_message_waits_until_the_interface_has_room);
    tcase_add_test(room, with_room_for_two_bursts_one_chunk_enters_while_one_leaves);
    suite_add_tcase(s, room);
    tcase_add_test(addresses, slots_go_on_across_the_wrap_of_the_sequence);
    tcase_add_test(addresses, a_write_to_a_host_address_without_memory_is_lost_counted_and_completes);
    tcase_add_test(addresses, of_a_write_that_runs_off_host_memory_only_the_chunks_outside_are_lost);
    tcase_add_test(addresses, a_read_of_a_host_address_without_memory_fails_counted_and_completes);
    suite_add_tcase(s, addresses);
    return s;
}
