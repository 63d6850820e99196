/* The wires of a PCI Express link: rates, TLPs one after the other, where requests and completions are cut. */
#include "models/pcie.h"
#include "tests/suite.h"

static struct pcie_config config(unsigned generation, unsigned lanes, unsigned mps)
{
    return (struct pcie_config){.generation = generation, .lanes = lanes, .mps = mps};
}

/* Expected: computed apart from the formula of the header; 63.015 and 57.885 Gbit/s are those of SIGCOMM 2018. */
START_TEST(rates_of_generations_and_widths)
{
    static const struct {
        unsigned generation, lanes, mps;
        uint64_t raw, tlps;
    } rows[] = {
        {1, 1, 128, 2000000000, 1859777343},     {1, 8, 128, 16000000000, 12137491995},
        {2, 4, 256, 16000000000, 14443594618},   {3, 8, 256, 63015384615, 57884765628},
        {4, 16, 512, 252061538461, 229246725667}, {5, 16, 256, 504123076923, 454800241978},
    };

    for (unsigned i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct pcie_config link = config(rows[i].generation, rows[i].lanes, rows[i].mps);

        ck_assert_uint_eq(pcie_raw_bits_per_s(&link), rows[i].raw);
        ck_assert_uint_eq(pcie_tlp_bits_per_s(&link), rows[i].tlps);
    }
}
END_TEST

START_TEST(tlps_follow_one_another)
{
    struct pcie_link link = {.bits_per_s = 8000000000}; /* a byte a nanosecond */

    ck_assert_uint_eq(pcie_send(&link, 5000, 24), 29000);
    ck_assert_uint_eq(pcie_send(&link, 5000, 100), 129000); /* waits for the first */
    ck_assert_uint_eq(pcie_send(&link, 129000, 1), 130000);
    ck_assert_uint_eq(pcie_send(&link, 200000, 1), 201000); /* idle between */
    ck_assert_uint_eq(link.tlps, 4);
    ck_assert_uint_eq(link.bytes, 126);
    ck_assert_uint_eq(link.busy_ps, 126000);
    link.bits_per_s = 3000000000;
    ck_assert_uint_eq(pcie_send(&link, 300000, 1), 302667); /* 2666.7: rounded up */
}
END_TEST

START_TEST(completions_end_at_the_boundary)
{
    ck_assert_uint_eq(pcie_completion_bytes(0, 512, 256, 64), 256);
    ck_assert_uint_eq(pcie_completion_bytes(16, 512, 256, 64), 240);
    ck_assert_uint_eq(pcie_completion_bytes(80, 512, 256, 128), 176);
    ck_assert_uint_eq(pcie_completion_bytes(16, 10, 256, 64), 10);
}
END_TEST

START_TEST(requests_cross_no_page)
{
    ck_assert_uint_eq(pcie_request_bytes(0, 10000, 512), 512);
    ck_assert_uint_eq(pcie_request_bytes(4090, 10000, 512), 6);
    ck_assert_uint_eq(pcie_request_bytes(4096, 100, 512), 100);
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("PCI Express link");
    TCase *t = tcase_create("wires");

    tcase_add_test(t, rates_of_generations_and_widths);
    tcase_add_test(t, tlps_follow_one_another);
    tcase_add_test(t, completions_end_at_the_boundary);
    tcase_add_test(t, requests_cross_no_page);
    suite_add_tcase(s, t);
    return s;
}
