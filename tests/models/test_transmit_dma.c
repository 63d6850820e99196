/* The transmit DMA: fetch, gather, order, a full port, completions, datagrams for another processor.
 *
 * Descriptors are posted by the test as the processor's register does. A fetch of n bytes is done 1 + beats after
 * its grant, a read of packet memory 1 + 3 + beats, a cookie 2; see dma_bed.h. setup is 4 cycles. */
#include "tests/models/dma_bed.h"

#define SLEEP "void run(void) { }\n"

struct piece { /* of a frame */
    uint32_t address; /* packet memory; HW_LOCAL_BASE: inline */
    uint32_t bytes;
};

static uint32_t inline_from; /* pattern of the next inline byte */

/* Posts a frame of these pieces on a processor now. Inline bytes are the pattern from inline_from on. */
static void post(unsigned number, uint32_t cookie, uint16_t destination, const struct piece *pieces,
                 unsigned count)
{
    struct processor *processor = bed.processors[number];
    struct posted_descriptor *posted = queue_push(&processor->tx_posted);
    struct hw_tx descriptor = {
        .cookie = cookie, .destination = destination, .segments = (uint8_t)count};

    posted->bytes = 8 + 8 * count;
    for (unsigned i = 0; i < count; i++) {
        descriptor.segment[i] = (struct hw_segment){pieces[i].address, pieces[i].bytes};
        if (pieces[i].address != HW_LOCAL_BASE)
            continue;
        for (uint32_t k = 0; k < pieces[i].bytes; k++)
            posted->data[posted->bytes++] = pattern(inline_from++);
    }
    memcpy(posted->data, &descriptor, 8 + 8 * count);
    processor->tx_owed += cookie != 0;
    transmit_dma_ring(transmit_dma, processor);
}

static void post_inline(unsigned number, uint32_t cookie, uint32_t bytes)
{
    const struct piece piece = {HW_LOCAL_BASE, bytes};

    post(number, cookie, 0, &piece, 1);
}

/* Packet memory from there on holds the pattern from `first` on. */
static void fill(uint32_t address, uint32_t first, uint32_t bytes)
{
    uint8_t *at = memory_at(packet_memory, address, bytes);

    for (uint32_t i = 0; i < bytes; i++)
        at[i] = pattern(first + i);
}

struct sent {
    uint32_t bytes;
    unsigned processor;
    uint64_t first_bit_ps, last_bit_ps; /* from edge 0 */
    uint8_t data[2048];
};

static struct sent sent[16];
static unsigned sent_count;

static void frame_sent(void *owner, struct port *port, const struct tx_frame *frame,
                       uint64_t first_bit_ps, uint64_t last_bit_ps)
{
    struct sent *entry = &sent[sent_count++];

    (void)owner;
    (void)port;
    ck_assert_uint_le(sent_count, G_N_ELEMENTS(sent));
    entry->bytes = frame->bytes;
    entry->processor = frame->processor;
    entry->first_bit_ps = first_bit_ps - dma_bed_from_ps;
    entry->last_bit_ps = last_bit_ps - dma_bed_from_ps;
    memcpy(entry->data, frame->data, MIN(frame->bytes, sizeof entry->data));
}

static void set_up_card(const char *source, const char *keys)
{
    dma_bed_init(source, keys);
    port_listen(bed.port, frame_sent, NULL);
    sent_count = inline_from = 0;
}

static void ck_fetch(unsigned i, unsigned processor, uint32_t bytes, uint64_t asked, uint64_t granted,
                     uint64_t done)
{
    ck_card(i, BUS_READ, MAILBOX(processor) + 0x5000, bytes, asked, granted, done);
}

static void ck_segment(unsigned i, uint32_t address, uint32_t bytes, uint64_t asked, uint64_t granted,
                       uint64_t done)
{
    ck_card(i, BUS_READ, address, bytes, asked, granted, done);
}

static void ck_cookie(unsigned i, unsigned processor, uint64_t asked, uint64_t granted, uint64_t done)
{
    ck_card(i, BUS_WRITE, MAILBOX(processor) + 0x2000, 4, asked, granted, done);
}

