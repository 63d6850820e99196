/* What fuzzing has found, and what it begins with, stays well: every file of corpus/ through its fuzzer, and
 * the same cut short at every length that is a power of two. */
#include "tests/fuzz/fuzz.h"
#include "tests/suite.h"

#include <glib.h>

static void run_all(const char *folder, int (*fuzz)(const uint8_t *data, size_t bytes))
{
    GDir *dir = g_dir_open(folder, 0, NULL);
    const char *name;
    unsigned files = 0;

    ck_assert_ptr_nonnull(dir);
    while ((name = g_dir_read_name(dir))) {
        char *path = g_build_filename(folder, name, NULL), *data;
        gsize bytes;

        ck_assert(g_file_get_contents(path, &data, &bytes, NULL));
        fuzz((const uint8_t *)data, bytes);
        for (gsize cut = 1; cut < bytes; cut *= 2)
            fuzz((const uint8_t *)data, cut);
        g_free(data);
        g_free(path);
        files++;
    }
    g_dir_close(dir);
    ck_assert_uint_gt(files, 10);
}

START_TEST(captures_of_the_corpus_are_read)
{
    run_all("tests/fuzz/corpus/capture", fuzz_capture);
}
END_TEST

START_TEST(captures_of_the_corpus_are_replayed)
{
    run_all("tests/fuzz/corpus/replay", fuzz_replay);
}
END_TEST

START_TEST(captures_of_the_corpus_are_replayed_at_hostile_cards)
{
    run_all("tests/fuzz/corpus/card", fuzz_card);
}
END_TEST

Suite *suite(void)
{
    Suite *all = suite_create("fuzz corpus");
    TCase *cases = tcase_create("corpus");

    tcase_set_timeout(cases, 120);
    tcase_add_test(cases, captures_of_the_corpus_are_read);
    tcase_add_test(cases, captures_of_the_corpus_are_replayed);
    tcase_add_test(cases, captures_of_the_corpus_are_replayed_at_hostile_cards);
    suite_add_tcase(all, cases);
    return all;
}
