/* The driver and the host processor with a scripted card: messages are written through the bridge
 * as the host DMA engine would. Buses 1 GHz, 16 bytes a beat; the host processor runs at 1 GHz too
 * (one clock domain), so that every time can be told: an access of 64 bytes asked at t is done at t
 * + 6 ns. */
#include "models/host.h"
#include "models/host_internal.h"
#include "models/transmit_dispatch.h"
#include "tests/models/host_card.h"
#include "tests/suite.h"

static struct host *host;
static struct part *part;
static struct part *dispatch;
static struct ledger ledger;

/* --- The application: keeps what it is told -------------------------------------------------- */

static unsigned opened_count, changed_count, ended_count, datagram_count, ready_count;
static bool ended_by_reset;
static struct host_session *opened_session;
static uint8_t stream[65536];
static uint64_t stream_bytes, payload_ps, ready_ps;
static uint8_t datagram_data[70000];
static uint32_t datagram_bytes;

static void opened(void *owner, struct host_session *session)
{
    (void)owner;
    opened_session = session;
    opened_count++;
}

static void changed(void *owner, struct host_session *session)
{
    (void)owner;
    (void)session;
    changed_count++;
}

static void ended(void *owner, struct host_session *session, bool reset)
{
    (void)owner;
    (void)session;
    ended_by_reset = reset;
    ended_count++;
}

static void datagram(void *owner, const struct hw_tuple *tuple, const uint8_t *data, uint32_t bytes)
{
    (void)owner;
    (void)tuple;
    memcpy(datagram_data, data, bytes);
    datagram_bytes = bytes;
    datagram_count++;
}

static void payload(void *owner, struct host_session *session, uint64_t offset, const uint8_t *data,
                    uint32_t bytes)
{
    (void)owner;
    (void)session;
    ck_assert_uint_eq(offset, stream_bytes);
    memcpy(stream + offset % sizeof stream, data, bytes);
    stream_bytes += bytes;
    payload_ps = sim_now(&side.sim);
}

static void ready(void *owner)
{
    (void)owner;
    ready_ps = sim_now(&side.sim);
    ready_count++;
}

static const struct host_events events = {
    .opened = opened, .changed = changed, .ended = ended, .datagram = datagram};

static void set_up(void)
{
    side_build();
    part = part_build(&side.sim, &host_kind, "host");
    part_wire_to(part, "bus", &side.host_bus->part);
    part_wire_to(part, "memory", &side.host_memory->part);
    part_wire_to(part, "bridge", (struct part *)side.bridge);
    part_set(part, "clock", "1GHz");
    part_set(part, "notification", "poll");
    part_set(part, "poll_interval", "1us");
    part_set(part, "credit_delay", "0");
    dispatch = part_build(&side.sim, &transmit_dispatch_kind, "tx");
    part_wire_to(dispatch, "bus", &side.card_bus->part);
    part_wire_to(dispatch, "bridge", (struct part *)side.bridge);
    part_set((struct part *)side.bridge, "fifo", "64KiB");
    host = (struct host *)part;
    ledger_init(&ledger);
    opened_count = changed_count = ended_count = datagram_count = ready_count = 0;
    opened_session = NULL;
    stream_bytes = payload_ps = ready_ps = 0;
    memset(sequences, 0, sizeof sequences);
}

static void tear_down(void)
{
    side_free();
    ledger_free(&ledger);
    letters_free();
}

static void wire(unsigned rings)
{
    struct diagnostics diagnostics;

    diagnostics_init(&diagnostics);
    side_wire();
    for (unsigned i = 0; i < rings; i++) {
        layouts[i] = (struct host_ring){.slots = SLOTS, .slot_bytes = SLOT_BYTES};
        ck_assert(host_add_ring(host, i, &layouts[i], &diagnostics));
    }
    ck_assert(host_set_application(host, &events, NULL, 0));
    host_set_payload_sink(host, payload, NULL);
    sim_start(&side.sim);
}

static void run(uint64_t to_ps)
{
    sim_run(&side.sim, to_ps);
}

static void run_on(uint64_t ps)
{
    run(sim_now(&side.sim) + ps);
}

static void open_session(unsigned ring, uint32_t index)
{
    deliver(ring, HW_OPENED, HW_SESSION(ring, index), 0, NULL, 0);
    run_on(10000 * NS);
}

static uint64_t faults(void)
{
    return host_counts(host)->faults;
}

static unsigned requests_of(enum hw_message_type type)
{
    unsigned count = 0;

    for (unsigned i = 0; i < side.write_count; i++)
        count += side.writes[i].offset == PROCESSOR_MAILBOX_REQUEST &&
                 side.writes[i].message.type == type;
    return count;
}

static const struct hw_message *last_request(enum hw_message_type type)
{
    for (unsigned i = side.write_count; i-- > 0;)
        if (side.writes[i].offset == PROCESSOR_MAILBOX_REQUEST &&
            side.writes[i].message.type == type)
            return &side.writes[i].message;
    ck_abort_msg("no request of type %d", type);
    return NULL;
}