static uint32_t done_cookie(unsigned processor, unsigned i)
{
    ck_assert_uint_lt(i, bed.processors[processor]->tx_done.count);
    return *(uint32_t *)queue_at(&bed.processors[processor]->tx_done, i);
}

/* --- One frame ------------------------------------------------------------------------------------------ */

START_TEST(headers_and_payload_are_gathered_into_one_frame)
{
    /* The descriptor: 8 + 16 + 54 = 78 bytes, 5 beats: asked 4, granted 5, done 11. The payload, 1000 aligned bytes:
     * asked 11, granted 12; 256, 256, 256 (20 cycles each), 232 (15 beats, 19): done 91. The frame is in the FIFO and
     * begins on the wire at 91, 182 ns; 8 * (8 + 1054 + 4) bits of 100 ps. The cookie: asked 91, done 94. */
    const struct piece pieces[] = {{HW_LOCAL_BASE, 54}, {TX_BASE, 1000}};

    set_up_card(SLEEP, "");
    fill(TX_BASE, 54, 1000);
    post(0, 77, 0, pieces, 2);
    run_through(91);
    ck_assert_uint_eq(bed.port->tx_reserved_bytes, 1054);
    ck_assert_ptr_nonnull(bed.port->tx_first);
    run_to(94);
    ck_assert_uint_eq(bed.processors[0]->tx_done.count, 0);
    run_through(94);
    ck_assert_uint_eq(done_cookie(0, 0), 77);
    run_to(1000);
    ck_assert_uint_eq(card_log.count, 6);
    ck_fetch(0, 0, 78, 4, 5, 11);
    ck_segment(1, TX_BASE, 256, 11, 12, 32);
    ck_segment(2, TX_BASE + 256, 256, 11, 32, 52);
    ck_segment(3, TX_BASE + 512, 256, 11, 52, 72);
    ck_segment(4, TX_BASE + 768, 232, 11, 72, 91);
    ck_cookie(5, 0, 91, 92, 94);
    ck_assert_uint_eq(sent_count, 1);
    ck_assert_uint_eq(sent[0].bytes, 1054);
    ck_assert_uint_eq(sent[0].first_bit_ps, 182000);
    ck_assert_uint_eq(sent[0].last_bit_ps, 182000 + 8528 * 100);
    check_pattern(sent[0].data, 0, 1054);
    ck_assert_uint_eq(transmit_dma_pending(transmit_dma), 0);
    dma_bed_free();
}
END_TEST

START_TEST(a_frame_of_inline_bytes_alone_is_complete_with_its_descriptor)
{
    /* 8 + 8 + 60 = 76 bytes, 5 beats: done 11, on the wire at once; the cookie asked 11, done 14. */
    set_up_card(SLEEP, "");
    post_inline(0, 5, 60);
    run_to(1000);
    ck_assert_uint_eq(card_log.count, 2);
    ck_fetch(0, 0, 76, 4, 5, 11);
    ck_cookie(1, 0, 11, 12, 14);
    ck_assert_uint_eq(sent[0].first_bit_ps, 22000);
    check_pattern(sent[0].data, 0, 60);
    dma_bed_free();
}
END_TEST

START_TEST(without_a_cookie_no_completion_is_written)
{
    set_up_card(SLEEP, "");
    post_inline(0, 0, 60);
    run_to(1000);
    ck_assert_uint_eq(card_log.count, 1);
    ck_assert_uint_eq(sent_count, 1);
    dma_bed_free();
}
END_TEST

START_TEST(one_byte_is_sent_padded)
{
    /* 8 + 8 + 1 = 17 bytes, 2 beats. */
    set_up_card(SLEEP, "");
    post_inline(0, 0, 1);
    run_to(1000);
    ck_fetch(0, 0, 17, 4, 5, 8);
    ck_assert_uint_eq(sent[0].bytes, 60);
    ck_assert_uint_eq(sent[0].data[0], pattern(0));
    ck_assert_uint_eq(sent[0].data[1], 0);
    ck_assert_uint_eq(sent[0].data[59], 0);
    ck_assert_uint_eq(bed.port->tx_reserved_bytes, 0);
    dma_bed_free();
}
END_TEST

