/* pcie.h - a PCI Express link, one direction at a time: what a TLP takes on the wires.
 *
 * Models     the rate that is left for TLPs, and one TLP after the other. Raw rate: generation 1 .. 5 has 2.5, 5, 8, 16,
 *            32 GT/s a lane, 8b/10b (1, 2) or 128b/130b. Of it goes what the data link layer needs:
 *
 *                rate for TLPs = raw * (1 - 8 / limit - 8 / limit - 4 / 1538)
 *
 *            an acknowledgement and a flow control update of 8 bytes each `limit` byte times, and the SKP ordered set.
 *            limit = (mps + 28) * factor / lanes + delay, the latency limit of the standard (PCI Express Base
 *            Specification 3.0, tables 3-7 to 3-9): factor by mps and lanes, delay 19, 70, 115 symbols for
 *            generations 1, 2, 3; 4 and 5 take that of 3. (Neugebauer and others, Understanding PCIe performance for
 *            end host networking, SIGCOMM 2018, has the model.)
 *            A memory write or read request has 24 bytes besides its data (64-bit addresses, no ECRC: framing 2,
 *            sequence 2, header 16, LCRC 4), a completion 20.
 * Leaves out acknowledgements one by one, replays, ordered sets one by one, credits for headers; lanes that train down.
 *
 * Timing     a TLP that is ready at t, the link free at f:
 *
 *                t ... max(t, f)                      + 8 * bytes / rate, rounded up to a picosecond
 *                      first byte on the wires        last byte: at the other end, the link is free
 */
#ifndef MODELS_PCIE_H
#define MODELS_PCIE_H

#include <stdint.h>

enum { PCIE_REQUEST_BYTES = 24, PCIE_COMPLETION_BYTES = 20 };

struct pcie_config {
    uint64_t generation; /* 1 .. 5 */
    uint64_t lanes;      /* 1, 2, 4, 8, 12, 16, 32 */
    uint64_t mps;        /* maximum payload, bytes: 128 .. 4096, a power of two */
};

/* Bits a second, rounded down. */
uint64_t pcie_raw_bits_per_s(const struct pcie_config *config);
uint64_t pcie_tlp_bits_per_s(const struct pcie_config *config);

struct pcie_link { /* one direction */
    uint64_t bits_per_s, free_ps;
    uint64_t tlps, bytes, busy_ps; /* since cleared */
};

/* bytes: of the TLP with all that belongs to it. Returns when its last byte is at the other end. Calls come in order
 * of time. */
uint64_t pcie_send(struct pcie_link *link, uint64_t now_ps, uint32_t bytes);

/* Of `bytes` at `address`, the bytes of the next completion: at most mps, and ending at a multiple of the read completion
 * boundary `rcb` unless it is the last. */
uint32_t pcie_completion_bytes(uint64_t address, uint32_t bytes, uint32_t mps, uint32_t rcb);

/* Of `bytes` at `address`, those of the next request (most: mps of a write, mrrs of a read): none crosses 4 KiB. */
uint32_t pcie_request_bytes(uint64_t address, uint32_t bytes, uint32_t most);

#endif
