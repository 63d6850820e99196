/* Who owns a session, and which sessions the match table holds. */
#include "models/owners.h"
#include "tests/suite.h"

#include <netinet/in.h>
#include <string.h>

static struct owners owners;

static void without_table(void)
{
    owners_init(&owners, 0, true);
}

static void table_of_two(void)
{
    owners_init(&owners, 2, true);
}

static void table_of_two_without_eviction(void)
{
    owners_init(&owners, 2, false);
}

static void tear_down(void)
{
    owners_free(&owners);
}

/* 10.0.0.2:number -> 10.0.0.1:80 */
static struct hw_flow session(unsigned number)
{
    return (struct hw_flow){.source = {10, 0, 0, 2},
                            .destination = {10, 0, 0, 1},
                            .source_port = (uint16_t)number,
                            .destination_port = 80,
                            .ip_version = 4,
                            .protocol = IPPROTO_TCP};
}

static unsigned claim(unsigned number, unsigned processor)
{
    struct hw_flow flow = session(number);

    return owners_claim(&owners, &flow, processor);
}

static void release(unsigned number, unsigned processor)
{
    struct hw_flow flow = session(number);

    owners_release(&owners, &flow, processor);
}

static int find(unsigned number)
{
    struct hw_flow flow = session(number);

    return owners_find(&owners, &flow);
}

static int match(unsigned number)
{
    struct hw_flow flow = session(number);

    return owners_match(&owners, &flow);
}

/* --- The directory ------------------------------------------------------------------------------- */

START_TEST(who_claims_first_is_the_owner)
{
    ck_assert_uint_eq(claim(1, 3), 3);
    ck_assert_int_eq(find(1), 3);
    ck_assert_uint_eq(owners.stats.claims, 1);
    ck_assert_uint_eq(owners.stats.open, 1);
}
END_TEST

START_TEST(nobody_owns_what_nobody_claimed)
{
    claim(1, 3);
    ck_assert_int_eq(find(2), OWNERS_NOBODY);
}
END_TEST

START_TEST(a_second_claim_gets_the_first_owner_and_counts_a_conflict)
{
    claim(1, 3);
    ck_assert_uint_eq(claim(1, 5), 3);
    ck_assert_int_eq(find(1), 3);
    ck_assert_uint_eq(owners.stats.claims, 2);
    ck_assert_uint_eq(owners.stats.conflicts, 1);
    ck_assert_uint_eq(owners.stats.open, 1);
    ck_assert_uint_eq(owners.sessions[5], 0);
}
END_TEST

START_TEST(the_owners_own_second_claim_is_no_conflict)
{
    claim(1, 3);
    ck_assert_uint_eq(claim(1, 3), 3);
    ck_assert_uint_eq(owners.stats.conflicts, 0);
    ck_assert_uint_eq(owners.sessions[3], 1);
}
END_TEST

START_TEST(the_owner_releases_its_session)
{
    claim(1, 3);
    release(1, 3);
    ck_assert_int_eq(find(1), OWNERS_NOBODY);
    ck_assert_uint_eq(owners.stats.open, 0);
}
END_TEST

START_TEST(what_was_claimed_for_two_ports_is_owned_until_both_are_released)
{
    claim(1, 3);
    claim(1, 3);
    release(1, 3);
    ck_assert_int_eq(find(1), 3);
    ck_assert_uint_eq(claim(1, 5), 3); /* others' claims count for nothing */
    release(1, 3);
    ck_assert_int_eq(find(1), OWNERS_NOBODY);
    ck_assert_uint_eq(owners.stats.open, 0);
    ck_assert_uint_eq(owners.sessions[3], 0);
}
END_TEST

START_TEST(nobody_else_releases_a_session)
{
    claim(1, 3);
    release(1, 5);
    ck_assert_int_eq(find(1), 3);
    ck_assert_uint_eq(owners.stats.open, 1);
}
END_TEST

START_TEST(a_release_of_what_nobody_owns_is_ignored)
{
    claim(1, 3);
    release(2, 3);
    ck_assert_uint_eq(owners.stats.open, 1);
    ck_assert_uint_eq(owners.sessions[3], 1);
}
END_TEST

START_TEST(another_processor_claims_what_was_released)
{
    claim(1, 3);
    release(1, 3);
    ck_assert_uint_eq(claim(1, 5), 5);
    ck_assert_int_eq(find(1), 5);
    ck_assert_uint_eq(owners.stats.conflicts, 0);
}
END_TEST