START_TEST(sixty_four_segments_keep_their_order)
{
    /* 32 times 4 inline bytes and 3 of packet memory, each within a beat. The descriptor: 8 + 512 + 128 = 648 bytes:
     * 256 (17 cycles), 256, 136 (9 beats, 10): granted 5, 22, 39, done 49. 32 reads of 5 cycles from 50: done 210. */
    struct piece pieces[64];

    set_up_card(SLEEP, "");
    for (unsigned i = 0; i < 32; i++) {
        pieces[2 * i] = (struct piece){HW_LOCAL_BASE, 4};
        pieces[2 * i + 1] = (struct piece){TX_BASE + 64 * (31 - i) + 5, 3};
        fill(TX_BASE + 64 * (31 - i) + 5, 1000 + 3 * i, 3);
    }
    post(0, 1, 0, pieces, 64);
    run_to(2000);
    ck_assert_uint_eq(card_log.count, 3 + 32 + 1);
    ck_fetch(0, 0, 256, 4, 5, 22);
    ck_card(1, BUS_READ, MAILBOX(0) + 0x5000 + 256, 256, 4, 22, 39);
    ck_card(2, BUS_READ, MAILBOX(0) + 0x5000 + 512, 136, 4, 39, 49);
    for (unsigned i = 0; i < 32; i++)
        ck_segment(3 + i, pieces[2 * i + 1].address, 3, i < 4 ? 49 : 55 + 5 * (i - 4), 50 + 5 * i,
                   55 + 5 * i);
    ck_cookie(35, 0, 210, 211, 213);
    ck_assert_uint_eq(sent[0].bytes, 224);
    for (unsigned i = 0; i < 32; i++) {
        check_pattern(sent[0].data + 7 * i, 4 * i, 4);
        check_pattern(sent[0].data + 7 * i + 4, 1000 + 3 * i, 3);
    }
    ck_assert_uint_eq(transmit_dma->stats.segments, 64);
    ck_assert_uint_eq(transmit_dma->stats.inline_bytes, 128);
    dma_bed_free();
}
END_TEST

START_TEST(setup_is_counted_from_posting_and_may_be_none)
{
    set_up_card(SLEEP, "transmit_dma.txdma.setup=0");
    post_inline(0, 0, 60);
    run_to(100);
    ck_fetch(0, 0, 76, 0, 1, 7);
    dma_bed_free();
    set_up_card(SLEEP, "transmit_dma.txdma.setup=10");
    run_through(0);
    post_inline(0, 0, 60); /* after edge 0: counted from edge 1 */
    run_to(100);
    ck_fetch(0, 0, 76, 11, 12, 18);
    dma_bed_free();
}
END_TEST

/* --- Several frames --------------------------------------------------------------------------------------- */

START_TEST(the_next_descriptor_is_fetched_setup_after_the_fetch_before)
{
    /* The first is fetched by 11, so the second is due at 15. Four bursts of the first one's data are under way then
     * (granted 12, 32, 52, 72): it is asked when the first of them is done, at 32. They end at 92: the fetch of 76
     * bytes is granted 92, done 98. Cookies are asked 92 and 98. */
    const struct piece pieces[] = {{HW_LOCAL_BASE, 54}, {TX_BASE, 1024}};

    set_up_card(SLEEP, "");
    fill(TX_BASE, 54, 1024);
    post(0, 1, 0, pieces, 2);
    post_inline(0, 2, 60);
    run_to(1500);
    ck_segment(4, TX_BASE + 768, 256, 11, 72, 92);
    ck_fetch(5, 0, 76, 32, 92, 98);
    ck_cookie(6, 0, 92, 98, 100);
    ck_cookie(7, 0, 98, 100, 102);
    ck_assert_uint_eq(done_cookie(0, 0), 1);
    ck_assert_uint_eq(done_cookie(0, 1), 2);
    dma_bed_free();
}
END_TEST

START_TEST(descriptors_alone_are_fetched_setup_apart)
{
    /* Fetched by 11, asked 15, granted 16, done 22, asked 26. Cookies in between: asked 11, done 14; asked 22, done
     * 25. */
    set_up_card(SLEEP, "");
    for (uint32_t i = 1; i <= 3; i++)
        post_inline(0, i, 60);
    run_to(200);
    ck_fetch(0, 0, 76, 4, 5, 11);
    ck_cookie(1, 0, 11, 12, 14);
    ck_fetch(2, 0, 76, 15, 16, 22);
    ck_cookie(3, 0, 22, 23, 25);
    ck_fetch(4, 0, 76, 26, 27, 33);
    ck_cookie(5, 0, 33, 34, 36);
    dma_bed_free();
}
END_TEST

