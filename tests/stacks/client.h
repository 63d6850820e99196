/* client.h - remote systems for tests of the stack: frames built by hand, and a TCP client that
 * keeps count. */
#ifndef TESTS_STACKS_CLIENT_H
#define TESTS_STACKS_CLIENT_H

#include "tests/stacks/mock_hardware.h"

enum { FIN = 1, SYN = 2, RST = 4, PSH = 8, ACK = 16 };

#define SERVER 0x0a000001u /* 10.0.0.1: an address of the card */

/* Addresses and ports in host order. */
struct client {
    uint32_t address, server;
    uint16_t port, server_port;
    uint8_t mac[6];
    uint8_t ethernet_port;
    unsigned tags;
    uint32_t tag[2];  /* TPID << 16 | TCI */
    uint8_t rx_flags; /* for mock_frame() */
    bool patient;     /* client_send() leaves mock_run() to the test */

    uint32_t next, acked; /* our next sequence number; next one expected of the card */
    uint16_t window;
    bool timestamps, window_scale;
    uint8_t card_scale; /* what the card's SYN offered */
    uint32_t session;   /* as told by OPENED */
};

/* A TCP segment as seen by the client, checked for addresses, ports, checksums and tags. */
struct segment {
    uint8_t flags;
    uint32_t sequence, acknowledgement, window, length;
    const uint8_t *data;
    uint16_t mss;
    bool has_timestamp, has_scale, has_sack_permitted;
    uint8_t scale;
    unsigned sack_blocks;
};

struct client client_new(unsigned number); /* 192.168.x.y, port 20000 + number */

/* Builds an Ethernet frame with an IP packet to the card; returns its length. */
uint32_t frame_ip(const struct client *client, uint8_t *frame, uint8_t protocol,
                  const void *payload, uint32_t length);

/* Sends a segment at client->next, acknowledging client->acked; advances next by data, SYN and
 * FIN. */
void client_send(struct client *client, uint8_t flags, const void *data, uint32_t length);
void client_send_at(struct client *client, uint32_t sequence, uint8_t flags, const void *data,
                    uint32_t length);

/* The next frame that the card sent must be a segment for this client; advances acked if it is the
 * next in order. */
struct segment client_expect(struct client *client);
void expect_no_frame(void);

/* Handshake; checks HW_OPENED and sets session. */
void client_open(struct client *client);

/* The next message must be of this type for this session. */
const struct mock_message *expect_message(const struct client *client, uint8_t type);
void expect_no_message(void);

void listen_on(uint16_t port, uint8_t protocol);
void ask(uint8_t type, uint32_t session, uint32_t argument);
/* The next message says that so many bytes of SENDs may be forgotten; but nothing does with retransmit = host. */
void expect_sent_before_acknowledged(const struct client *client, uint32_t bytes);
void send_for(const struct client *client, uint32_t offset,
              uint32_t bytes); /* HW_SEND of host memory */

void put16(uint8_t *at, uint32_t value);
void put32(uint8_t *at, uint32_t value);
uint32_t get16(const uint8_t *at);
uint32_t get32(const uint8_t *at);
void fill(uint8_t *bytes, uint32_t length, uint32_t seed);

#endif
