#include "models/pcie.h"

static const struct {
    uint64_t transfers_per_s;
    unsigned bits, of, delay; /* payload bits of coded bits; symbols */
} generations[] = {
    {2500000000, 8, 10, 19},      {5000000000, 8, 10, 70},      {8000000000, 128, 130, 115},
    {16000000000, 128, 130, 115}, {32000000000, 128, 130, 115},
};

uint64_t pcie_raw_bits_per_s(const struct pcie_config *config)
{
    unsigned i = (unsigned)config->generation - 1;

    return generations[i].transfers_per_s * config->lanes * generations[i].bits / generations[i].of;
}

/* The AckFactor of the tables, in tenths. */
static uint64_t factor(const struct pcie_config *config)
{
    if (config->mps <= 256)
        return config->lanes < 8 ? 14 : config->lanes == 8 ? 25 : 30;
    return config->lanes <= 8 ? 10 : 20;
}

uint64_t pcie_tlp_bits_per_s(const struct pcie_config *config)
{
    enum { OVERHEAD = 28, SKIP = 1538 };
    uint64_t limit = (config->mps + OVERHEAD) * factor(config) / (10 * config->lanes) +
                     generations[config->generation - 1].delay;
    uint64_t raw = pcie_raw_bits_per_s(config);

    return raw - raw * 16 / limit - raw * 4 / SKIP;
}

uint64_t pcie_send(struct pcie_link *link, uint64_t now_ps, uint32_t bytes)
{
    /* at most 8 * 5000 * 10^12 */
    uint64_t takes_ps = (bytes * 8000000000000ull + link->bits_per_s - 1) / link->bits_per_s;

    if (link->free_ps < now_ps)
        link->free_ps = now_ps;
    link->free_ps += takes_ps;
    link->busy_ps += takes_ps;
    link->bytes += bytes;
    link->tlps++;
    return link->free_ps;
}

uint32_t pcie_completion_bytes(uint64_t address, uint32_t bytes, uint32_t mps, uint32_t rcb)
{
    uint32_t most = mps - (uint32_t)(address % rcb);

    return bytes < most ? bytes : most;
}

uint32_t pcie_request_bytes(uint64_t address, uint32_t bytes, uint32_t most)
{
    uint32_t page = 4096 - (uint32_t)(address % 4096);

    if (bytes > page)
        bytes = page;
    return bytes < most ? bytes : most;
}