START_TEST(at_most_outstanding_frames_are_under_way)
{
    /* With 1 the second is fetched setup cycles after the first was gathered: fetch of 24 bytes in 2 beats, granted
     * 5, done 8; one burst a time, 256 bytes: granted 9, done 29, granted 30, done 50. The cookie is asked at 50, and
     * the fetch at 54: cookie granted 51, done 53. */
    const struct piece pieces[] = {{HW_LOCAL_BASE, 4}, {TX_BASE, 512}};

    set_up_card(SLEEP, "transmit_dma.txdma.outstanding=1");
    post(0, 1, 0, pieces, 2);
    post(0, 2, 0, pieces, 2);
    run_to(200);
    ck_fetch(0, 0, 28, 4, 5, 8);
    ck_segment(1, TX_BASE, 256, 8, 9, 29);
    ck_segment(2, TX_BASE + 256, 256, 29, 30, 50);
    ck_cookie(3, 0, 50, 51, 53);
    ck_fetch(4, 0, 28, 54, 55, 58);
    dma_bed_free();
}
END_TEST

START_TEST(processors_are_served_in_turn)
{
    static const unsigned turn[] = {0, 1, 2, 0, 1, 2, 2};

    /* All have posted when the first fetch begins: the turn is processor 0's, though 2 was the first to post. */
    set_up_card(SLEEP, "processor.pp.count=3");
    for (unsigned i = 0; i < 3; i++)
        post_inline(2, 0, 60);
    for (unsigned i = 0; i < 2; i++) {
        post_inline(1, 0, 60);
        post_inline(0, 0, 60);
    }
    run_to(2000);
    ck_assert_uint_eq(card_log.count, 7);
    for (unsigned i = 0; i < 7; i++) {
        ck_fetch(i, turn[i], 76, 4 + 11 * i, 5 + 11 * i, 11 + 11 * i);
        ck_assert_uint_eq(sent[i].processor, turn[i]);
    }
    dma_bed_free();
}
END_TEST

START_TEST(completions_go_to_the_processor_that_posted_in_its_order)
{
    set_up_card(SLEEP, "processor.pp.count=2");
    for (uint32_t i = 1; i <= 4; i++) {
        post_inline(0, 100 + i, 200 - 40 * i);
        post_inline(1, 200 + i, 40 * i);
    }
    run_to(2000);
    for (uint32_t i = 0; i < 4; i++) {
        ck_assert_uint_eq(done_cookie(0, i), 101 + i);
        ck_assert_uint_eq(done_cookie(1, i), 201 + i);
    }
    dma_bed_free();
}
END_TEST

/* --- A full port -------------------------------------------------------------------------------------------- */

