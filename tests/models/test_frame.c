/* Every frame is accounted for once: offered = delivered + consumed + dropped + in flight. */
#include "models/frame.h"
#include "tests/suite.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

static struct ledger ledger;
static const uint8_t bytes[9014] = {1, 2, 3};

static struct {
    unsigned settled, dropped;
    enum frame_fate fate;
    const char *reason;
    uint64_t cookie, stamps_ps[FRAME_STAGES];
} seen;

static void observe(void *observer, const struct frame *frame)
{
    ck_assert_ptr_eq(observer, &seen);
    seen.settled++;
    seen.fate = frame->fate;
    seen.cookie = frame->cookie;
    memcpy(seen.stamps_ps, frame->stamps_ps, sizeof seen.stamps_ps);
}

static void tell_dropped(void *owner, struct frame *frame)
{
    ck_assert_ptr_eq(owner, &seen);
    seen.dropped++;
    seen.reason = frame->reason;
}

static void set_up(void)
{
    ledger_init(&ledger);
    memset(&seen, 0, sizeof seen);
    ledger.settled = observe;
    ledger.observer = &seen;
}

static void tear_down(void)
{
    ledger_free(&ledger);
}

static struct frame *offered(void)
{
    struct frame *frame = frame_new(&ledger, bytes, 100);

    frame->dropped = tell_dropped;
    frame->owner = &seen;
    return frame;
}

static void account_is(uint64_t delivered, uint64_t consumed, uint64_t dropped, uint64_t in_flight)
{
    ck_assert_uint_eq(ledger.delivered, delivered);
    ck_assert_uint_eq(ledger.consumed, consumed);
    ck_assert_uint_eq(ledger.dropped, dropped);
    ck_assert_uint_eq(ledger.in_flight, in_flight);
    ck_assert_uint_eq(ledger.offered, delivered + consumed + dropped + in_flight);
    ck_assert(ledger_check(&ledger));
}

static void drop_is(unsigned i, const char *place, const char *reason, uint64_t frames)
{
    ck_assert_uint_lt(i, ledger.drop_count);
    ck_assert_str_eq(ledger.drops[i].place, place);
    ck_assert_str_eq(ledger.drops[i].reason, reason);
    ck_assert_uint_eq(ledger.drops[i].frames, frames);
}

/* --- One frame -------------------------------------------------------------------------------------------- */

START_TEST(a_frame_is_copied_and_padded_to_60_bytes)
{
    static const uint32_t lengths[] = {14, 59, 60, 61, 1514, 9014};
    uint64_t sum = 0;

    for (unsigned i = 0; i < 6; i++) {
        struct frame *frame = frame_new(&ledger, bytes, lengths[i]);
        uint32_t padded = lengths[i] < 60 ? 60 : lengths[i];

        ck_assert_uint_eq(frame->bytes, padded);
        ck_assert_ptr_ne(frame->data, bytes);
        ck_assert_mem_eq(frame->data, bytes, lengths[i]);
        ck_assert_uint_eq(frame->data[padded - 1], 0);
        sum += padded;
        ck_assert_uint_eq(ledger.offered_bytes, sum);
        frame_release(frame);
    }
    ck_assert_uint_eq(ledger.offered, 6);
}
END_TEST

START_TEST(a_frame_under_way_is_in_flight)
{
    struct frame *frame = offered();

    account_is(0, 0, 0, 1);
    ck_assert_int_eq(frame->fate, FRAME_UNDER_WAY);
    frame_delivered(frame, 5); /* learnt, but a buffer still holds it */
    account_is(0, 0, 0, 1);
    frame_release(frame);
    account_is(1, 0, 0, 0);
}
END_TEST

START_TEST(a_frame_is_settled_with_its_last_reference)
{
    struct frame *frame = offered();

    frame_hold(frame);
    frame_hold(frame);
    frame_release(frame);
    frame_release(frame);
    account_is(0, 0, 0, 1);
    ck_assert_uint_eq(seen.settled, 0);
    frame_release(frame);
    account_is(0, 1, 0, 0); /* released with nothing said of it */
    ck_assert_uint_eq(seen.settled, 1);
}
END_TEST

enum { DELIVERED = 1, CONSUMED = 2, DROPPED = 4 };

