/* cc.h - what lwIP must know of the compiler and the machine.
 *
 * No structure is packed. lwIP's headers then need natural alignment, which holds: frames begin at
 * address 2 modulo 4 (HW_RX_OFFSET), all headers from IP on at multiples of 4, and the ARP header's
 * addresses are made of 16-bit fields. Packed, each field would be loaded byte by byte over the
 * card's bus. */
#ifndef STACKS_PORT_ARCH_CC_H
#define STACKS_PORT_ARCH_CC_H

#include <stdint.h>

#define BYTE_ORDER LITTLE_ENDIAN

#define PACK_STRUCT_STRUCT
#define PACK_STRUCT_FIELD(x) x
#define PACK_STRUCT_BEGIN
#define PACK_STRUCT_END

/* The core has no instruction for it, and a call would cost more than the shifts. */
static inline uint16_t port_swap16(uint16_t x)
{
    return (uint16_t)(x << 8 | x >> 8);
}

static inline uint32_t port_swap32(uint32_t x)
{
    return x << 24 | (x & 0xff00) << 8 | (x >> 8 & 0xff00) | x >> 24;
}

#define lwip_htons(x) port_swap16(x)
#define lwip_htonl(x) port_swap32(x)

/* Natively a broken assertion ends the test; firmware is built with LWIP_NOASSERT. */
void port_assertion(const char *message, const char *file, int line);
#ifdef LWIP_NOASSERT
#define LWIP_PLATFORM_ASSERT(message) ((void)0)
#else
#define LWIP_PLATFORM_ASSERT(message) port_assertion(message, __FILE__, __LINE__)
#endif
#define LWIP_PLATFORM_DIAG(x) ((void)0)

uint32_t port_random(void);
#define LWIP_RAND() port_random()

void *heap_alloc(__SIZE_TYPE__ bytes);
void *heap_alloc_zeroed(__SIZE_TYPE__ bytes);
void heap_free(void *block);

#endif