/* --- Notification and times ------------------------------------------------------------------ */

START_TEST(a_poll_finds_a_message_at_its_next_look)
{
    uint8_t data[100];

    memset(data, 0x3c, sizeof data);
    wire(1);
    open_session(0, 1);
    run(20000 * NS);
    deliver(0, HW_DATA, HW_SESSION(0, 1), 0, data, sizeof data);
    /* Told in the first 300 ns; the poll is at 21 us. Poll 50 cycles, the read of the message 6,
     * the message 300, the read of 100 bytes (7 beats) 1 + 1 + 7, the copy of 13 cycles. */
    run(21000 * NS + (50 + 6 + 300 + 9 + 13) * NS);
    ck_assert_uint_eq(stream_bytes, 0);
    run_on(1);
    ck_assert_uint_eq(stream_bytes, 100);
    ck_assert_uint_eq(payload_ps, 21378 * NS);
    ck_assert_mem_eq(stream, data, 100);
    ck_assert_uint_eq(host_counts(host)->polls, 2);
    ck_assert_uint_eq(faults(), 0);
}
END_TEST

START_TEST(a_frame_is_delivered_when_the_driver_has_read_its_message)
{
    uint8_t data[60] = {0};
    struct frame *frame = frame_new(&ledger, data, sizeof data);

    wire(1);
    open_session(0, 1);
    run(20000 * NS);
    host_expect(host, 0, sequences[0] + 1, frame);
    deliver(0, HW_DATA, HW_SESSION(0, 1), 0, data, sizeof data);
    run(21000 * NS + 56 * NS);
    ck_assert_uint_eq(ledger.delivered, 0);
    run_on(1);
    ck_assert_uint_eq(ledger.delivered, 1);
    ck_assert_uint_eq(ledger.last_delivered_ps, 21056 * NS);
    ck_assert(ledger_check(&ledger));
}
END_TEST

START_TEST(an_idle_poll_costs_nothing)
{
    wire(1);
    run(1000);
    uint64_t executed = side.sim.calendar.executed;
    run(1000000 * NS);
    ck_assert_uint_eq(side.host_bus->stats.requests, 0);
    ck_assert_uint_eq(side.sim.calendar.executed, executed);
}
END_TEST

START_TEST(an_interrupt_comes_after_its_latency_and_moderated)
{
    part_set(part, "notification", "interrupt");
    part_set(part, "interrupt_latency", "1us");
    part_set(part, "moderation", "50us");
    part_set(part, "interrupt_cycles", "100");
    wire(1);
    deliver(0, HW_OPENED, 1, 0, NULL, 0);
    /* Entered at 6 ns, in host memory at 112: told. */
    run(1112 * NS + 106 * NS);
    ck_assert_uint_eq(host_counts(host)->messages, 0);
    run_on(1);
    ck_assert_uint_eq(host_counts(host)->messages, 1);
    run(10000 * NS);
    deliver(0, HW_DATA, 1, 0, "x", 1);
    run(51112 * NS);
    ck_assert_uint_eq(host_counts(host)->interrupts, 1);
    run_on(1);
    ck_assert_uint_eq(host_counts(host)->interrupts, 2);
}
END_TEST

START_TEST(a_driver_at_work_needs_no_second_interrupt)
{
    part_set(part, "notification", "interrupt");
    part_set(part, "message_cycles", "10000");
    wire(1);
    deliver(0, HW_OPENED, 1, 0, NULL, 0);
    run(6000 * NS); /* it works on the first for 10 us */
    deliver(0, HW_DATA, 1, 0, "x", 1);
    run(100000 * NS);
    ck_assert_uint_eq(host_counts(host)->messages, 2);
    ck_assert_uint_eq(host_counts(host)->interrupts, 1);
}
END_TEST

START_TEST(busy_cycles_are_those_of_work_and_of_its_bus)
{
    wire(1);
    deliver(0, HW_READY, 0, 0, NULL, 0);
    run(50000 * NS);
    ck_assert_uint_eq(host_counts(host)->busy_cycles, 50 + 6 + 300);
    ck_assert_uint_eq(host_counts(host)->work_cycles, 50 + 300);
}
END_TEST

START_TEST(rings_are_served_in_turn)
{
    static unsigned order[6];
    unsigned count = 0;

    wire(3);
    host_set_payload_sink(host, NULL, NULL); /* there are three streams */
    for (unsigned i = 0; i < 2; i++)
        for (unsigned ring = 0; ring < 3; ring++)
            deliver(ring, i ? HW_DATA : HW_OPENED, HW_SESSION(ring, 0), 0, "x", i);
    run(990 * NS); /* all are there before the first poll */
    while (count < 6) {
        uint64_t before = host_counts(host)->messages;

        ck_assert(calendar_step(&side.sim.calendar, UINT64_MAX));
        if (host_counts(host)->messages > before)
            order[count++] = host->ring->layout.ring;
    }
    for (unsigned i = 0; i < 6; i++)
        ck_assert_uint_eq(order[i], (i + 1) % 3); /* after ring 0, where the turn begins */
}
END_TEST