/* All that its references may learn, in both orders: the strongest wins. */
START_TEST(the_strongest_of_what_was_learnt_wins)
{
    for (unsigned backward = 0; backward < 2; backward++) {
        struct frame *frame = offered();

        for (unsigned k = 0; k < 3; k++) {
            unsigned bit = 1u << (backward ? 2 - k : k);

            if ((_i & (int)bit) && bit == DELIVERED)
                frame_delivered(frame, 77);
            if ((_i & (int)bit) && bit == CONSUMED)
                frame_consumed(frame);
            if ((_i & (int)bit) && bit == DROPPED)
                frame_dropped(frame, "port eth0", "fifo full");
        }
        frame_release(frame);
        enum frame_fate expected = _i & DELIVERED   ? FRAME_DELIVERED
                                   : _i == DROPPED ? FRAME_DROPPED
                                                   : FRAME_CONSUMED;
        ck_assert_int_eq(seen.fate, expected);
    }
    ck_assert_uint_eq(seen.dropped, _i == DROPPED ? 2 : 0);
    ck_assert_uint_eq(ledger.drop_count, _i == DROPPED ? 1 : 0);
    ck_assert(ledger_check(&ledger));
}
END_TEST

START_TEST(who_offered_it_is_told_of_a_drop_with_its_cookie)
{
    struct frame *frame = offered();

    frame->cookie = 4711;
    frame_dropped(frame, "port eth0", "fifo full");
    frame_release(frame);
    ck_assert_uint_eq(seen.dropped, 1);
    ck_assert_str_eq(seen.reason, "fifo full");
    ck_assert_uint_eq(seen.cookie, 4711);
    frame_release(offered());
    ck_assert_uint_eq(seen.dropped, 1);
    ck_assert_uint_eq(seen.settled, 2);
}
END_TEST

START_TEST(an_account_needs_no_observers)
{
    struct frame *frame = offered();

    ledger.settled = NULL;
    frame->dropped = NULL;
    frame_dropped(frame, "port eth0", "fifo full");
    frame_release(frame);
    account_is(0, 0, 1, 0);
}
END_TEST

START_TEST(the_last_delivery_is_the_latest_telling)
{
    struct frame *first = offered(), *second = offered();

    frame_delivered(second, 2000);
    frame_delivered(first, 1000);
    frame_delivered(first, 1500); /* two messages carried it */
    frame_release(second);
    ck_assert_uint_eq(ledger.last_delivered_ps, 2000);
    frame_release(first);
    ck_assert_uint_eq(ledger.last_delivered_ps, 2000);
    ck_assert_uint_eq(seen.stamps_ps[STAGE_TOLD], 1500);
}
END_TEST

/* --- Reasons ---------------------------------------------------------------------------------------------- */

static void drop_one(const char *place, const char *reason)
{
    struct frame *frame = offered();

    frame_dropped(frame, place, reason);
    frame_release(frame);
}

START_TEST(drops_are_counted_by_place_and_reason_in_the_order_of_first_use)
{
    char place[] = "port eth0", reason[] = "fifo full"; /* other strings, the same words */

    drop_one("port eth0", "fifo full");
    drop_one("port eth1", "fifo full");
    drop_one("port eth0", "bad checksum");
    drop_one(place, reason);
    drop_one("port eth0", "fifo full");
    ck_assert_uint_eq(ledger.drop_count, 3);
    drop_is(0, "port eth0", "fifo full", 3);
    drop_is(1, "port eth1", "fifo full", 1);
    drop_is(2, "port eth0", "bad checksum", 1);
    account_is(0, 0, 5, 0);
}
END_TEST

START_TEST(the_first_reason_counts_and_counts_once)
{
    struct frame *frame = offered();

    frame_hold(frame);
    frame_dropped(frame, "port eth0", "fifo full");
    frame_dropped(frame, "processor pp0", "no memory");
    frame_dropped(frame, "port eth0", "fifo full");
    frame_release(frame);
    frame_release(frame);
    ck_assert_uint_eq(ledger.drop_count, 1);
    drop_is(0, "port eth0", "fifo full", 1);
    ck_assert_uint_eq(seen.dropped, 1);
}
END_TEST

