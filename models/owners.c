#include "models/owners.h"

#include "traces/flow_key.h"

#include <stddef.h>
#include <string.h>

enum { KEY_BYTES = offsetof(struct hw_flow, reserved) };

struct owned {
    uint8_t key[KEY_BYTES]; /* of struct hw_flow, up to the protocol: first, as the directory's key */
    uint8_t processor;
    bool in_table;
    uint32_t claims; /* of that processor, not released: one a port by which such frames come */
    struct owned *newer, *older; /* in the match table */
};

static guint key_hash(gconstpointer key)
{
    return flow_hash_bytes(key, KEY_BYTES);
}

static gboolean key_equal(gconstpointer a, gconstpointer b)
{
    return memcmp(a, b, KEY_BYTES) == 0;
}

void owners_init(struct owners *owners, uint64_t capacity, bool evicts)
{
    memset(owners, 0, sizeof *owners);
    owners->directory = g_hash_table_new_full(key_hash, key_equal, NULL, g_free);
    owners->capacity = capacity;
    owners->evicts = evicts;
}

void owners_free(struct owners *owners)
{
    g_clear_pointer(&owners->directory, g_hash_table_destroy);
}

/* --- The match table ----------------------------------------------------------------------------- */

static void take_out(struct owners *owners, struct owned *owned)
{
    if (!owned->in_table)
        return;
    *(owned->newer ? &owned->newer->older : &owners->newest) = owned->older;
    *(owned->older ? &owned->older->newer : &owners->oldest) = owned->newer;
    owned->in_table = false;
    owners->stats.in_table--;
}

static void put_in_front(struct owners *owners, struct owned *owned)
{
    owned->newer = NULL;
    owned->older = owners->newest;
    *(owners->newest ? &owners->newest->newer : &owners->oldest) = owned;
    owners->newest = owned;
    owned->in_table = true;
    owners->stats.in_table++;
    owners->stats.in_table_max = MAX(owners->stats.in_table_max, owners->stats.in_table);
}

static void put_in(struct owners *owners, struct owned *owned)
{
    if (!owners->capacity || owned->in_table)
        return;
    if (owners->stats.in_table >= owners->capacity) {
        if (!owners->evicts) {
            owners->stats.refused++;
            return;
        }
        take_out(owners, owners->oldest);
        owners->stats.evicted++;
    }
    put_in_front(owners, owned);
    owners->stats.inserted++;
}

int owners_match(struct owners *owners, const struct hw_flow *flow)
{
    struct owned *owned = g_hash_table_lookup(owners->directory, flow);

    if (!owned || !owned->in_table) {
        owners->stats.misses++;
        return OWNERS_NOBODY;
    }
    owners->stats.hits++;
    take_out(owners, owned);
    put_in_front(owners, owned);
    return owned->processor;
}

/* --- The directory ------------------------------------------------------------------------------- */

unsigned owners_claim(struct owners *owners, const struct hw_flow *flow, unsigned processor)
{
    struct owned *owned = g_hash_table_lookup(owners->directory, flow);

    owners->stats.claims++;
    if (owned) {
        owners->stats.conflicts += owned->processor != processor;
        owned->claims += owned->processor == processor;
        put_in(owners, owned);
        return owned->processor;
    }
    if (g_hash_table_size(owners->directory) >= OWNERS_MAX) {
        owners->stats.forgotten++;
        return processor;
    }
    owned = g_new0(struct owned, 1);
    memcpy(owned->key, flow, KEY_BYTES);
    owned->processor = (uint8_t)processor;
    owned->claims = 1;
    g_hash_table_insert(owners->directory, owned->key, owned);
    owners->sessions[processor]++;
    if (owners->sessions[processor] > owners->most_sessions[processor])
        owners->most_sessions[processor] = owners->sessions[processor];
    owners->stats.open++;
    put_in(owners, owned);
    return processor;
}

void owners_release(struct owners *owners, const struct hw_flow *flow, unsigned processor)
{
    struct owned *owned = g_hash_table_lookup(owners->directory, flow);

    if (!owned || owned->processor != processor || --owned->claims)
        return;
    take_out(owners, owned);
    owners->sessions[processor]--;
    owners->stats.open--;
    g_hash_table_remove(owners->directory, owned->key);
}

bool owners_has(const struct owners *owners, const struct hw_flow *flow)
{
    return g_hash_table_contains(owners->directory, flow);
}

int owners_find(struct owners *owners, const struct hw_flow *flow)
{
    struct owned *owned = g_hash_table_lookup(owners->directory, flow);

    if (!owned)
        return OWNERS_NOBODY;
    put_in(owners, owned);
    return owned->processor;
}