START_TEST(sessions_are_counted_by_processor)
{
    claim(1, 0);
    claim(2, 255);
    claim(3, 255);
    claim(4, 255);
    release(3, 255);
    ck_assert_uint_eq(owners.sessions[0], 1);
    ck_assert_uint_eq(owners.sessions[255], 2);
    ck_assert_int_eq(find(4), 255);
}
END_TEST

START_TEST(address_port_protocol_and_version_each_make_another_flow)
{
    struct hw_flow flows[8];

    for (unsigned i = 0; i < 8; i++)
        flows[i] = session(1000);
    flows[1].source[3] = 3;
    flows[2].destination[3] = 3;
    flows[3].source_port = 1001;
    flows[4].destination_port = 81;
    flows[5].protocol = IPPROTO_UDP;
    flows[6].ip_version = 6; /* the same bytes */
    flows[7].ip_version = 6;
    flows[7].source[15] = 1; /* beyond what an IPv4 address has */
    for (unsigned i = 0; i < 8; i++)
        ck_assert_uint_eq(owners_claim(&owners, &flows[i], i), i);
    for (unsigned i = 0; i < 8; i++)
        ck_assert_int_eq(owners_find(&owners, &flows[i]), (int)i);
    ck_assert_uint_eq(owners.stats.open, 8);
    ck_assert_uint_eq(owners.stats.conflicts, 0);
}
END_TEST

START_TEST(the_two_directions_are_different_flows)
{
    struct hw_flow back = {.source = {10, 0, 0, 1},
                           .destination = {10, 0, 0, 2},
                           .source_port = 80,
                           .destination_port = 1000,
                           .ip_version = 4,
                           .protocol = IPPROTO_TCP};

    claim(1000, 3);
    ck_assert_int_eq(owners_find(&owners, &back), OWNERS_NOBODY);
}
END_TEST

START_TEST(what_the_hardware_writes_into_a_flow_is_no_part_of_it)
{
    struct hw_flow flow = session(1);

    claim(1, 3);
    flow.reserved = 0xffff;
    flow.owner = 9;
    flow.hash = 0x51ccc178;
    ck_assert_int_eq(owners_find(&owners, &flow), 3);
}
END_TEST

START_TEST(ten_thousand_claims_and_releases_leave_nothing)
{
    for (unsigned i = 0; i < 10000; i++)
        ck_assert_uint_eq(claim(i, i % 7), i % 7);
    ck_assert_uint_eq(owners.stats.open, 10000);
    ck_assert_uint_eq(owners.sessions[3], 1429); /* 3, 10 .. 9999 */
    ck_assert_uint_eq(owners.sessions[4], 1428); /* 4, 11 .. 9993 */
    for (unsigned i = 0; i < 10000; i++)
        release(i, i % 7);
    for (unsigned i = 0; i < 7; i++)
        ck_assert_uint_eq(owners.sessions[i], 0);
    ck_assert_uint_eq(owners.stats.open, 0);
    ck_assert_uint_eq(owners.stats.in_table, 0);
    ck_assert_ptr_null(owners.newest);
    ck_assert_ptr_null(owners.oldest);
    ck_assert_uint_eq(g_hash_table_size(owners.directory), 0);
}
END_TEST

START_TEST(a_claim_beyond_the_most_is_granted_and_not_remembered)
{
    struct hw_flow flow = session(1);

    for (uint32_t i = 0; i < OWNERS_MAX; i++) {
        memcpy(flow.source + 4, &i, sizeof i);
        owners_claim(&owners, &flow, 0);
    }
    ck_assert_uint_eq(claim(2, 3), 3);
    ck_assert_int_eq(find(2), OWNERS_NOBODY);
    ck_assert_uint_eq(owners.stats.forgotten, 1);
    ck_assert_uint_eq(owners.stats.open, OWNERS_MAX);
    ck_assert_uint_eq(owners.sessions[3], 0);
    release(2, 3); /* whoever was granted it gives it back */
    ck_assert_uint_eq(owners.stats.open, OWNERS_MAX);
}
END_TEST

/* --- The match table ----------------------------------------------------------------------------- */

