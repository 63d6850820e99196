/* hardware.h - what a processor of the card sees: its device registers, the descriptors of its queues, and
 * the messages that it exchanges with the host's driver. A firmware needs no other file of polynic's.
 *
 * Memory      HW_LOCAL_BASE   local memory: the image, data, stacks. Size in HW_LOCAL_BYTES.
 *             HW_REGISTERS    device registers: aligned 32-bit accesses only, anything else faults.
 *             HW_PORTION_BASE (a register) this processor's portion of packet memory, on the card's bus:
 *                             HW_RX_BUFFERS receive buffers, then HW_TX_BUFFERS transmit buffers.
 *             A load or store of packet memory is a bus transaction; whatever else is outside faults.
 *
 * Queues      A descriptor lies in local memory, aligned to 4; its address is stored to a register, and the
 *             hardware reads or writes it there during that store, which takes one more cycle a word.
 *             Hardware never touches local memory at any other time. Posting to a full queue waits.
 *             A completion queue holds as many as the queue whose completions it has: who posts with a cookie while so
 *             many were not taken has a firmware fault, because nobody else could take one.
 *
 * Buffers     belong to the hardware or to the processor; at reset all are the processor's. HW_RX_FREE gives
 *             a receive buffer to the hardware, HW_RX_POP gives it back with a frame in it. A buffer named by
 *             a transmit or host descriptor stays the processor's, which must not write it before that
 *             descriptor's completion.
 *             Touching a buffer that the hardware owns is a firmware fault, as is any descriptor with an
 *             address outside the portion.
 *
 * Waiting     wfi waits until a bit of HW_PENDING & HW_WAIT_MASK is set, and falls through if one is.
 *
 * Byte order  little-endian, except where a field holds what is on the wire (addresses).
 */
#ifndef STACKS_HARDWARE_H
#define STACKS_HARDWARE_H

#include <stdint.h>

#define HW_LOCAL_BASE 0x10000000u
#define HW_REGISTERS  0x20000000u

/* --- Registers: offset from HW_REGISTERS. R: load, W: store. ---------------------------------------- */
enum hw_register {
    /* who and what; constant, answered at once */
    HW_ID = 0x000,              /* R  this processor: 0 .. HW_PROCESSORS - 1 */
    HW_PROCESSORS = 0x004,      /* R  processors of the card */
    HW_PORTS = 0x008,           /* R  Ethernet ports of the card, at most HW_MAX_PORTS */
    HW_CLOCK_HZ = 0x00c,        /* R  of this processor */
    HW_LOCAL_BYTES = 0x010,     /* R  local memory */
    HW_PORTION_BASE = 0x014,    /* R  card address of this processor's portion of packet memory */
    HW_RX_BUFFERS = 0x018,      /* R  receive buffers, from the start of the portion */
    HW_RX_BUFFER_BYTES = 0x01c, /* R  size of each, a multiple of 64 */
    HW_TX_BUFFERS = 0x020,      /* R  transmit buffers, after the receive buffers */
    HW_TX_BUFFER_BYTES = 0x024, /* R  size of each, a multiple of 64 */
    HW_FEATURES = 0x028,        /* R  HW_FEATURE_* */
    HW_MTU = 0x02c,             /* R  IP bytes of one frame */
    HW_HOSTS = 0x030,           /* R  hosts of the card, at most HW_MAX_HOSTS */
    HW_RANDOM = 0x040,   /* R  another random number at each load (seed of the scenario) */
    HW_ADDRESS4 = 0x044, /* R  the card's own IPv4 address, network order as on the wire; 0: any */
    HW_MAC = 0x080,      /* R  + 8 * port: bytes 0-3 of the MAC address, + 4: bytes 4-5; low byte first */

    /* time and the core-local timer; answered at once */
    HW_TIME_US = 0x100,      /* R  microseconds since reset, low word */
    HW_TIME_US_HIGH = 0x104, /* R  */
    HW_TIME_MS = 0x108,      /* R  milliseconds since reset */
    HW_TIMER_US = 0x10c,     /* W  the timer is due in so many microseconds from now; 0: never. Clears
                                   HW_PENDING_TIMER and mip.MTIP. Once due it stays so until the next store */