/* --- Slots, the wrap of the sequence --------------------------------------------------------- */

static uint32_t last_consumed(unsigned ring)
{
    for (unsigned i = side.write_count; i-- > 0;)
        if (side.writes[i].offset == PROCESSOR_MAILBOX_CONSUMED && side.writes[i].processor == ring)
            return side.writes[i].value;
    return UINT32_MAX;
}

START_TEST(slots_are_used_again_and_the_card_is_told)
{
    uint8_t data[SLOT_BYTES];
    uint32_t offset = 0;

    wire(1);
    open_session(0, 1);
    for (unsigned i = 0; i < 5 * SLOTS; i++) {
        memset(data, (int)i, sizeof data);
        deliver(0, HW_DATA, HW_SESSION(0, 1), offset, data, SLOT_BYTES);
        offset += SLOT_BYTES;
        if (i % 4 == 3)
            run_on(10000 * NS);
    }
    run_on(10000 * NS);
    ck_assert_uint_eq(faults(), 0);
    ck_assert_uint_eq(stream_bytes, offset);
    for (unsigned i = 0; i < 5 * SLOTS; i++)
        ck_assert_uint_eq(stream[i * SLOT_BYTES + 255], (uint8_t)i);
    ck_assert_uint_eq(last_consumed(0), sequences[0]);
}
END_TEST

START_TEST(the_consumed_count_is_told_in_quarters_and_when_the_ring_is_empty)
{
    unsigned told = 0;

    wire(1);
    open_session(0, 1);
    side.write_count = 0;
    for (unsigned i = 0; i < 7; i++)
        deliver(0, HW_DATA, HW_SESSION(0, 1), i, "y", 1);
    run_on(100000 * NS);
    for (unsigned i = 0; i < side.write_count; i++)
        told += side.writes[i].offset == PROCESSOR_MAILBOX_CONSUMED;
    ck_assert_uint_eq(told, 4); /* 2, 4, 6, and the last */
    ck_assert_uint_eq(side.writes[0].value, 3);
    ck_assert_uint_eq(last_consumed(0), 8);
}
END_TEST

START_TEST(the_sequence_wraps)
{
    wire(1);
    sequences[0] = UINT32_MAX - 5;
    host->rings[0]->next = UINT32_MAX - 4;
    host->rings[0]->consumed = host->rings[0]->written = UINT32_MAX - 5;
    open_session(0, 1);
    for (unsigned i = 0; i < 20; i++) {
        deliver(0, HW_DATA, HW_SESSION(0, 1), i, "z", 1);
        run_on(5000 * NS);
    }
    ck_assert_uint_eq(faults(), 0);
    ck_assert_uint_eq(stream_bytes, 20);
    ck_assert_uint_eq(last_consumed(0), 15);
}
END_TEST

/* --- Firmware that is wrong ------------------------------------------------------------------ */

START_TEST(a_gap_in_the_sequence_is_a_fault_and_passed)
{
    wire(1);
    open_session(0, 1);
    sequences[0] += 2;
    deliver(0, HW_DATA, HW_SESSION(0, 1), 0, "a", 1);
    run_on(5000 * NS);
    ck_assert_uint_eq(faults(), 1);
    ck_assert_ptr_nonnull(strstr(host_fault(host, 0), "message 4 came, expected 2"));
    ck_assert_uint_eq(stream_bytes, 1);
    deliver(0, HW_DATA, HW_SESSION(0, 1), 1, "b", 1);
    run_on(5000 * NS);
    ck_assert_uint_eq(faults(), 1);
    ck_assert_uint_eq(stream_bytes, 2);
}
END_TEST

START_TEST(a_slot_with_another_message_drops_its_frames)
{
    uint8_t data[60] = {0};
    struct hw_message message = {.type = HW_READY, .sequence = 77};

    wire(1);
    host_expect(host, 0, 1, frame_new(&ledger, data, sizeof data));
    deliver_as(0, message, 1, NULL, 0);
    run_on(5000 * NS);
    ck_assert_uint_eq(faults(), 1);
    ck_assert_uint_eq(ledger.dropped, 1);
    ck_assert(ledger_check(&ledger));
    ck_assert_uint_eq(host->rings_ready, 0);
}
END_TEST

START_TEST(a_ring_that_is_written_over_loses_its_frames_by_name)
{
    uint8_t data[60] = {0};

    wire(1);
    for (unsigned i = 0; i < SLOTS + 3; i++) {
        host_expect(host, 0, i + 1, frame_new(&ledger, data, sizeof data));
        deliver(0, i ? HW_SENT : HW_READY, 0, 0, NULL, 0);
    }
    run_on(100000 * NS);
    ck_assert_uint_gt(faults(), 0);
    ck_assert_uint_eq(ledger.dropped,
                      6); /* three that were written over, three that came too early */
    ck_assert_uint_eq(ledger.in_flight, 0);
    ck_assert(ledger_check(&ledger));
    ck_assert_uint_eq(ledger.drop_count, 1);
    ck_assert_str_eq(ledger.drops[0].place, "host");
}
END_TEST

