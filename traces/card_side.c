/* card_side.c - a side that is given, and the direction of a frame. */
#include "traces/card_side.h"

#include "traces/card_side_inside.h"
#include "traces/flow_key.h"

#include <arpa/inet.h>
#include <assert.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

static_assert(sizeof(struct host_key) == 17, "padding would be hashed");

/* MAC_BOTH, the union: a router's, on the way to both. */
enum mac_owner { MAC_UNKNOWN = 0, MAC_CARD = 1, MAC_OTHER = 2, MAC_BOTH = 3 };

struct station { /* an IP address seen behind a MAC address; no padding */
    uint8_t mac[6];
    struct host_key host;
};

static_assert(sizeof(struct station) == 23, "padding would be hashed");

static guint station_hash(gconstpointer key)
{
    return flow_hash_bytes(key, sizeof(struct station));
}

static gboolean station_equal(gconstpointer a, gconstpointer b)
{
    return memcmp(a, b, sizeof(struct station)) == 0;
}

void host_key_set(struct host_key *key, enum packet_network network,
                  const struct packet_address *address)
{
    key->address = *address;
    key->network = network == PACKET_IPV6 ? PACKET_IPV6 : PACKET_IPV4;
}

guint host_key_hash(gconstpointer key)
{
    return flow_hash_bytes(key, sizeof(struct host_key));
}

gboolean host_key_equal(gconstpointer a, gconstpointer b)
{
    return memcmp(a, b, sizeof(struct host_key)) == 0;
}

const char *card_side_address_text(enum packet_network network,
                                   const struct packet_address *address, char *text,
                                   unsigned capacity)
{
    int family = network == PACKET_IPV6 ? AF_INET6 : AF_INET;
    return inet_ntop(family, address->bytes, text, capacity) != NULL ? text : "?";
}

static bool address_is_group(enum packet_network network, const struct packet_address *address)
{
    if (network == PACKET_IPV6)
        return address->bytes[0] == 0xff;
    return address->bytes[0] >> 4 == 0xe || packet_get32(address->bytes) == UINT32_MAX;
}

bool address_is_group_or_none(enum packet_network network, const struct packet_address *address)
{
    static const struct packet_address none;
    return address_is_group(network, address) || memcmp(address, &none, sizeof none) == 0;
}

/* Addresses that say nothing of the side: a group's, none (a system that has no address yet), and
 * those of one link, which a system has beside the address that it serves at. */
static bool decides_nothing(enum packet_network network, const struct packet_address *address)
{
    return address_is_group_or_none(network, address) ||
           (network == PACKET_IPV6 && address->bytes[0] == 0xfe &&
            (address->bytes[1] & 0xc0) == 0x80);
}

static bool parse_range(struct card_range *range, char *word, struct diagnostics *diagnostics)
{
    char *slash = strchr(word, '/');
    unsigned long most = 32;
    memset(range, 0, sizeof *range);
    if (slash != NULL)
        *slash = '\0';
    range->network = PACKET_IPV4;
    if (inet_pton(AF_INET, word, range->address.bytes) != 1) {
        range->network = PACKET_IPV6;
        most = 128;
        if (inet_pton(AF_INET6, word, range->address.bytes) != 1) {
            diagnostic_error(
                diagnostics, NULL, 0,
                "card: '%s' is not an address: expected IPv4 or IPv6 addresses with or "
                "without a prefix length, or 'auto'",
                word);
            return false;
        }
    }
    range->bits = (uint8_t)most;
    if (slash != NULL) {
        char *end;
        unsigned long bits = strtoul(slash + 1, &end, 10);
        if (!g_ascii_isdigit(slash[1]) || *end != '\0' || bits > most) {
            diagnostic_error(diagnostics, NULL, 0,
                             "card: '%s/%s': the prefix length of an IPv%c address is 0 to %lu",
                             word, slash + 1, most == 32 ? '4' : '6', most);
            return false;
        }
        range->bits = (uint8_t)bits;
    }
    return true;
}