    /* queues */
    HW_PENDING = 0x200,    /* R  HW_PENDING_* */
    HW_WAIT_MASK = 0x204,  /* W  the sources that end a wfi; all after reset */
    HW_RX_POP = 0x210,     /* W  address for a struct hw_rx: takes the oldest received frame */
    HW_RX_FREE = 0x214,    /* W  a receive buffer's address | enum hw_fate: gives it to the hardware */
    HW_TX_POST = 0x220,    /* W  address of a struct hw_tx */
    HW_TX_DONE = 0x224,    /* R  takes the cookie of a frame that was read out; 0: none. In order of posting */
    HW_HOST_POST = 0x230,  /* W  address of a struct hw_host */
    HW_HOST_DONE = 0x234,  /* R  takes the cookie of a finished transfer; 0: none. In order of posting */
    HW_REQUEST_POP = 0x240, /* W  address for a struct hw_message: takes the host's oldest request */
    HW_OWNER = 0x250,      /* W  address of a struct hw_flow: finds the processor that owns it */
    HW_CLAIM = 0x254,      /* W  the same; if none has claimed it, this processor owns it from now on */
    HW_RELEASE = 0x258,    /* W  the same; once this processor has released it as often as it claimed it (sessions of
                                   two ports may have the same addresses and ports), nobody owns it */

    /* this processor's ring in the memory of a host; + HW_RING_STRIDE * host. All but HW_RING_CONSUMED are constant and
       answered at once */
    HW_RING_SLOTS = 0x400,      /* R  slots, a power of two; 0: this processor doesn't serve that host */
    HW_RING_SLOT_BYTES = 0x404, /* R  payload bytes of a slot */
    HW_RING_DATA_LOW = 0x408,   /* R  host address of slot 0's payload; slot k is k * SLOT_BYTES on */
    HW_RING_DATA_HIGH = 0x40c,
    HW_RING_CONSUMED = 0x410,   /* R  slots of the ring that the driver has freed since start, modulo 2^32 */

    /* for people; answered at once */
    HW_CONSOLE = 0x300,      /* W  a character for this processor's console */
    HW_HALT = 0x304,         /* W  stops this processor for good; the value is reported */
    HW_HEAP_FREE = 0x308,    /* W  bytes of heap free now: the report shows the lowest */
    HW_HEAP_FAILURES = 0x30c, /* W  any: one allocation failed */
    HW_SESSIONS_LOST = 0x310, /* W  any: one session was given up for want of memory */
    HW_FETCHED_AGAIN = 0x314, /* W  so many bytes of the host's SENDs are fetched another time, to be sent again */
};

enum {
    HW_MAX_PORTS = 16,
    HW_MAX_HOSTS = 8,
    HW_RING_STRIDE = 0x20,
    HW_FEATURE_RX_CHECKSUM = 1 << 0, /* hw_rx.flags tell of checksums */
    HW_FEATURE_TX_CHECKSUM = 1 << 1, /* hw_tx.flags may ask for them */
    HW_FEATURE_LOOKUP_HASH = 1 << 2, /* the scenario asks for lookup = hash: a wish to the stack */
    HW_FEATURE_RETRANSMIT_HOST = 1 << 3, /* the host keeps what it SENDs until HW_SENT, told when the peer acknowledged
                                            it: the stack need not */

    HW_PENDING_RX = 1 << 0,
    HW_PENDING_TX_DONE = 1 << 1,
    HW_PENDING_HOST_DONE = 1 << 2,
    HW_PENDING_REQUEST = 1 << 3,
    HW_PENDING_TIMER = 1 << 4,
    HW_PENDING_ALL = 0x1f,
};

/* What an image speaks, so that the dispatch gives it nothing else: HW_SPEAKS(HW_SPEAKS_UDP4) in one of its files defines the
 * symbol that says so. With UDP or TCP over an IP go ARP or neighbour discovery, ICMP and what else comes by that IP. An
 * image that says nothing gets everything (or what the scenario's key `speaks` says). */
#define HW_SPEAKS_TCP4 1
#define HW_SPEAKS_TCP6 2
#define HW_SPEAKS_UDP4 4
#define HW_SPEAKS_UDP6 8
#define HW_SPEAKS_IP4 (HW_SPEAKS_TCP4 | HW_SPEAKS_UDP4)
#define HW_SPEAKS_IP6 (HW_SPEAKS_TCP6 | HW_SPEAKS_UDP6)
#define HW_SPEAKS_ALL (HW_SPEAKS_IP4 | HW_SPEAKS_IP6)
#define HW_SPEAKS_TEXT(bits) #bits
#define HW_SPEAKS(bits) __asm__(".globl hw_speaks\n.set hw_speaks, " HW_SPEAKS_TEXT(bits))