START_TEST(wrong_messages_are_counted_and_never_harm)
{
    static const struct {
        uint8_t type;
        uint32_t session, argument, bytes;
        const char *text;
    } wrong[] = {
        {HW_DATA, HW_SESSION(0, 9), 0, 1, "not open"},
        {HW_DATA, HW_SESSION(0, 1), 5, 1, "at offset 5, expected 0"},
        {HW_DATA, HW_SESSION(0, 1), 0, 0, "without bytes"},
        {HW_OPENED, HW_SESSION(0, 1), 0, 0, "opened twice"},
        {HW_OPENED, HW_SESSION(1, 1), 0, 0, "another processor"},
        {HW_REMOTE_CLOSED, HW_SESSION(0, 9), 0, 0, "not open"},
        {HW_FINISHED, HW_SESSION(0, 9), 0, 0, "not open"},
        {HW_RESET, HW_SESSION(0, 9), 0, 0, "not open"},
        {HW_SENT, HW_SESSION(0, 1), 1, 0, "no such SEND"},
        {HW_SENT, UINT32_MAX, 1, 0, "no such SEND"},
        {HW_SENT, UINT32_MAX - 5, UINT32_MAX, 0, "no such SEND"},
        {HW_NONE, 0, 0, 0, "unexpected type 0"},
        {HW_LISTEN, 0, 0, 0, "unexpected type 32"},
        {255, 0, 0, 0, "unexpected type 255"},
    };
    const unsigned count = sizeof wrong / sizeof *wrong;

    wire(1);
    open_session(0, 1);
    for (unsigned i = 0; i < count; i++) {
        deliver(0, wrong[i].type, wrong[i].session, wrong[i].argument, "abc", wrong[i].bytes);
        run_on(5000 * NS);
        ck_assert_uint_eq(faults(), i + 1);
        ck_assert_msg(strstr(host_fault(host, i), wrong[i].text) != NULL, "%s",
                      host_fault(host, i));
    }
    ck_assert_uint_eq(stream_bytes, 0);
    deliver(0, HW_DATA, HW_SESSION(0, 1), 0, "good", 4);
    run_on(5000 * NS);
    ck_assert_uint_eq(stream_bytes, 4);
}
END_TEST

START_TEST(more_bytes_than_a_slot_holds_are_not_read)
{
    struct hw_message message = {
        .type = HW_DATA, .session = HW_SESSION(0, 1), .bytes = SLOT_BYTES + 1, .sequence = 2};

    wire(1);
    open_session(0, 1);
    deliver_as(0, message, 2, NULL, 0);
    run_on(5000 * NS);
    ck_assert_uint_eq(faults(), 1);
    ck_assert_uint_eq(stream_bytes, 0);
}
END_TEST

START_TEST(data_after_the_remote_closed_is_a_fault)
{
    wire(1);
    open_session(0, 1);
    deliver(0, HW_REMOTE_CLOSED, HW_SESSION(0, 1), 0, NULL, 0);
    deliver(0, HW_REMOTE_CLOSED, HW_SESSION(0, 1), 0, NULL, 0);
    deliver(0, HW_DATA, HW_SESSION(0, 1), 0, "a", 1);
    run_on(10000 * NS);
    ck_assert_uint_eq(faults(), 2);
    ck_assert(opened_session->remote_closed);
    ck_assert_uint_eq(stream_bytes, 0);
}
END_TEST

START_TEST(messages_in_a_ring_that_is_not_there_are_faults)
{
    wire(1);
    bridge_tell_driver(side.bridge, 3, 1);
    bridge_tell_driver(side.bridge, 1000, 1);
    run_on(5000 * NS);
    ck_assert_uint_eq(faults(), 2);
}
END_TEST

/* Any bytes at all in the slots: nothing but counts may come of it. */
START_TEST(random_messages_never_harm)
{
    uint64_t state = 1;

    wire(2);
    open_session(0, 1);
    for (unsigned i = 0; i < 3000; i++) {
        struct hw_message message;
        uint64_t words[sizeof message / sizeof(uint64_t)];

        for (unsigned k = 0; k < sizeof message / sizeof *words; k++)
            words[k] = random_next(&state);
        memcpy(&message, words, sizeof message);
        message.type = (uint8_t)(message.type % 12);
        message.session %= 4;
        message.sequence = message.sequence % 8 ? ++sequences[0] : message.sequence;
        message.argument %= 2 + message.sequence % 5;
        deliver_as(0, message,
                   random_next(&state) % 16 ? sequences[0] : (uint32_t)random_next(&state), NULL,
                   0);
        run_on(random_next(&state) % 2000000);
    }
    run_on(100000 * NS);
    ck_assert_uint_gt(faults(), 1000);
}
END_TEST

