/* sim/measure.h: what its keys may say; and what clearing statistics leaves. */
#include "tests/suite.h"
#include "sim/measure.h"

#include <glib.h>

static struct measure_extent parsed(const char *text)
{
    struct measure_extent extent;
    char *wrong = NULL;

    ck_assert_msg(measure_parse(&extent, text, &wrong), "%s: %s", text, wrong);
    return extent;
}

START_TEST(extents_are_times_frames_or_connections)
{
    ck_assert_int_eq(parsed("5ms").unit, MEASURE_TIME);
    ck_assert_uint_eq(parsed("5ms").count, 5000000000);
    ck_assert_int_eq(parsed("10k frames").unit, MEASURE_FRAMES);
    ck_assert_uint_eq(parsed("10k frames").count, 10000);
    ck_assert_uint_eq(parsed("1 frame").count, 1);
    ck_assert_int_eq(parsed("500connections").unit, MEASURE_CONNECTIONS);
    ck_assert_uint_eq(parsed("500connections").count, 500);
    ck_assert_int_eq(parsed("").unit, MEASURE_NONE);
    ck_assert_int_eq(parsed("0").unit, MEASURE_NONE);
    ck_assert_int_eq(parsed("0 frames").unit, MEASURE_NONE);
    ck_assert_int_eq(parsed("10us").unit, MEASURE_TIME);
}
END_TEST

START_TEST(wrong_extents_are_told)
{
    static const char *const wrong[] = {"5",  "5 apples", "frames", "-5 frames", "5ms frames", "9.9us",
                                        "ms", "5 framesx", "5.5 connections", "99999999999999 frames"};

    for (unsigned i = 0; i < G_N_ELEMENTS(wrong); i++) {
        struct measure_extent extent;
        char *why = NULL;

        ck_assert_msg(!measure_parse(&extent, wrong[i], &why), "'%s' was taken", wrong[i]);
        ck_assert_ptr_nonnull(why);
        g_free(why);
    }
}
END_TEST

struct tank {
    struct part part;
    uint64_t filled, most, level;
};

static void tank_clear(struct part *part)
{
    struct tank *tank = (struct tank *)part;

    tank->most = tank->level;
}

START_TEST(clearing_leaves_levels_and_their_maxima_begin_there)
{
    static const struct statistic statistics[] = {
        {"filled", STATISTIC_COUNT, offsetof(struct tank, filled), "Adds up."},
        {"most", STATISTIC_MAXIMUM, offsetof(struct tank, most), "The most."},
        {"level", STATISTIC_LEVEL, offsetof(struct tank, level), "Now."},
        {0},
    };
    static const struct part_kind kind = {
        .name = "tank", .size = sizeof(struct tank), .statistics = statistics, .clear = tank_clear};
    struct sim sim;

    sim_init(&sim);
    struct tank *tank = (struct tank *)sim_add_part(&sim, &kind, "tank");
    tank->filled = 10;
    tank->most = 7;
    tank->level = 3;
    sim_clear_statistics(&sim);
    ck_assert_uint_eq(tank->filled, 0);
    ck_assert_uint_eq(tank->level, 3);
    ck_assert_uint_eq(tank->most, 3);
    sim_free(&sim);
}
END_TEST

Suite *suite(void)
{
    Suite *all = suite_create("measure");
    TCase *cases = tcase_create("measure");

    tcase_add_test(cases, extents_are_times_frames_or_connections);
    tcase_add_test(cases, wrong_extents_are_told);
    tcase_add_test(cases, clearing_leaves_levels_and_their_maxima_begin_there);
    suite_add_tcase(all, cases);
    return all;
}