/* --- Receive ---------------------------------------------------------------------------------------- */
enum {
    HW_RX_OFFSET = 2, /* a frame begins so far into its first buffer: the IP header is then aligned to 4 */

    HW_RX_FIRST = 1 << 0,        /* first buffer of its frame */
    HW_RX_LAST = 1 << 1,         /* last buffer of its frame */
    HW_RX_IP_GOOD = 1 << 2,      /* IPv4 header checksum verified (or IPv6) */
    HW_RX_IP_BAD = 1 << 3,
    HW_RX_L4_GOOD = 1 << 4,      /* TCP, UDP, ICMP checksum verified */
    HW_RX_L4_BAD = 1 << 5,
    HW_RX_COPY = 1 << 6,         /* ARP, broadcast, multicast: another processor has it too, and answers */
    HW_RX_FORWARDED = 1 << 7,    /* came from another processor */
};

struct hw_rx { /* 16 bytes */
    uint32_t buffer; /* card address of the buffer, 0: the queue was empty (the rest is then undefined) */
    uint16_t bytes;  /* of the frame in this buffer, without FCS; from HW_RX_OFFSET if HW_RX_FIRST, else 0 */
    uint8_t port;    /* where it came in */
    uint8_t flags;   /* HW_RX_* */
    uint32_t hash;   /* of the dispatch */
    uint32_t time_us; /* low word, when its last bit came in */
};

/* What became of the frame in a buffer, with HW_RX_FREE. Told once for a frame, with any of its buffers.
 * The hardware knows by itself which frames were delivered to the host. */
enum hw_fate {
    HW_FATE_CONSUMED = 0, /* used up: acknowledgement, ARP, echo, duplicate */
    HW_FATE_CHECKSUM,     /* dropped: bad checksum */
    HW_FATE_LENGTH,       /* dropped: bad length */
    HW_FATE_MEMORY,       /* dropped: out of memory */
    HW_FATE_ROUTE,        /* dropped: not for this host, no route */
    HW_FATE_PROTOCOL,     /* dropped: unknown protocol */
    HW_FATE_OPTION,       /* dropped: bad option */
    HW_FATE_ERROR,        /* dropped: other error */
    HW_FATE_STACK,        /* dropped by the stack: outside the window, no session */
    HW_FATES,
    HW_FATE_MASK = 63,
};

/* --- Transmit --------------------------------------------------------------------------------------- */
enum {
    HW_TX_SEGMENTS = 64,      /* of one descriptor, at most */
    HW_TX_INLINE_BYTES = 256, /* of local memory in one descriptor, at most */
    HW_TX_TO_PROCESSOR = 0x8000, /* destination: | processor, else a port */

    HW_TX_IP_CHECKSUM = 1 << 0, /* insert the IPv4 header checksum */
    HW_TX_L4_CHECKSUM = 1 << 1, /* insert the TCP, UDP or ICMP checksum */
};

struct hw_segment {
    uint32_t address; /* packet memory, in this processor's portion; or local memory: copied at the store */
    uint32_t bytes;   /* 1 or more */
};

struct hw_tx { /* 8 + 8 * segments bytes are read */
    uint32_t cookie;       /* comes back by HW_TX_DONE; 0: no completion wanted */
    uint16_t destination;  /* port, or HW_TX_TO_PROCESSOR | processor: forwarded as if received there (up to
                              64 KiB; buffers then hold what the segments hold, from the Ethernet header on) */
    uint8_t segments;      /* 1 .. HW_TX_SEGMENTS */
    uint8_t flags;         /* HW_TX_* */
    struct hw_segment segment[HW_TX_SEGMENTS];
};

struct hw_flow { /* 48 bytes; all but owner as in the frames that come in */
    uint8_t source[16];      /* network order; IPv4 in the first 4 bytes */
    uint8_t destination[16];
    uint16_t source_port, destination_port; /* host order; 0 for a protocol without ports */
    uint8_t ip_version;      /* 4 or 6 */
    uint8_t protocol;        /* IPPROTO_* */
    uint16_t reserved;
    uint32_t owner;          /* written by the hardware: a processor */
    uint32_t hash;           /* written by the hardware */
};

/* --- Host: transfers, and messages in both directions ------------------------------------------------- */
enum hw_host_operation {
    HW_HOST_MESSAGE = 0,  /* no transfer, only the message */
    HW_HOST_WRITE = 1,    /* packet memory to host memory */
    HW_HOST_READ = 2,     /* host memory to packet memory */
};