START_TEST(without_a_match_table_nothing_matches)
{
    claim(1, 3);
    ck_assert_int_eq(match(1), OWNERS_NOBODY);
    ck_assert_uint_eq(owners.stats.inserted, 0);
    ck_assert_uint_eq(owners.stats.refused, 0);
    ck_assert_uint_eq(owners.stats.in_table_max, 0);
}
END_TEST

START_TEST(a_claimed_session_matches)
{
    claim(1, 3);
    ck_assert_int_eq(match(1), 3);
    ck_assert_uint_eq(owners.stats.hits, 1);
    ck_assert_uint_eq(owners.stats.misses, 0);
    ck_assert_uint_eq(owners.stats.inserted, 1);
}
END_TEST

START_TEST(a_session_that_nobody_claimed_misses)
{
    ck_assert_int_eq(match(1), OWNERS_NOBODY);
    ck_assert_uint_eq(owners.stats.hits, 0);
    ck_assert_uint_eq(owners.stats.misses, 1);
}
END_TEST

START_TEST(the_oldest_session_goes_when_none_was_used)
{
    claim(1, 11);
    claim(2, 12);
    claim(3, 13);
    ck_assert_int_eq(match(1), OWNERS_NOBODY);
    ck_assert_int_eq(match(2), 12);
    ck_assert_int_eq(match(3), 13);
    ck_assert_uint_eq(owners.stats.evicted, 1);
    ck_assert_uint_eq(owners.stats.inserted, 3);
    ck_assert_uint_eq(owners.stats.refused, 0);
}
END_TEST

START_TEST(the_session_least_recently_used_goes)
{
    claim(1, 11);
    claim(2, 12);
    match(1);
    claim(3, 13);
    ck_assert_int_eq(match(1), 11);
    ck_assert_int_eq(match(2), OWNERS_NOBODY);
    ck_assert_int_eq(match(3), 13);
    claim(4, 14); /* 1 was used before 3 */
    ck_assert_int_eq(match(1), OWNERS_NOBODY);
    ck_assert_int_eq(match(3), 13);
    ck_assert_int_eq(match(4), 14);
}
END_TEST

START_TEST(the_table_never_holds_more_than_its_capacity)
{
    for (unsigned i = 0; i < 100; i++)
        claim(i, 1);
    ck_assert_uint_eq(owners.stats.in_table, 2);
    ck_assert_uint_eq(owners.stats.in_table_max, 2);
    ck_assert_uint_eq(owners.stats.evicted, 98);
    ck_assert_uint_eq(owners.stats.open, 100);
}
END_TEST

START_TEST(an_evicted_session_keeps_its_owner)
{
    claim(1, 11);
    claim(2, 12);
    claim(3, 13);
    ck_assert_uint_eq(claim(1, 14), 11);
    ck_assert_uint_eq(owners.sessions[11], 1);
}
END_TEST

START_TEST(an_evicted_session_comes_back_when_its_owner_is_found)
{
    claim(1, 11);
    claim(2, 12);
    claim(3, 13);
    ck_assert_int_eq(find(1), 11);
    ck_assert_int_eq(match(1), 11);
    ck_assert_int_eq(match(2), OWNERS_NOBODY); /* in its turn */
    ck_assert_int_eq(match(3), 13);
    ck_assert_uint_eq(owners.stats.evicted, 2);
    ck_assert_uint_eq(owners.stats.inserted, 4);
}
END_TEST

START_TEST(finding_what_is_in_the_table_does_not_insert_it_again)
{
    claim(1, 11);
    find(1);
    ck_assert_uint_eq(owners.stats.inserted, 1);
    ck_assert_uint_eq(owners.stats.in_table, 1);
}
END_TEST

START_TEST(a_release_frees_the_place)
{
    claim(1, 11);
    claim(2, 12);
    release(1, 11);
    ck_assert_uint_eq(owners.stats.in_table, 1);
    claim(3, 13);
    ck_assert_int_eq(match(1), OWNERS_NOBODY);
    ck_assert_int_eq(match(2), 12);
    ck_assert_int_eq(match(3), 13);
    ck_assert_uint_eq(owners.stats.evicted, 0);
}
END_TEST

START_TEST(a_release_of_an_evicted_session_frees_no_place)
{
    claim(1, 11);
    claim(2, 12);
    claim(3, 13);
    release(1, 11);
    ck_assert_uint_eq(owners.stats.in_table, 2);
    ck_assert_int_eq(match(2), 12);
    ck_assert_int_eq(match(3), 13);
}
END_TEST