static void parse_spec(struct card_side *side, const char *spec, struct diagnostics *diagnostics)
{
    char **words = g_strsplit_set(spec, " \t\r\n,", -1);
    unsigned count = 0;
    for (char **word = words; *word != NULL; word++) {
        struct card_range range;
        if (**word == '\0')
            continue;
        count++;
        if (strcmp(*word, "auto") == 0)
            side->is_auto = true;
        else if (parse_range(&range, *word, diagnostics))
            g_array_append_val(side->ranges, range);
    }
    g_strfreev(words);
    if (count == 0)
        diagnostic_error(diagnostics, NULL, 0,
                         "card: names no address: expected addresses, or 'auto'");
    if (side->is_auto && count > 1)
        diagnostic_error(diagnostics, NULL, 0,
                         "card: 'auto' stands alone: leave it out, or the addresses");
}

struct card_side *card_side_new(const char *spec, struct diagnostics *diagnostics)
{
    struct card_side *side = g_new0(struct card_side, 1);
    unsigned errors = diagnostics->errors;
    side->ranges = g_array_new(FALSE, FALSE, sizeof(struct card_range));
    side->stations = g_hash_table_new_full(station_hash, station_equal, g_free, NULL);
    side->macs = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);
    parse_spec(side, spec, diagnostics);
    if (diagnostics->errors > errors) {
        card_side_free(side);
        return NULL;
    }
    if (side->is_auto) {
        side->learner = card_learner_new();
        side->hosts = g_hash_table_new_full(host_key_hash, host_key_equal, g_free, NULL);
    }
    return side;
}

void card_side_free(struct card_side *side)
{
    if (side == NULL)
        return;
    g_array_free(side->ranges, TRUE);
    if (side->hosts != NULL)
        g_hash_table_destroy(side->hosts);
    if (side->stations != NULL)
        g_hash_table_destroy(side->stations);
    g_hash_table_destroy(side->macs);
    card_learner_free(side->learner);
    g_free(side);
}

bool card_side_is_auto(const struct card_side *side)
{
    return side->is_auto;
}

static bool mac_is_group(const uint8_t *mac)
{
    return (mac[0] & 1) != 0;
}

static void learn_station(struct card_side *side, const uint8_t *mac, enum packet_network network,
                          const struct packet_address *address)
{
    struct station station;
    if (mac_is_group(mac) || decides_nothing(network, address))
        return;
    memcpy(station.mac, mac, sizeof station.mac);
    host_key_set(&station.host, network, address);
    if (!g_hash_table_contains(side->stations, &station))
        g_hash_table_add(side->stations, g_memdup2(&station, sizeof station));
}

bool card_side_learn(struct card_side *side, const struct packet *packet)
{
    if (side->stations == NULL || side->frames_learnt == CARD_SIDE_LEARN_FRAMES)
        return false;
    side->frames_learnt++;
    if (packet->has_addresses) {
        learn_station(side, packet->data + 6, packet->network, &packet->source);
        if (packet->network != PACKET_ARP)
            learn_station(side, packet->data, packet->network, &packet->destination);
        if (packet->network != PACKET_ARP &&
            memcmp(&packet->source, &packet->destination, sizeof packet->source) == 0)
            side->talks_to_itself = true;
        if (side->learner != NULL)
            card_learner_add(side->learner, packet);
    }
    return side->frames_learnt < CARD_SIDE_LEARN_FRAMES;
}

static bool range_holds(const struct card_range *range, enum packet_network network,
                        const struct packet_address *address)
{
    unsigned whole = range->bits / 8, rest = range->bits % 8;
    if ((range->network == PACKET_IPV6) != (network == PACKET_IPV6) ||
        memcmp(range->address.bytes, address->bytes, whole) != 0)
        return false;
    unsigned differing = rest == 0 ? 0 : range->address.bytes[whole] ^ address->bytes[whole];
    return differing >> (8 - rest) == 0;
}

static enum host_role role_of(const struct card_side *side, enum packet_network network,
                              const struct packet_address *address)
{
    if (side->hosts != NULL) {
        struct host_key key;
        host_key_set(&key, network, address);
        return (enum host_role)GPOINTER_TO_UINT(g_hash_table_lookup(side->hosts, &key));
    }
    for (unsigned i = 0; i < side->ranges->len; i++)
        if (range_holds(&g_array_index(side->ranges, struct card_range, i), network, address))
            return HOST_INSIDE;
    return HOST_OUTSIDE;
}