/* --- Credit ---------------------------------------------------------------------------------- */

START_TEST(credit_is_given_in_pieces)
{
    uint8_t data[SLOT_BYTES] = {0};

    part_set(part, "credit", "512B");
    wire(1);
    open_session(0, 1);
    for (uint32_t i = 0; i < 5; i++)
        deliver(0, HW_DATA, HW_SESSION(0, 1), i * SLOT_BYTES, data, SLOT_BYTES);
    run_on(100000 * NS);
    ck_assert_uint_eq(requests_of(HW_CREDIT), 2);
    ck_assert_uint_eq(last_request(HW_CREDIT)->argument, 512);
    ck_assert_uint_eq(last_request(HW_CREDIT)->session, HW_SESSION(0, 1));
    ck_assert_uint_eq(opened_session->uncredited_bytes, 256);
}
END_TEST

START_TEST(the_rest_of_the_credit_follows_after_its_delay)
{
    part_set(part, "credit_delay", "1ms");
    wire(1);
    open_session(0, 1);
    deliver(0, HW_DATA, HW_SESSION(0, 1), 0, "abc", 3);
    run_on(900000 * NS);
    ck_assert_uint_eq(requests_of(HW_CREDIT), 0);
    run_on(200000 * NS);
    ck_assert_uint_eq(requests_of(HW_CREDIT), 1);
    ck_assert_uint_eq(last_request(HW_CREDIT)->argument, 3);
}
END_TEST

START_TEST(what_the_application_does_not_read_gives_no_credit)
{
    uint8_t data[200] = {0};

    part_set(part, "credit", "100B");
    wire(1);
    open_session(0, 1);
    host_read_until(host, opened_session, 50);
    deliver(0, HW_DATA, HW_SESSION(0, 1), 0, data, sizeof data);
    run_on(50000 * NS);
    ck_assert_uint_eq(requests_of(HW_CREDIT), 0);
    ck_assert_uint_eq(opened_session->read_bytes, 50);
    ck_assert(!host_idle(host));
    host_read_until(host, opened_session, UINT64_MAX);
    run_on(50000 * NS);
    ck_assert_uint_eq(last_request(HW_CREDIT)->argument, 200);
    ck_assert(host_idle(host));
}
END_TEST

/* --- Sends ----------------------------------------------------------------------------------- */

static uint64_t address_of(const struct hw_message *message)
{
    return (uint64_t)message->host_high << 32 | message->host_low;
}

START_TEST(a_send_is_copied_posted_and_freed_when_fetched)
{
    uint8_t data[1000];
    uint64_t address, asked_ps;

    memset(data, 0xa5, sizeof data);
    wire(1);
    open_session(0, 1);
    asked_ps = sim_now(&side.sim);
    ck_assert_uint_eq(host_send(host, opened_session, data, sizeof data, asked_ps - 1), 1000);
    /* Call 1000 cycles, copy 125; the write of 4 bursts: 3 * 17 + 1 + 1 + 15 to the end and one
     * edge more to ask; the doorbell 6; through the bridge 100, the dispatch 4 cycles, the write
     * into the mailbox 6. */
    run_on(100000 * NS);
    ck_assert_uint_eq(requests_of(HW_SEND), 1);
    ck_assert_uint_eq(last_request(HW_SEND)->argument, 1000);
    address = address_of(last_request(HW_SEND));
    ck_assert_mem_eq(memory_at(side.host_memory, address, 1000), data, 1000);
    ck_assert_uint_eq(side.writes[side.write_count - 1].at_ps - asked_ps,
                      (1000 + 125 + 1 + 3 * 17 + 15 + 1 + 6 + 100 + 4 + 6) * NS);
    ck_assert_uint_eq(host_requested_ps(host, address), asked_ps - 1);
    ck_assert_uint_eq(host_requested_ps(host, address + 999), asked_ps - 1);
    ck_assert(!host_idle(host));
    deliver(0, HW_SENT, HW_SESSION(0, 1), 400, NULL, 0);
    run_on(5000 * NS);
    ck_assert(!host_idle(host));
    deliver(0, HW_SENT, HW_SESSION(0, 1), 600, NULL, 0);
    run_on(5000 * NS);
    ck_assert(host_idle(host));
    ck_assert_uint_eq(host_requested_ps(host, address), 0);
    ck_assert_uint_eq(host_counts(host)->sent_bytes, 1000);
    ck_assert_uint_eq(faults(), 0);
}
END_TEST