/* --- Frames made of others -------------------------------------------------------------------------------- */

START_TEST(copies_are_not_offered_and_settle_their_source)
{
    struct frame *source = offered(), *copies[4];

    for (unsigned i = 0; i < 4; i++)
        copies[i] = frame_from(&source, 1, source->data, source->bytes);
    frame_release(source);
    account_is(0, 0, 0, 1);
    ck_assert_uint_eq(ledger.offered_bytes, 100);
    for (unsigned i = 0; i < 3; i++) {
        frame_dropped(copies[i], "dma rx", "no buffer");
        frame_release(copies[i]);
        account_is(0, 0, 0, 1);
    }
    frame_consumed(copies[3]);
    frame_release(copies[3]);
    account_is(0, 1, 0, 0); /* one of four took it */
    ck_assert_uint_eq(seen.settled, 1);
    ck_assert_uint_eq(seen.dropped, 0);
}
END_TEST

START_TEST(a_frame_whose_copies_were_all_dropped_is_dropped_once)
{
    struct frame *source = offered(), *copies[3];

    for (unsigned i = 0; i < 3; i++)
        copies[i] = frame_from(&source, 1, NULL, 100);
    frame_release(source);
    for (unsigned i = 3; i-- > 0;) {
        frame_dropped(copies[i], "dma rx", i == 2 ? "no buffer" : "queue full");
        frame_release(copies[i]);
    }
    account_is(0, 0, 1, 0);
    ck_assert_uint_eq(ledger.drop_count, 1);
    drop_is(0, "dma rx", "no buffer", 1);
    ck_assert_uint_eq(seen.dropped, 1);
}
END_TEST

START_TEST(a_datagram_settles_all_its_fragments)
{
    struct frame *fragments[3] = {offered(), offered(), offered()};
    struct frame *datagram = frame_from(fragments, 3, NULL, 4000);

    for (unsigned i = 0; i < 3; i++)
        frame_release(fragments[i]);
    account_is(0, 0, 0, 3);
    frame_delivered(datagram, 900);
    frame_release(datagram);
    account_is(3, 0, 0, 0);
    ck_assert_uint_eq(ledger.last_delivered_ps, 900);
    ck_assert_uint_eq(seen.settled, 3);
}
END_TEST

START_TEST(a_derived_frame_starts_with_what_is_known_of_its_first_source)
{
    struct frame *source = offered(), *derived;

    source->port = 3;
    source->hash = 0xabcdef;
    frame_stamp(source, STAGE_ARRIVED, 10);
    frame_stamp(source, STAGE_DMA_BEGAN, 20);
    derived = frame_from(&source, 1, bytes, 40);
    ck_assert_uint_eq(derived->port, 3);
    ck_assert_uint_eq(derived->hash, 0xabcdef);
    ck_assert_uint_eq(derived->bytes, 40); /* made on the card: no wire pads it */
    ck_assert_uint_eq(derived->stamps_ps[STAGE_DMA_BEGAN], 20);
    ck_assert_mem_eq(derived->data, bytes, 40);
    frame_release(derived);
    frame_release(source);
    account_is(0, 1, 0, 0);
}
END_TEST

START_TEST(a_delivery_gives_its_later_stamps_to_the_source)
{
    struct frame *source = offered(), *derived;

    frame_stamp(source, STAGE_ARRIVED, 10);
    frame_stamp(source, STAGE_QUEUED, 30);
    frame_stamp(source, STAGE_TAKEN, 40);
    derived = frame_from(&source, 1, NULL, 100);
    frame_stamp(derived, STAGE_QUEUED, 50); /* of the second processor */
    frame_stamp(derived, STAGE_TAKEN, 60);
    frame_stamp(derived, STAGE_ORDERED, 70);
    frame_stamp(derived, STAGE_IN_HOST, 80);
    frame_delivered(derived, 90);
    frame_release(derived);
    frame_release(source);
    static const uint64_t expected_ps[FRAME_STAGES] = {10, 0, 30, 60, 70, 80, 90};
    for (unsigned i = 0; i < FRAME_STAGES; i++)
        ck_assert_uint_eq(seen.stamps_ps[i], expected_ps[i]);
}
END_TEST