void card_side_add_host(struct card_side *side, const struct host_key *host, enum host_role role)
{
    struct card_range range = {.address = host->address,
                               .network = host->network,
                               .bits = host->network == PACKET_IPV6 ? 128 : 32};
    g_hash_table_insert(side->hosts, g_memdup2(host, sizeof *host), GUINT_TO_POINTER(role));
    if (role == HOST_INSIDE)
        g_array_append_val(side->ranges, range);
}

static gint64 mac_number(const uint8_t *mac)
{
    return (gint64)packet_get32(mac) << 16 | packet_get16(mac + 4);
}

static enum mac_owner mac_owner(const struct card_side *side, const uint8_t *mac)
{
    gint64 number = mac_number(mac);
    return (enum mac_owner)GPOINTER_TO_UINT(g_hash_table_lookup(side->macs, &number));
}

bool card_side_decide(struct card_side *side)
{
    GHashTableIter iter;
    gpointer key;
    if (side->stations == NULL)
        return side->ranges->len > 0;
    if (side->learner != NULL) {
        card_learner_decide(side->learner, side);
        card_learner_free(side->learner);
        side->learner = NULL;
    }
    g_hash_table_iter_init(&iter, side->stations); /* a union: the order is of no matter */
    while (g_hash_table_iter_next(&iter, &key, NULL)) {
        const struct station *station = key;
        enum host_role role = role_of(side, station->host.network, &station->host.address);
        unsigned owner =
            mac_owner(side, station->mac) | (role == HOST_INSIDE ? MAC_CARD : MAC_OTHER);
        gint64 *number = g_new(gint64, 1);
        *number = mac_number(station->mac);
        g_hash_table_replace(side->macs, number, GUINT_TO_POINTER(owner));
    }
    g_hash_table_destroy(side->stations);
    side->stations = NULL;
    return side->ranges->len > 0;
}

/* Who serves, of two addresses of which none is known to be inside: 0 the source, 1 the
 * destination, -1: the packet doesn't tell. */
static int server_of(const struct packet *packet)
{
    uint8_t flags = packet->tcp_flags & (PACKET_SYN | PACKET_ACK);
    bool source_is_service = packet->source_port < CARD_SIDE_SERVICE_PORTS;
    if (packet->source_port == 0 || packet->destination_port == 0)
        return -1;
    if ((flags & PACKET_SYN) != 0)
        return flags == PACKET_SYN ? 1 : 0;
    if (source_is_service != (packet->destination_port < CARD_SIDE_SERVICE_PORTS))
        return source_is_service ? 0 : 1;
    return -1;
}

/* A server that was not among the first frames joins the side when it is first seen to serve; who
 * was seen outside before does not. */
static void learn_later(struct card_side *side, const struct packet *packet,
                        const enum host_role roles[2])
{
    const struct packet_address *addresses[2] = {&packet->source, &packet->destination};
    int server = server_of(packet);
    if (server < 0 || roles[server] != HOST_UNKNOWN || mac_is_group(packet->data))
        return;
    for (unsigned i = 0; i < 2; i++)
        if (address_is_group_or_none(packet->network, addresses[i]))
            return;
    for (int i = 0; i < 2; i++) {
        struct host_key host;
        host_key_set(&host, packet->network, addresses[i]);
        if (roles[i] == HOST_UNKNOWN)
            card_side_add_host(side, &host, i == server ? HOST_INSIDE : HOST_OUTSIDE);
    }
    side->found_later++;
}

static enum direction direction_by_mac(const struct card_side *side, const struct packet *packet)
{
    if (packet->bytes < 12)
        return NEITHER;
    if (mac_owner(side, packet->data + 6) == MAC_CARD)
        return FROM_CARD;
    bool is_group =
        mac_is_group(packet->data) ||
        (packet->has_addresses && address_is_group(packet->network, &packet->destination));
    if (is_group || mac_owner(side, packet->data) == MAC_CARD)
        return TO_CARD;
    return NEITHER;
}