START_TEST(a_large_send_goes_in_pieces_and_waits_for_room)
{
    static uint8_t data[20000];

    part_set(part, "send", "4KiB");
    part_set(part, "send_buffer", "10000B");
    wire(1);
    open_session(0, 1);
    ck_assert_uint_eq(host_send(host, opened_session, data, sizeof data, 1), 10000);
    ck_assert_uint_eq(host_send_room(host, opened_session), 0);
    run_on(100000 * NS);
    ck_assert_uint_eq(requests_of(HW_SEND), 3);
    ck_assert_uint_eq(last_request(HW_SEND)->argument, 10000 - 8192);
    changed_count = 0;
    deliver(0, HW_SENT, HW_SESSION(0, 1), 5000, NULL, 0);
    run_on(5000 * NS);
    ck_assert_uint_eq(changed_count, 1);
    ck_assert_uint_eq(host_send_room(host, opened_session), 5000);
    ck_assert_uint_eq(host_send(host, opened_session, data, sizeof data, 1), 5000);
}
END_TEST

START_TEST(more_sent_than_was_asked_for_is_a_fault)
{
    uint8_t data[10] = {0};

    wire(1);
    open_session(0, 1);
    host_send(host, opened_session, data, sizeof data, 1);
    run_on(50000 * NS);
    deliver(0, HW_SENT, HW_SESSION(0, 1), 11, NULL, 0);
    run_on(5000 * NS);
    ck_assert_uint_eq(faults(), 1);
    ck_assert(!host_idle(host));
}
END_TEST

START_TEST(memory_that_is_all_taken_comes_back_to_who_waits)
{
    static uint8_t data[65536];
    struct host_session *first, *second;

    part_set(&side.host_memory->part, "size", "64KiB");
    part_set(part, "send", "16KiB");
    wire(1);
    open_session(0, 1);
    first = opened_session;
    open_session(0, 2);
    second = opened_session;
    uint64_t all = host_send_room(host, first);
    ck_assert_uint_eq(all, 3 * 16384); /* the ring has the rest */
    ck_assert_uint_eq(host_send(host, first, data, sizeof data, 1), all);
    ck_assert_uint_eq(host_send(host, second, data, 1, 1), 0);
    run_on(100000 * NS);
    changed_count = 0;
    deliver(0, HW_SENT, HW_SESSION(0, 1), 16384, NULL, 0);
    run_on(10000 * NS);
    ck_assert_uint_ge(changed_count, 2); /* the first by its SENT, the second by the memory */
    ck_assert_uint_eq(host_send(host, second, data, 1, 1), 1);
}
END_TEST

START_TEST(a_close_follows_what_was_sent)
{
    uint8_t data[100] = {0};

    wire(1);
    open_session(0, 1);
    host_send(host, opened_session, data, sizeof data, 1);
    host_close(host, opened_session);
    host_close(host, opened_session);
    ck_assert_uint_eq(host_send(host, opened_session, data, 1, 1), 0);
    run_on(50000 * NS);
    ck_assert_uint_eq(requests_of(HW_SEND), 1);
    ck_assert_uint_eq(requests_of(HW_CLOSE), 1);
    ck_assert_uint_eq(side.writes[side.write_count - 1].message.type, HW_CLOSE);
}
END_TEST

START_TEST(a_session_that_ends_frees_what_it_held)
{
    uint8_t data[100] = {0};

    wire(1);
    open_session(0, 1);
    host_send(host, opened_session, data, sizeof data, 1);
    run_on(50000 * NS);
    deliver(0, HW_RESET, HW_SESSION(0, 1), 0, NULL, 0);
    run_on(5000 * NS);
    ck_assert_uint_eq(ended_count, 1);
    ck_assert(ended_by_reset);
    ck_assert(host_idle(host));
    ck_assert_uint_eq(host_counts(host)->sessions, 0);
    open_session(0, 1); /* the number may be used again */
    ck_assert_uint_eq(opened_count, 2);
    ck_assert_uint_eq(opened_session->received_bytes, 0);
    ck_assert_uint_eq(faults(), 0);
}
END_TEST

START_TEST(requests_of_a_session_that_ended_are_not_sent)
{
    wire(1);
    open_session(0, 1);
    deliver(0, HW_FINISHED, HW_SESSION(0, 1), 0, NULL, 0);
    run_on(1000 * NS - sim_now(&side.sim) % (1000 * NS) + 60 * NS); /* the driver reads it */
    host_close(host, opened_session);
    run_on(50000 * NS);
    ck_assert_uint_eq(ended_count, 1);
    ck_assert_uint_eq(requests_of(HW_CLOSE), 0);
}
END_TEST

START_TEST(requests_wait_while_the_doorbell_is_full_and_the_driver_goes_on)
{
    part_set((struct part *)side.bridge, "requests", "1");
    part_set(dispatch, "queue", "1");
    wire(1);
    open_session(0, 1);
    side.mailbox_full[0] = true;
    for (unsigned i = 0; i < 10; i++)
        host_send(host, opened_session, (const uint8_t *)"x", 1, 1);
    run_on(100000 * NS);
    ck_assert_uint_eq(side.write_count, 1); /* the consumed count of OPENED */
    ck_assert_uint_eq(host_counts(host)->requests, 2);
    deliver(0, HW_DATA, HW_SESSION(0, 1), 0, "data", 4);
    run_on(10000 * NS);
    ck_assert_uint_eq(stream_bytes, 4);
    side.mailbox_full[0] = false;
    run_on(100000 * NS);
    ck_assert_uint_eq(requests_of(HW_SEND), 10);
    ck_assert_uint_gt(host_counts(host)->request_waits, 0);
}
END_TEST