START_TEST(the_newest_and_the_oldest_may_both_be_released)
{
    claim(1, 11);
    claim(2, 12);
    release(2, 12);
    release(1, 11);
    ck_assert_ptr_null(owners.newest);
    ck_assert_ptr_null(owners.oldest);
    claim(3, 13);
    ck_assert_int_eq(match(3), 13);
}
END_TEST

START_TEST(without_eviction_the_new_one_stays_out_and_is_counted)
{
    claim(1, 11);
    claim(2, 12);
    ck_assert_uint_eq(claim(3, 13), 13);
    ck_assert_int_eq(match(1), 11);
    ck_assert_int_eq(match(2), 12);
    ck_assert_int_eq(match(3), OWNERS_NOBODY);
    ck_assert_int_eq(find(3), 13); /* which is refused once more */
    ck_assert_uint_eq(owners.stats.refused, 2);
    ck_assert_uint_eq(owners.stats.evicted, 0);
    ck_assert_uint_eq(owners.stats.inserted, 2);
}
END_TEST

START_TEST(without_eviction_a_release_lets_the_next_one_in)
{
    claim(1, 11);
    claim(2, 12);
    claim(3, 13);
    release(1, 11);
    find(3);
    ck_assert_int_eq(match(3), 13);
    ck_assert_uint_eq(owners.stats.in_table, 2);
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("owners");
    TCase *directory = tcase_create("directory"), *table = tcase_create("match table"),
          *keeps = tcase_create("without eviction");

    tcase_add_checked_fixture(directory, without_table, tear_down);
    tcase_set_timeout(directory, 60);
    tcase_add_test(directory, who_claims_first_is_the_owner);
    tcase_add_test(directory, nobody_owns_what_nobody_claimed);
    tcase_add_test(directory, a_second_claim_gets_the_first_owner_and_counts_a_conflict);
    tcase_add_test(directory, the_owners_own_second_claim_is_no_conflict);
    tcase_add_test(directory, the_owner_releases_its_session);
    tcase_add_test(directory, what_was_claimed_for_two_ports_is_owned_until_both_are_released);
    tcase_add_test(directory, nobody_else_releases_a_session);
    tcase_add_test(directory, a_release_of_what_nobody_owns_is_ignored);
    tcase_add_test(directory, another_processor_claims_what_was_released);
    tcase_add_test(directory, sessions_are_counted_by_processor);
    tcase_add_test(directory, address_port_protocol_and_version_each_make_another_flow);
    tcase_add_test(directory, the_two_directions_are_different_flows);
    tcase_add_test(directory, what_the_hardware_writes_into_a_flow_is_no_part_of_it);
    tcase_add_test(directory, ten_thousand_claims_and_releases_leave_nothing);
    tcase_add_test(directory, a_claim_beyond_the_most_is_granted_and_not_remembered);
    tcase_add_test(directory, without_a_match_table_nothing_matches);
    suite_add_tcase(s, directory);

    tcase_add_checked_fixture(table, table_of_two, tear_down);
    tcase_add_test(table, a_claimed_session_matches);
    tcase_add_test(table, a_session_that_nobody_claimed_misses);
    tcase_add_test(table, the_oldest_session_goes_when_none_was_used);
    tcase_add_test(table, the_session_least_recently_used_goes);
    tcase_add_test(table, the_table_never_holds_more_than_its_capacity);
    tcase_add_test(table, an_evicted_session_keeps_its_owner);
    tcase_add_test(table, an_evicted_session_comes_back_when_its_owner_is_found);
    tcase_add_test(table, finding_what_is_in_the_table_does_not_insert_it_again);
    tcase_add_test(table, a_release_frees_the_place);
    tcase_add_test(table, a_release_of_an_evicted_session_frees_no_place);
    tcase_add_test(table, the_newest_and_the_oldest_may_both_be_released);
    tcase_add_test(table, ten_thousand_claims_and_releases_leave_nothing);
    suite_add_tcase(s, table);

    tcase_add_checked_fixture(keeps, table_of_two_without_eviction, tear_down);
    tcase_add_test(keeps, without_eviction_the_new_one_stays_out_and_is_counted);
    tcase_add_test(keeps, without_eviction_a_release_lets_the_next_one_in);
    suite_add_tcase(s, keeps);
    return s;
}