enum direction card_side_direction(struct card_side *side, const struct packet *packet)
{
    enum host_role roles[2];
    if (!packet->has_addresses)
        return direction_by_mac(side, packet);
    roles[0] = role_of(side, packet->network, &packet->source);
    roles[1] = role_of(side, packet->network, &packet->destination);
    if (side->is_auto && packet->network != PACKET_ARP && roles[0] != HOST_INSIDE &&
        roles[1] != HOST_INSIDE &&
        memcmp(&packet->source, &packet->destination, sizeof packet->source) != 0) {
        learn_later(side, packet, roles);
        roles[0] = role_of(side, packet->network, &packet->source);
        roles[1] = role_of(side, packet->network, &packet->destination);
    }
    bool from = roles[0] == HOST_INSIDE, to = roles[1] == HOST_INSIDE;
    if (packet->network == PACKET_ARP && from) /* also if it announces itself: sender = target */
        return FROM_CARD;
    if (from)
        return to ? NEITHER : FROM_CARD;
    if (to)
        return TO_CARD;
    if (mac_is_group(packet->data) || decides_nothing(packet->network, &packet->source) ||
        decides_nothing(packet->network, &packet->destination))
        return direction_by_mac(side, packet);
    return NEITHER;
}

static void append_range(GString *text, const struct card_range *range)
{
    char address[INET6_ADDRSTRLEN];
    g_string_append(
        text, card_side_address_text(range->network, &range->address, address, sizeof address));
    if (range->bits != (range->network == PACKET_IPV6 ? 128 : 32))
        g_string_append_printf(text, "/%u", range->bits);
}

char *card_side_spec(const struct card_side *side)
{
    GString *text = g_string_new(NULL);
    for (unsigned i = 0; i < side->ranges->len; i++) {
        if (i > 0)
            g_string_append_c(text, ' ');
        append_range(text, &g_array_index(side->ranges, struct card_range, i));
    }
    return g_string_free(text, FALSE);
}

static void append_reason(GString *text, const struct card_side *side)
{
    static const char *const names[ROLE_SOURCES] = {
        [ROLE_SYN] = "TCP connections that open", [ROLE_MIDSTREAM] = "TCP connections without SYN",
        [ROLE_DATAGRAM] = "UDP conversations",    [ROLE_ECHO] = "pairs that ping",
        [ROLE_ARP] = "pairs that ask by ARP",
    };
    const char *before = side->ranges->len == 1 ? ": serves " : ": they serve ";
    /* What was hardly weighed is not worth a word beside what decided. */
    unsigned last =
        side->served[ROLE_SYN] + side->served[ROLE_MIDSTREAM] + side->served[ROLE_DATAGRAM] > 0
            ? ROLE_DATAGRAM
            : ROLE_ARP;
    for (unsigned i = 0; i <= last; i++) {
        if (side->seen[i] == 0)
            continue;
        g_string_append_printf(text, "%s%u of %u %s", before, side->served[i], side->seen[i],
                               names[i]);
        before = ", ";
    }
    g_string_append_printf(text, " in the first %u frames", side->frames_learnt);
    if (side->found_later > 0)
        g_string_append_printf(text, "; %u found later", side->found_later);
}

char *card_side_describe(const struct card_side *side)
{
    enum { NAMED = 3 };
    GString *text = g_string_new(NULL);
    unsigned count = side->ranges->len;
    for (unsigned i = 0; i < count && i < NAMED; i++) {
        if (i > 0)
            g_string_append(text, count <= NAMED && i == count - 1 ? " and " : ", ");
        append_range(text, &g_array_index(side->ranges, struct card_range, i));
    }
    if (count > NAMED)
        g_string_append_printf(text, " and %u more", count - NAMED);
    if (side->is_auto && count > 0)
        append_reason(text, side);
    else if (side->is_auto && side->talks_to_itself)
        g_string_append(text, "unknown: a loopback capture, with one address at both ends of its "
                              "conversations");
    else if (side->is_auto)
        g_string_append(text, "unknown: no frame shows who serves; name the card's addresses");
    else
        g_string_append(text, ", as given");
    return g_string_free(text, FALSE);
}