START_TEST(requests_that_wait_are_dropped_with_their_session)
{
    part_set((struct part *)side.bridge, "requests", "1");
    part_set(dispatch, "queue", "1");
    wire(1);
    open_session(0, 1);
    side.mailbox_full[0] = true;
    for (unsigned i = 0; i < 10; i++)
        host_send(host, opened_session, (const uint8_t *)"x", 1, 1);
    run_on(100000 * NS);
    deliver(0, HW_RESET, HW_SESSION(0, 1), 0, NULL, 0);
    run_on(10000 * NS);
    side.mailbox_full[0] = false;
    run_on(100000 * NS);
    ck_assert_uint_eq(requests_of(HW_SEND), 2); /* those that had left the driver */
    ck_assert(host_idle(host));
}
END_TEST

/* --- Datagrams ------------------------------------------------------------------------------- */

START_TEST(a_datagram_may_continue_in_further_messages)
{
    uint8_t data[SLOT_BYTES];
    struct hw_message message = {
        .type = HW_DATAGRAM, .flags = HW_MORE, .bytes = SLOT_BYTES, .sequence = 1};

    memset(data, 4, sizeof data);
    wire(1);
    deliver_as(0, message, 1, data, SLOT_BYTES);
    message = (struct hw_message){.type = HW_DATAGRAM, .bytes = 10, .sequence = 2};
    deliver_as(0, message, 2, data, 10);
    run_on(10000 * NS);
    ck_assert_uint_eq(datagram_count, 1);
    ck_assert_uint_eq(datagram_bytes, SLOT_BYTES + 10);
    ck_assert_uint_eq(datagram_data[SLOT_BYTES + 9], 4);
}
END_TEST

START_TEST(a_datagram_without_end_is_a_fault)
{
    uint8_t data[SLOT_BYTES] = {0};

    wire(1);
    for (uint32_t i = 1; i <= 65536 / SLOT_BYTES + 1; i++) {
        deliver_as(0,
                   (struct hw_message){
                       .type = HW_DATAGRAM, .flags = HW_MORE, .bytes = SLOT_BYTES, .sequence = i},
                   i, data, SLOT_BYTES);
        run_on(3000 * NS);
    }
    ck_assert_uint_eq(faults(), 1);
    ck_assert_uint_eq(datagram_count, 0);
}
END_TEST

START_TEST(a_datagram_is_sent_and_freed_by_its_number)
{
    struct hw_tuple tuple = {.remote_port = 53};

    wire(1);
    ck_assert(host_send_datagram(host, &tuple, (const uint8_t *)"hello", 5, 0));
    ck_assert(!host_send_datagram(host, &tuple, (const uint8_t *)"", 0, 0));
    run_on(50000 * NS);
    ck_assert_uint_eq(requests_of(HW_SEND_DATAGRAM), 1);
    ck_assert_uint_eq(last_request(HW_SEND_DATAGRAM)->tuple.remote_port, 53);
    ck_assert_uint_eq(last_request(HW_SEND_DATAGRAM)->session, UINT32_MAX);
    ck_assert_mem_eq(memory_at(side.host_memory, address_of(last_request(HW_SEND_DATAGRAM)), 5),
                     "hello", 5);
    deliver(0, HW_SENT, UINT32_MAX, 5, NULL, 0);
    run_on(5000 * NS);
    ck_assert_uint_eq(faults(), 0);
    ck_assert(host_idle(host));
    ck_assert_uint_eq(host_counts(host)->datagrams_refused, 1);
}
END_TEST

/* --- Ready ----------------------------------------------------------------------------------- */

START_TEST(ready_is_when_all_rings_are_and_all_listens_have_settled)
{
    part_set(part, "settle", "100us");
    wire(2);
    host->listens_expected = 2;
    host_when_ready(host, ready, NULL);
    deliver(0, HW_READY, 0, 0, NULL, 0);
    host_listen(host, 6, &(struct listen){0});
    run_on(50000 * NS);
    ck_assert_uint_eq(requests_of(HW_LISTEN), 0);
    deliver(1, HW_READY, 0, 0, NULL, 0);
    run_on(50000 * NS);
    ck_assert_uint_eq(requests_of(HW_LISTEN), 2); /* one for each processor */
    run_on(500000 * NS);
    ck_assert_uint_eq(ready_count, 0); /* the second listen is still to come */
    host_listen(host, 17, &(struct listen){0});
    uint64_t listened_ps = sim_now(&side.sim);
    run_on(500000 * NS);
    ck_assert_uint_eq(requests_of(HW_LISTEN), 4);
    ck_assert_uint_eq(ready_count, 1);
    /* The call of 1000 cycles, the doorbell 6, to the dispatch 100; then 100 us. One more edge: the
     * call is made between edges. */
    ck_assert_uint_eq(ready_ps - listened_ps, (1000 + 6 + 100 + 100000) * NS);
    host_when_ready(host, ready, NULL);
    ck_assert_uint_eq(ready_count, 2);
}
END_TEST