/* The copy that was told first may be given back last. */
START_TEST(a_delivered_copy_brings_the_stamps_of_its_own_dma)
{
    struct frame *source = offered();

    frame_stamp(source, STAGE_ARRIVED, 10);
    struct frame *copy = frame_from(&source, 1, NULL, 100);
    copy->is_copy = true;
    frame_release(source);
    frame_stamp(copy, STAGE_DMA_BEGAN, 20);
    frame_stamp(copy, STAGE_QUEUED, 30);
    frame_stamp(copy, STAGE_TAKEN, 40);
    frame_delivered(copy, 100);
    frame_release(copy);
    ck_assert_uint_eq(seen.stamps_ps[STAGE_ARRIVED], 10);
    ck_assert_uint_eq(seen.stamps_ps[STAGE_DMA_BEGAN], 20);
    ck_assert_uint_eq(seen.stamps_ps[STAGE_QUEUED], 30);
    ck_assert_uint_eq(seen.stamps_ps[STAGE_TAKEN], 40);
}
END_TEST

START_TEST(of_several_delivered_copies_the_latest_telling_is_the_frames)
{
    struct frame *source = offered();
    struct frame *early = frame_from(&source, 1, NULL, 100), *late = frame_from(&source, 1, NULL, 100);

    frame_release(source);
    frame_stamp(early, STAGE_TAKEN, 60);
    frame_delivered(early, 100);
    frame_stamp(late, STAGE_TAKEN, 120);
    frame_delivered(late, 200);
    frame_release(late);
    frame_release(early);
    ck_assert_uint_eq(seen.stamps_ps[STAGE_TOLD], 200);
    ck_assert_uint_eq(seen.stamps_ps[STAGE_TAKEN], 120);
    ck_assert_uint_eq(ledger.last_delivered_ps, 200);
    account_is(1, 0, 0, 0);
}
END_TEST

START_TEST(frames_made_of_made_frames_settle_the_first)
{
    struct frame *source = offered(), *frame = source;

    for (unsigned depth = 0; depth < 100; depth++) {
        struct frame *next = frame_from(&frame, 1, NULL, 100);

        frame_release(frame);
        frame = next;
    }
    account_is(0, 0, 0, 1);
    frame_dropped(frame, "processor pp7", "no session");
    frame_release(frame);
    account_is(0, 0, 1, 0);
    drop_is(0, "processor pp7", "no session", 1);
}
END_TEST

START_TEST(a_frame_of_no_source_is_outside_the_account)
{
    struct frame *frame = frame_from(NULL, 0, bytes, 64);

    frame_dropped(frame, "card", "test");
    frame_release(frame);
    account_is(0, 0, 0, 0);
    ck_assert_uint_eq(seen.settled, 0);
}
END_TEST

/* --- The check -------------------------------------------------------------------------------------------- */

START_TEST(an_account_that_does_not_balance_is_noticed)
{
    uint64_t *const fields[] = {&ledger.offered, &ledger.delivered, &ledger.consumed,
                                &ledger.dropped, &ledger.in_flight};

    drop_one("port eth0", "fifo full");
    frame_release(offered());
    for (unsigned i = 0; i < 5; i++) {
        ++*fields[i];
        ck_assert(!ledger_check(&ledger));
        --*fields[i];
        ck_assert(ledger_check(&ledger));
    }
    ledger.dropped++, ledger.offered++; /* a drop without a name */
    ck_assert(!ledger_check(&ledger));
}
END_TEST

START_TEST(a_reference_too_many_is_our_bug)
{
    struct frame *frame = offered();

    frame->references = 0;
    frame_release(frame);
}
END_TEST

/* Random families: frames with copies, copies of copies, released in random order. What becomes of a frame is the
 * strongest of what it and all made of it learnt; one of which nothing is said was consumed. */
enum { FAMILIES = 20000, FAMILY = 8 };