START_TEST(a_full_port_holds_up_the_frames_behind_until_a_frame_has_left)
{
    /* The FIFO takes 2048 bytes: two frames of 900, not three. A descriptor of 16 bytes takes 2 cycles, 900 bytes
     * 256 x 3 (20 each) and 132 (9 beats, 13).
     *   first    fetch granted 5, done 7; data asked 7, granted 8, done 81: on the wire at 162 ns for 7296 bits of
     *            100 ps, sent at 891.6 ns. Its cookie is asked at 81, granted after the second's fetch at 83
     *   second   fetch due 11, asked when the first of four bursts is done, 28; granted 81, done 83; data granted 85,
     *            done 158
     *   third    fetch due 87, asked 105, granted 158, done 160: no room until 891.6 ns. Asked then, granted at the
     *            edge after the first one since, 446; done 520
     *   fourth   60 inline bytes, which would fit in 248, wait behind it. Its fetch is due 4 after 446, and asked
     *            when the first of the third's four bursts is done, at 467; granted 520, done 526 */
    const struct piece piece = {TX_BASE, 900};

    set_up_card(SLEEP, "port.eth0.tx_fifo=2048");
    fill(TX_BASE, 0, 900);
    for (uint32_t i = 1; i <= 3; i++)
        post(0, i, 0, &piece, 1);
    post_inline(0, 4, 60);
    run_to(445);
    ck_assert_uint_eq(bed.port->tx_reserved_bytes, 1800);
    ck_assert_uint_eq(transmit_dma->stats.port_full, 1);
    ck_assert_uint_eq(sent_count, 0);
    unsigned before = card_log.count;
    ck_assert_uint_eq(before, 3 + 2 * 4 + 2); /* fetches, data, cookies */
    ck_fetch(0, 0, 16, 4, 5, 7);
    ck_fetch(5, 0, 16, 28, 81, 83);
    ck_cookie(6, 0, 81, 83, 85);
    ck_segment(7, TX_BASE, 256, 83, 85, 105);
    run_to(3000);
    ck_assert_uint_eq(sent_count, 4);
    ck_assert_uint_eq(sent[0].last_bit_ps, 162000 + 729600);
    ck_assert_uint_eq(card_log.entries[before].asked_ps, dma_bed_from_ps + 891600);
    ck_assert_uint_eq(edge_of(card_log.entries[before].granted_ps), 447);
    ck_assert_uint_eq(edge_of(card_log.entries[before + 3].done_ps), 520);
    ck_fetch(before + 4, 0, 76, 467, 520, 526);
    for (uint32_t i = 0; i < 4; i++)
        ck_assert_uint_eq(done_cookie(0, i), i + 1);
    ck_assert_uint_eq(bed.port->tx_reserved_bytes, 0);
    ck_assert_uint_eq(bed.port->stats.tx_fifo_max, 1860);
    dma_bed_free();
}
END_TEST

START_TEST(a_frame_larger_than_the_fifo_passes_alone)
{
    const struct piece piece = {TX_BASE, 4096};

    set_up_card(SLEEP, "port.eth0.tx_fifo=2048");
    post_inline(0, 1, 60);
    post(0, 2, 0, &piece, 1);
    post_inline(0, 3, 60);
    run_to(10000);
    ck_assert_uint_eq(sent_count, 3);
    ck_assert_uint_eq(sent[1].bytes, 4096);
    ck_assert_uint_eq(transmit_dma->stats.port_full, 2);
    ck_assert_uint_eq(done_cookie(0, 2), 3);
    dma_bed_free();
}
END_TEST

/* --- To another processor ------------------------------------------------------------------------------------- */

START_TEST(a_forwarded_frame_is_received_as_if_it_came_from_the_port)
{
    /* 100 bytes at offset 2 are 7 beats. Received: 4, 5, 16; descriptor 18. Posted at 20: fetch of 16 bytes asked 24,
     * granted 25, done 27; read asked 27, granted 28, done 39; cookie asked 39, done 42. The receive DMA begins 4
     * after 39. */
    const struct piece piece = {PACKET_BASE + 2, 100};
    const uint32_t other = PACKET_BASE + 512 * RX_BUFFER_BYTES;

    set_up_card(GIVE(8), "processor.pp.count=2");
    struct frame *frame = receive(0, 100);
    frame->hash = 0xabcd;
    frame->port = 2;
    frame->rx_flags = HW_RX_IP_GOOD | HW_RX_L4_GOOD;
    run_to(20);
    post(0, 9, HW_TX_TO_PROCESSOR | 1, &piece, 1);
    run_to(200);
    ck_fetch(2, 0, 16, 24, 25, 27);
    ck_segment(3, PACKET_BASE + 2, 100, 27, 28, 39);
    ck_cookie(4, 0, 39, 40, 42);
    ck_card(5, BUS_WRITE, other + 2, 100, 43, 44, 55);
    ck_card(6, BUS_WRITE, MAILBOX(1), 16, 43, 55, 57);
    const struct hw_rx *rx = received(1, 0);
    ck_assert_uint_eq(rx->flags, HW_RX_FIRST | HW_RX_LAST | HW_RX_FORWARDED);
    ck_assert_uint_eq(rx->buffer, other);
    ck_assert_uint_eq(rx->bytes, 100);
    ck_assert_uint_eq(rx->port, 2);
    ck_assert_uint_eq(rx->hash, 0xabcd);
    ck_assert_uint_eq(rx->time_us, 100); /* of the source, which came at edge 0 */
    check_pattern(memory_at(packet_memory, other + 2, 100), 0, 100);
    ck_assert_uint_eq(bed.port->tx_reserved_bytes, 0);
    ck_assert_uint_eq(bed.ledger.offered, 1);
    ck_assert_uint_eq(bed.ledger.in_flight, 1);
    ck_assert_uint_eq(bed.ledger.forwarded, 1);
    dma_bed_free();
}
END_TEST

