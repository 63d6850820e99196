/* host_card.h - a scripted card for tests of the host's side: writes payload and messages into the
 * rings through the bridge, as the host DMA engine does. Slots: 8 a ring, of 256 bytes. */
#ifndef TESTS_MODELS_HOST_CARD_H
#define TESTS_MODELS_HOST_CARD_H

#include "models/host.h"
#include "tests/models/host_side.h"

enum { SLOTS = 8, SLOT_BYTES = 256 };

static struct host_ring layouts[SIDE_PROCESSORS];
static uint32_t sequences[SIDE_PROCESSORS];

struct letter { /* payload and message on their way through the bridge */
    struct access payload, message;
    unsigned ring;
    uint32_t sequence; /* that the bridge tells */
};

static GSList *letters; /* all of them */

static inline void letters_free(void)
{
    g_slist_free_full(letters, g_free);
    letters = NULL;
}

static inline void letter_written(void *owner)
{
    const struct letter *letter = owner;

    bridge_tell_driver(side.bridge, letter->ring, letter->sequence);
}

static inline void letter_entered(struct bus_request *request)
{
    ck_assert_int_eq(request->status, BUS_OK);
    bridge_when_written(side.bridge, letter_written,
                        (char *)request->owner - offsetof(struct letter, message));
}

static inline void no_room(void *owner)
{
    (void)owner;
}

/* Writes payload and message as the card does. The message's sequence may be wrong: then told is
 * what the bridge tells. */
static inline void deliver_as(unsigned ring, struct hw_message message, uint32_t told,
                              const void *data, uint32_t bytes)
{
    struct letter *letter = g_new0(struct letter, 1);
    uint32_t slot = (told - 1) % SLOTS;

    letters = g_slist_prepend(letters, letter);
    letter->ring = ring;
    letter->sequence = told;
    if (bytes) {
        ck_assert(bridge_room(side.bridge, bytes, no_room, NULL));
        side_ask(&side.card_master, &letter->payload, BUS_WRITE,
                 bridge_window(side.bridge, layouts[ring].data_base + slot * SLOT_BYTES), data,
                 bytes);
    }
    ck_assert(bridge_room(side.bridge, sizeof message, no_room, NULL));
    side_ask(&side.card_master, &letter->message, BUS_WRITE,
             bridge_window(side.bridge, layouts[ring].message_base + slot * sizeof message),
             &message, sizeof message);
    letter->message.request.done = letter_entered;
}

static inline void deliver(unsigned ring, enum hw_message_type type, uint32_t session,
                           uint32_t argument, const void *data, uint32_t bytes)
{
    struct hw_message message = {.type = (uint8_t)type,
                                 .session = session,
                                 .bytes = (uint16_t)bytes,
                                 .argument = argument,
                                 .sequence = ++sequences[ring]};

    deliver_as(ring, message, message.sequence, data, bytes);
}

#endif