struct hw_host { /* 28 bytes */
    uint32_t cookie;       /* comes back by HW_HOST_DONE; 0: no completion wanted */
    uint8_t operation;     /* enum hw_host_operation */
    uint8_t message_bytes; /* 0: no message; else 16, 32, 48 or 64 bytes of it are written */
    uint8_t host;          /* whose memory it is, and who gets the message: 0 .. HW_HOSTS - 1 */
    uint8_t reserved;
    uint32_t card_address; /* in this processor's portion */
    uint32_t bytes;        /* 1 .. 65536; 0 for HW_HOST_MESSAGE */
    uint32_t host_low, host_high; /* host address */
    uint32_t message;      /* address in local memory of a struct hw_message, copied at the store. It is
                              written to the slot of its sequence once the transfer is done, then the host is
                              told. Only with MESSAGE and WRITE */
};

/* The ring to a host, one for each: HW_RING_SLOTS slots of a message (64 bytes) and HW_RING_SLOT_BYTES of payload.
 * Messages are numbered from 1; message n uses slot (n - 1) % HW_RING_SLOTS, which is free when
 * n - HW_RING_CONSUMED <= HW_RING_SLOTS. */
enum hw_message_type {
    HW_NONE = 0,
    /* card to host */
    HW_READY = 1,      /* this processor's stack is up */
    HW_OPENED = 2,     /* session is established; tuple filled in; argument: the CONNECT's argument or 0 */
    HW_DATA = 3,       /* bytes of the session's stream are in the slot; argument: offset in the stream */
    HW_REMOTE_CLOSED = 4, /* the remote side closed its direction */
    HW_SENT = 5,       /* argument bytes more of the session's SENDs have been fetched from host memory; with
                          HW_FEATURE_RETRANSMIT_HOST: and acknowledged by the peer */
    HW_FINISHED = 6,   /* session ended in order: both directions closed. The number may be used again */
    HW_RESET = 7,      /* session was reset or timed out; argument: reason of the stack */
    HW_DATAGRAM = 8,   /* UDP: bytes in the slot; tuple filled in; HW_MORE: continues in the next message */
    HW_REFUSED = 9,    /* CONNECT failed; argument: that of the CONNECT */
    /* host to card */
    HW_LISTEN = 32,    /* accept sessions at the local address and port of the tuple; ip_version 0: every address,
                          port 0: every port; of several that fit, an address goes before a port, and that before none.
                          protocol in argument (6 or 17). Goes to every processor */
    HW_CONNECT = 33,   /* open a session; tuple; argument comes back */
    HW_SEND = 34,      /* session sends argument bytes, at host_low/high, fetched in order */
    HW_CLOSE = 35,     /* session closes its direction once all was sent */
    HW_ABORT = 36,     /* session is reset */
    HW_CREDIT = 37,    /* the application took argument bytes more of the session's stream */
    HW_SEND_DATAGRAM = 38, /* UDP: argument bytes at host_low/high, to tuple. session is the driver's number
                          of it: an HW_SENT with that session says that the bytes have been fetched */
    HW_SEND_PACKET = 39, /* the same with a whole IP packet that the host has built; the transmit dispatch has read its
                               header, and filled in the tuple */
};

enum { HW_MORE = 1 << 0 }; /* hw_message.flags */

#define HW_SESSION(owner, index) ((uint32_t)(owner) << 24 | (uint32_t)(index))
#define HW_SESSION_OWNER(session) ((session) >> 24) /* so both dispatches agree; index < 2^24 */

struct hw_tuple { /* 40 bytes; addresses in network order, IPv4 in the first 4 bytes; ports in host order */
    uint8_t remote[16];
    uint8_t local[16];
    uint16_t remote_port, local_port;
    uint8_t ip_version; /* 4 or 6 */
    uint8_t port;       /* Ethernet port */
    uint8_t host;       /* who asks; the transmit dispatch fills it in, in every request */
    uint8_t reserved;
};

struct hw_message { /* 64 bytes */
    uint8_t type; /* enum hw_message_type */
    uint8_t flags;
    uint16_t bytes; /* of payload in the slot, or 0 */
    uint32_t session;
    uint32_t sequence; /* card to host: number of the message */
    uint32_t argument;
    /* 16 bytes so far: all that DATA, SENT, REMOTE_CLOSED, FINISHED, RESET need */
    uint32_t host_low, host_high; /* SEND, SEND_DATAGRAM: where the bytes are */
    struct hw_tuple tuple;
};

#endif