START_TEST(a_datagram_of_no_received_bytes_is_forwarded_without_account)
{
    const struct piece pieces[] = {{HW_LOCAL_BASE, 40}, {TX_BASE, 300}};

    set_up_card(GIVE(8), "processor.pp.count=2");
    fill(TX_BASE, 40, 300);
    post(0, 0, HW_TX_TO_PROCESSOR | 1, pieces, 2);
    run_to(200);
    ck_assert_uint_eq(received(1, 0)->bytes, 340);
    check_pattern(memory_at(packet_memory, received(1, 0)->buffer + 2, 340), 0, 340);
    ck_assert_uint_eq(bed.ledger.offered, 0);
    ck_assert_uint_eq(bed.ledger.forwarded, 0);
    dma_bed_free();
}
END_TEST

/* Processor 0 collects so many frames, hands them to processor 1 as one datagram and frees the buffers when they
 * were read; processor 1 has so many buffers, and does with the datagram what `then` says. */
#define FORWARDER(frames, buffers, fate, then)                                                     \
    "struct hw_rx rx[2]; struct hw_tx tx; struct hw_host host; struct hw_message message;\n"       \
    "void run(void)\n{\n"                                                                          \
    "    int mine = REGISTER(HW_ID) == 0, expected = mine ? " #frames " : 1;\n"                    \
    "    for (int i = 0; i < (mine ? 2 : " #buffers "); i++)\n"                                    \
    "        REGISTER(HW_RX_FREE) = REGISTER(HW_PORTION_BASE) + i * 2048;\n"                       \
    "    for (int i = 0; i < expected; i++) {\n"                                                   \
    "        while (!(REGISTER(HW_PENDING) & HW_PENDING_RX)) __asm__ volatile(\"wfi\");\n"         \
    "        REGISTER(HW_RX_POP) = (uint32_t)&rx[i]; BARRIER();\n"                                 \
    "        tx.segment[i].address = rx[i].buffer + HW_RX_OFFSET;\n"                               \
    "        tx.segment[i].bytes = rx[i].bytes;\n"                                                 \
    "    }\n"                                                                                      \
    "    if (!mine) {\n        " then "\n        return;\n    }\n"                                 \
    "    tx.cookie = 9; tx.destination = HW_TX_TO_PROCESSOR | 1; tx.segments = " #frames ";\n"     \
    "    BARRIER(); REGISTER(HW_TX_POST) = (uint32_t)&tx;\n"                                       \
    "    while (!REGISTER(HW_TX_DONE)) __asm__ volatile(\"wfi\");\n"                               \
    "    for (int i = 0; i < expected; i++) REGISTER(HW_RX_FREE) = rx[i].buffer | " #fate ";\n"    \
    "}\n"

#define FREE(fate) "REGISTER(HW_RX_FREE) = rx[0].buffer | " #fate ";"
#define DELIVER                                                                                    \
    "host.operation = HW_HOST_WRITE; host.message_bytes = 16; host.bytes = 50; host.cookie = 3;\n" \
    "host.card_address = rx[0].buffer + 10; host.host_low = REGISTER(HW_RING_DATA_LOW);\n"         \
    "message.type = HW_DATAGRAM; message.sequence = 1; message.bytes = 50;\n"                      \
    "host.message = (uint32_t)&message; BARRIER(); REGISTER(HW_HOST_POST) = (uint32_t)&host;\n"    \
    "while (!REGISTER(HW_HOST_DONE)) __asm__ volatile(\"wfi\");\n"

static void forward(const char *program, unsigned frames)
{
    set_up_card(program, "processor.pp.count=2");
    for (unsigned i = 0; i < frames; i++)
        receive(0, 100);
    run_to(50000);
    ck_assert_uint_eq(bed.ledger.offered, frames);
    ck_assert_uint_eq(bed.ledger.forwarded, 1);
    ck_assert_uint_eq(bed.ledger.in_flight, 0);
}