START_TEST(random_families_are_settled_as_the_strongest_of_their_members)
{
    uint64_t random = 2026, expected[4] = {0};

    for (unsigned round = 0; round < FAMILIES; round++) {
        struct frame *members[FAMILY] = {offered()};
        unsigned parent[FAMILY] = {0}, learnt[FAMILY] = {0};
        unsigned count = 1 + (unsigned)(random_next(&random) % FAMILY), left = count;
        unsigned weights = (unsigned)random_next(&random) % 8; /* which of the three may happen */

        for (unsigned i = 1; i < count; i++) {
            parent[i] = (unsigned)random_next(&random) % i;
            members[i] = frame_from(&members[parent[i]], 1, NULL, 60);
        }
        for (unsigned i = 0; i < count; i++) {
            learnt[i] = (unsigned)random_next(&random) & weights;
            if (learnt[i] & DELIVERED)
                frame_delivered(members[i], round);
            if (learnt[i] & CONSUMED)
                frame_consumed(members[i]);
            if (learnt[i] & DROPPED)
                frame_dropped(members[i], "place", i % 2 ? "odd" : "even");
        }
        while (left) {
            unsigned i = (unsigned)random_next(&random) % count;

            if (members[i]) {
                ck_assert_uint_eq(ledger.in_flight, 1);
                frame_release(members[i]);
                members[i] = NULL;
                left--;
            }
        }
        for (unsigned i = count; i-- > 0;) {
            unsigned fate = learnt[i] & DELIVERED  ? DELIVERED
                            : learnt[i] & CONSUMED ? CONSUMED
                            : learnt[i] & DROPPED  ? DROPPED
                                                   : CONSUMED;

            if (i)
                learnt[parent[i]] |= fate;
            else
                expected[fate == DELIVERED ? 1 : fate == CONSUMED ? 2 : 3]++;
        }
        account_is(expected[1], expected[2], expected[3], 0);
    }
    for (unsigned fate = 1; fate < 4; fate++)
        ck_assert_uint_gt(expected[fate], 100);
}
END_TEST

Suite *suite(void)
{
    Suite *all = suite_create("frame");
    TCase *one = tcase_create("one frame"), *reasons = tcase_create("reasons");
    TCase *made = tcase_create("made of others"), *check = tcase_create("check");

    tcase_add_checked_fixture(one, set_up, tear_down);
    tcase_add_test(one, a_frame_is_copied_and_padded_to_60_bytes);
    tcase_add_test(one, a_frame_under_way_is_in_flight);
    tcase_add_test(one, a_frame_is_settled_with_its_last_reference);
    tcase_add_loop_test(one, the_strongest_of_what_was_learnt_wins, 0, 8);
    tcase_add_test(one, who_offered_it_is_told_of_a_drop_with_its_cookie);
    tcase_add_test(one, an_account_needs_no_observers);
    tcase_add_test(one, the_last_delivery_is_the_latest_telling);
    suite_add_tcase(all, one);
    tcase_add_checked_fixture(reasons, set_up, tear_down);
    tcase_add_test(reasons, drops_are_counted_by_place_and_reason_in_the_order_of_first_use);
    tcase_add_test(reasons, the_first_reason_counts_and_counts_once);
    suite_add_tcase(all, reasons);
    tcase_add_checked_fixture(made, set_up, tear_down);
    tcase_add_test(made, copies_are_not_offered_and_settle_their_source);
    tcase_add_test(made, a_frame_whose_copies_were_all_dropped_is_dropped_once);
    tcase_add_test(made, a_datagram_settles_all_its_fragments);
    tcase_add_test(made, a_derived_frame_starts_with_what_is_known_of_its_first_source);
    tcase_add_test(made, a_delivery_gives_its_later_stamps_to_the_source);
    tcase_add_test(made, a_delivered_copy_brings_the_stamps_of_its_own_dma);
    tcase_add_test(made, of_several_delivered_copies_the_latest_telling_is_the_frames);
    tcase_add_test(made, frames_made_of_made_frames_settle_the_first);
    tcase_add_test(made, a_frame_of_no_source_is_outside_the_account);
    suite_add_tcase(all, made);
    tcase_add_checked_fixture(check, set_up, tear_down);
    tcase_set_timeout(check, 60);
    tcase_add_test(check, an_account_that_does_not_balance_is_noticed);
    tcase_add_test_raise_signal(check, a_reference_too_many_is_our_bug, SIGABRT);
    tcase_add_test(check, random_families_are_settled_as_the_strongest_of_their_members);
    suite_add_tcase(all, check);
    return all;
}