START_TEST(ready_twice_is_a_fault)
{
    wire(1);
    deliver(0, HW_READY, 0, 0, NULL, 0);
    deliver(0, HW_READY, 0, 0, NULL, 0);
    run_on(50000 * NS);
    ck_assert_uint_eq(faults(), 1);
    ck_assert_uint_eq(host->rings_ready, 1);
}
END_TEST

START_TEST(rings_do_not_overlap_and_must_fit)
{
    struct diagnostics diagnostics;
    struct host_ring layout = {.slots = 65536, .slot_bytes = 32768};

    diagnostics_init(&diagnostics);
    wire(2);
    ck_assert_uint_ge(layouts[1].message_base, layouts[0].data_base + SLOTS * SLOT_BYTES);
    ck_assert_uint_eq(layouts[1].message_base % 64, 0);
    ck_assert(!host_add_ring(host, 2, &layout, &diagnostics));
    ck_assert_uint_eq(diagnostics.errors, 1);
    layout = (struct host_ring){.slots = 12};
    ck_assert(!host_add_ring(host, 2, &layout, &diagnostics));
    layout = (struct host_ring){0};
    ck_assert(!host_add_ring(host, 0, &layout, &diagnostics)); /* twice */
    ck_assert(!host_add_ring(host, 256, &layout, &diagnostics));
    ck_assert_uint_eq(diagnostics.errors, 4);
    ck_assert(host_add_ring(host, 2, &layout, &diagnostics));
    ck_assert_uint_eq(layout.slots, 1024);
    ck_assert_uint_eq(layout.slot_bytes, 2048);
    diagnostics_clear(&diagnostics);
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("host");
    TCase *c = tcase_create("host");

    tcase_add_checked_fixture(c, set_up, tear_down);
    tcase_add_test(c, a_poll_finds_a_message_at_its_next_look);
    tcase_add_test(c, a_frame_is_delivered_when_the_driver_has_read_its_message);
    tcase_add_test(c, an_idle_poll_costs_nothing);
    tcase_add_test(c, an_interrupt_comes_after_its_latency_and_moderated);
    tcase_add_test(c, a_driver_at_work_needs_no_second_interrupt);
    tcase_add_test(c, busy_cycles_are_those_of_work_and_of_its_bus);
    tcase_add_test(c, rings_are_served_in_turn);
    tcase_add_test(c, slots_are_used_again_and_the_card_is_told);
    tcase_add_test(c, the_consumed_count_is_told_in_quarters_and_when_the_ring_is_empty);
    tcase_add_test(c, the_sequence_wraps);
    tcase_add_test(c, a_gap_in_the_sequence_is_a_fault_and_passed);
    tcase_add_test(c, a_slot_with_another_message_drops_its_frames);
    tcase_add_test(c, a_ring_that_is_written_over_loses_its_frames_by_name);
    tcase_add_test(c, wrong_messages_are_counted_and_never_harm);
    tcase_add_test(c, more_bytes_than_a_slot_holds_are_not_read);
    tcase_add_test(c, data_after_the_remote_closed_is_a_fault);
    tcase_add_test(c, messages_in_a_ring_that_is_not_there_are_faults);
    tcase_add_test(c, random_messages_never_harm);
    tcase_add_test(c, credit_is_given_in_pieces);
    tcase_add_test(c, the_rest_of_the_credit_follows_after_its_delay);
    tcase_add_test(c, what_the_application_does_not_read_gives_no_credit);
    tcase_add_test(c, a_send_is_copied_posted_and_freed_when_fetched);
    tcase_add_test(c, a_large_send_goes_in_pieces_and_waits_for_room);
    tcase_add_test(c, more_sent_than_was_asked_for_is_a_fault);
    tcase_add_test(c, memory_that_is_all_taken_comes_back_to_who_waits);
    tcase_add_test(c, a_close_follows_what_was_sent);
    tcase_add_test(c, a_session_that_ends_frees_what_it_held);
    tcase_add_test(c, requests_of_a_session_that_ended_are_not_sent);
    tcase_add_test(c, requests_wait_while_the_doorbell_is_full_and_the_driver_goes_on);
    tcase_add_test(c, requests_that_wait_are_dropped_with_their_session);
    tcase_add_test(c, a_datagram_may_continue_in_further_messages);
    tcase_add_test(c, a_datagram_without_end_is_a_fault);
    tcase_add_test(c, a_datagram_is_sent_and_freed_by_its_number);
    tcase_add_test(c, ready_is_when_all_rings_are_and_all_listens_have_settled);
    tcase_add_test(c, ready_twice_is_a_fault);
    tcase_add_test(c, rings_do_not_overlap_and_must_fit);
    suite_add_tcase(s, c);
    return s;
}