START_TEST(what_becomes_of_a_forwarded_frame_becomes_of_its_source)
{
    forward(FORWARDER(1, 1, HW_FATE_CONSUMED, FREE(HW_FATE_CONSUMED)), 1);
    ck_assert_uint_eq(bed.ledger.consumed, 1);
    dma_bed_free();
    forward(FORWARDER(1, 1, HW_FATE_CONSUMED, FREE(HW_FATE_PROTOCOL)), 1);
    ck_assert_uint_eq(bed.ledger.dropped, 1);
    ck_drop(0, "pp1", "protocol", 1);
    dma_bed_free();
    forward(FORWARDER(1, 0, HW_FATE_CONSUMED, FREE(HW_FATE_CONSUMED)), 1);
    ck_drop(0, "pp1", "no_buffer", 1);
    dma_bed_free();
}
END_TEST

START_TEST(a_forwarded_frame_that_is_delivered_is_its_source_delivered)
{
    /* Whatever the first processor says of it afterwards. */
    forward(FORWARDER(1, 1, HW_FATE_STACK, DELIVER FREE(HW_FATE_CONSUMED)), 1);
    ck_assert_uint_eq(bed.ledger.delivered, 1);
    ck_assert_uint_eq(bed.ledger.dropped, 0);
    dma_bed_free();
}
END_TEST

START_TEST(each_source_of_a_datagram_shares_its_fate)
{
    forward(FORWARDER(2, 1, HW_FATE_CONSUMED, DELIVER FREE(HW_FATE_CONSUMED)), 2);
    ck_assert_uint_eq(bed.ledger.delivered, 2);
    dma_bed_free();
    forward(FORWARDER(2, 1, HW_FATE_CONSUMED, FREE(HW_FATE_LENGTH)), 2);
    ck_drop(0, "pp1", "length", 2);
    dma_bed_free();
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("transmit_dma");
    TCase *frame = tcase_create("frame");
    TCase *frames = tcase_create("frames");
    TCase *full = tcase_create("full port");
    TCase *forwarding = tcase_create("forwarding");

    tcase_set_timeout(frame, 120);
    tcase_set_timeout(frames, 120);
    tcase_set_timeout(full, 120);
    tcase_set_timeout(forwarding, 120);
    tcase_add_test(frame, headers_and_payload_are_gathered_into_one_frame);
    tcase_add_test(frame, a_frame_of_inline_bytes_alone_is_complete_with_its_descriptor);
    tcase_add_test(frame, without_a_cookie_no_completion_is_written);
    tcase_add_test(frame, one_byte_is_sent_padded);
    tcase_add_test(frame, sixty_four_segments_keep_their_order);
    tcase_add_test(frame, setup_is_counted_from_posting_and_may_be_none);
    suite_add_tcase(s, frame);
    tcase_add_test(frames, the_next_descriptor_is_fetched_setup_after_the_fetch_before);
    tcase_add_test(frames, descriptors_alone_are_fetched_setup_apart);
    tcase_add_test(frames, at_most_outstanding_frames_are_under_way);
    tcase_add_test(frames, processors_are_served_in_turn);
    tcase_add_test(frames, completions_go_to_the_processor_that_posted_in_its_order);
    suite_add_tcase(s, frames);
    tcase_add_test(full, a_full_port_holds_up_the_frames_behind_until_a_frame_has_left);
    tcase_add_test(full, a_frame_larger_than_the_fifo_passes_alone);
    suite_add_tcase(s, full);
    tcase_add_test(forwarding, a_forwarded_frame_is_received_as_if_it_came_from_the_port);
    tcase_add_test(forwarding, a_datagram_of_no_received_bytes_is_forwarded_without_account);
    tcase_add_test(forwarding, what_becomes_of_a_forwarded_frame_becomes_of_its_source);
    tcase_add_test(forwarding, a_forwarded_frame_that_is_delivered_is_its_source_delivered);
    tcase_add_test(forwarding, each_source_of_a_datagram_shares_its_fate);
    suite_add_tcase(s, forwarding);
    return s;
}
