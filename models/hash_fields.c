#include "models/hash_fields.h"

#include <glib.h>
#include <netinet/in.h>
#include <string.h>

enum {
    TUNNEL_VXLAN_PORT = 4789,
    TUNNEL_GTPU_PORT = 2152,
    GTPU_PACKET = 255, /* the message that carries a user's packet */
    QUOTE_BYTES = 128, /* of the header that an ICMP error quotes */
};

static const char *const type_names[HASH_TYPES + 1] = {"tcp4", "udp4",  "sctp4", "ip4", "tcp6",
                                                       "udp6", "sctp6", "ip6",   NULL};
static const char letters[] = "sdfntvlemr"; /* by the bits of HASH_FIELD_* */

/* --- What is chosen ------------------------------------------------------------------------------ */

static bool type_has_ports(unsigned type)
{
    return type != HASH_IP4 && type != HASH_IP6;
}

void hash_fields_init(struct hash_fields *fields)
{
    memset(fields, 0, sizeof *fields);
    for (unsigned type = 0; type < HASH_TYPES; type++)
        fields->sets[type] =
            HASH_FIELD_SOURCE | HASH_FIELD_DESTINATION | (type_has_ports(type) ? HASH_FIELD_PORTS : 0);
}

static bool parse_letters(const char *text, unsigned *set, char **wrong)
{
    *set = 0;
    if (!strcmp(text, "none"))
        return true;
    for (; *text; text++) {
        const char *letter = strchr(letters, *text);

        if (!letter) {
            *wrong = g_strdup_printf("'%c': expected letters of %s, as in sdfn, or none", *text, letters);
            return false;
        }
        *set |= 1u << (letter - letters);
    }
    if ((*set & HASH_FIELD_DISCARD) && *set != HASH_FIELD_DISCARD) {
        *wrong = g_strdup("'r' (discard) stands alone");
        return false;
    }
    return true;
}

/* "26/ffffffff 34/00ff" */
static bool parse_raw(struct hash_fields *fields, const char *text, char **wrong)
{
    char **words = g_strsplit_set(text, " ,\t", -1);
    struct hash_raw raw[HASH_MAX_RAW_BYTES];
    unsigned bytes = 0;

    for (char **word = words; *word && !*wrong; word++) {
        char *mask;
        unsigned long long offset = g_ascii_strtoull(*word, &mask, 10);

        if (!**word)
            continue;
        if (mask == *word || *mask != '/' || strlen(mask + 1) == 0 || strlen(mask + 1) % 2 || offset > 65000) {
            *wrong = g_strdup_printf("'%s': expected OFFSET/MASK, the mask in hexadecimal, two digits a byte: 26/ffff",
                                     *word);
            break;
        }
        for (mask++; *mask && !*wrong; mask += 2, offset++) {
            if (!g_ascii_isxdigit(mask[0]) || !g_ascii_isxdigit(mask[1]))
                *wrong = g_strdup_printf("'%s': the mask is no hexadecimal number", *word);
            else if (bytes == HASH_MAX_RAW_BYTES)
                *wrong = g_strdup_printf("more than %d bytes", HASH_MAX_RAW_BYTES);
            else
                raw[bytes++] = (struct hash_raw){
                    .offset = (uint16_t)offset,
                    .mask = (uint8_t)(g_ascii_xdigit_value(mask[0]) << 4 | g_ascii_xdigit_value(mask[1]))};
        }
    }
    g_strfreev(words);
    if (*wrong)
        return false;
    memcpy(fields->raw, raw, bytes * sizeof *raw);
    fields->raw_bytes = bytes;
    return true;
}

static bool parse_inner(struct hash_fields *fields, const char *text, char **wrong)
{
    static const char *const names[] = {"vxlan", "gre", "gtpu", NULL};
    char **words = g_strsplit_set(text, " ,\t", -1);
    unsigned inner = 0;

    for (char **word = words; *word && !*wrong; word++) {
        unsigned i = 0;

        if (!**word || !strcmp(*word, "none"))
            continue;
        while (names[i] && strcmp(names[i], *word))
            i++;
        if (names[i])
            inner |= 1u << i;
        else
            *wrong = g_strdup_printf("'%s': expected vxlan, gre, gtpu or none", *word);
    }
    g_strfreev(words);
    if (*wrong)
        return false;
    fields->inner = inner;
    return true;
}

bool hash_fields_set(struct hash_fields *fields, const char *type, const char *text, char **wrong)
{
    unsigned set, i = 0;

    *wrong = NULL;
    if (!strcmp(type, "raw"))
        return parse_raw(fields, text, wrong);
    if (!strcmp(type, "inner"))
        return parse_inner(fields, text, wrong);
    while (type_names[i] && strcmp(type_names[i], type))
        i++;
    if (!type_names[i] && strcmp(type, "all")) {
        *wrong = g_strdup_printf("'%s' is no type of traffic: expected tcp4, udp4, sctp4, ip4, tcp6, udp6, sctp6, "
                                 "ip6, all, raw or inner",
                                 type);
        return false;
    }
    if (!parse_letters(text, &set, wrong))
        return false;
    if (type_names[i] && !type_has_ports(i) && (set & HASH_FIELD_PORTS)) {
        *wrong = g_strdup_printf("%s has no ports: f and n are of tcp, udp and sctp", type);
        return false;
    }
    for (unsigned k = 0; k < HASH_TYPES; k++)
        if (!type_names[i] || k == i)
            fields->sets[k] = type_has_ports(k) ? set : set & ~(unsigned)HASH_FIELD_PORTS;
    return true;
}

bool hash_fields_are_symmetric(const struct hash_fields *fields, const char **type)
{
    for (unsigned i = 0; i < HASH_TYPES; i++) {
        unsigned set = fields->sets[i];

        *type = type_names[i];
        if (!(set & HASH_FIELD_SOURCE) != !(set & HASH_FIELD_DESTINATION) ||
            !(set & HASH_FIELD_SOURCE_PORT) != !(set & HASH_FIELD_DESTINATION_PORT) || (set & HASH_FIELD_MAC))
            return false;
        /* Each end chooses the label of what it sends, and the TEID of what it receives. */
        if ((set & HASH_FIELD_TEID) || (i >= HASH_TCP6 && (set & HASH_FIELD_FLOW_LABEL)))
            return false;
    }
    *type = "raw";
    return fields->raw_bytes == 0;
}

/* --- What a frame has ---------------------------------------------------------------------------- */

static bool has_ports(const struct packet *packet)
{
    return (packet->protocol == IPPROTO_TCP || packet->protocol == IPPROTO_UDP ||
            packet->protocol == IPPROTO_SCTP) &&
           packet->transport_offset;
}

/* Whether it is hashed as a fragment: without ports, as the later ones have none. */
static bool goes_as_fragment(const struct hash_fields *fields, const struct packet *packet)
{
    return packet->is_fragment && (!fields->first_has_ports || packet->fragment_offset);
}

static enum hash_type type_of(const struct hash_fields *fields, const struct packet *packet)
{
    enum hash_type first = packet->network == PACKET_IPV6 ? HASH_TCP6 : HASH_TCP4;

    if (goes_as_fragment(fields, packet))
        return first + (HASH_IP4 - HASH_TCP4);
    switch (packet->protocol) {
    case IPPROTO_TCP:
        return first;
    case IPPROTO_UDP:
        return first + (HASH_UDP4 - HASH_TCP4);
    case IPPROTO_SCTP:
        return first + (HASH_SCTP4 - HASH_TCP4);
    default:
        return first + (HASH_IP4 - HASH_TCP4);
    }
}

/* The header that an ICMP error quotes: of a frame that the card sent. False: no error, or cut short. */
static bool quoted_packet(const struct packet *packet, struct packet *quoted)
{
    uint8_t ethernet[14 + QUOTE_BYTES] = {0};
    uint32_t at = packet->transport_offset, bytes;

    if ((packet->protocol != IPPROTO_ICMP && packet->protocol != IPPROTO_ICMPV6) || !at || packet->is_fragment ||
        at + 8 >= packet->bytes)
        return false;
    uint8_t type = packet->data[at];
    bool is_error = packet->protocol == IPPROTO_ICMP
                        ? type == 3 || type == 4 || type == 5 || type == 11 || type == 12
                        : type >= 1 && type <= 4;
    if (!is_error)
        return false;
    /* The quote ends anywhere: eight bytes of the transport header are enough for the ports. */
    bytes = MIN(packet->bytes - (at + 8), QUOTE_BYTES);
    packet_put16(ethernet + 12, packet->protocol == IPPROTO_ICMP ? 0x0800 : 0x86dd);
    memcpy(ethernet + 14, packet->data + at + 8, bytes);
    /* A TCP header that is cut after its eight bytes gets the length of a whole one, so that its ports are
     * found; zeros follow. */
    uint32_t transport = packet->protocol == IPPROTO_ICMP ? 14 + (ethernet[14] & 15u) * 4 : 54;
    if (transport + 12 >= 14 + bytes)
        ethernet[transport + 12] = 0x50;
    packet_parse(quoted, ethernet, sizeof ethernet, 14 + 65535);
    if ((quoted->network != PACKET_IPV4 && quoted->network != PACKET_IPV6) || !quoted->network_offset)
        return false;
    if (quoted->protocol == IPPROTO_SCTP && quoted->transport_offset) {
        quoted->source_port = packet_get16(ethernet + quoted->transport_offset);
        quoted->destination_port = packet_get16(ethernet + quoted->transport_offset + 2);
    }
    quoted->data = NULL; /* it is gone: only what was parsed is used */
    return true;
}

/* Where the tunnel's inner frame or packet begins; 0: no tunnel that is looked into. */
static uint32_t find_inner(const struct hash_fields *fields, const struct packet *packet, uint16_t *ether_type,
                           uint32_t *teid)
{
    uint32_t at = packet->transport_offset, end = packet->bytes;
    const uint8_t *data = packet->data;

    *ether_type = 0; /* an Ethernet frame is inside */
    if (!at || packet->is_fragment)
        return 0;
    if ((fields->inner & HASH_INNER_VXLAN) && packet->protocol == IPPROTO_UDP &&
        packet->destination_port == TUNNEL_VXLAN_PORT)
        return at + 16 < end ? at + 16 : 0;
    if ((fields->inner & HASH_INNER_GRE) && packet->protocol == IPPROTO_GRE && at + 4 <= end) {
        uint16_t flags = packet_get16(data + at), protocol = packet_get16(data + at + 2);

        if ((flags & 0x4007) || (protocol != 0x0800 && protocol != 0x86dd && protocol != 0x6558))
            return 0; /* routing, or another version (PPTP) */
        at += 4 + (flags & 0x8000 ? 4u : 0) + (flags & 0x2000 ? 4u : 0) + (flags & 0x1000 ? 4u : 0);
        *ether_type = protocol == 0x6558 ? 0 : protocol;
        return at < end ? at : 0;
    }
    if (packet->protocol != IPPROTO_UDP || packet->destination_port != TUNNEL_GTPU_PORT || at + 16 > end)
        return 0;
    uint8_t flags = data[at + 8];

    if (flags >> 5 != 1 || !(flags & 0x10)) /* version 1, GTP and not GTP' */
        return 0;
    *teid = packet_get32(data + at + 12);
    if (!(fields->inner & HASH_INNER_GTPU) || data[at + 9] != GTPU_PACKET)
        return 0;
    at += 16;
    if (flags & 7) {
        uint8_t next = (flags & 4) && at + 4 <= end ? data[at + 3] : 0;

        for (at += 4; next && at < end && data[at] && at + 4u * data[at] <= end; at += 4u * data[at])
            next = data[at + 4u * data[at] - 1];
        if (next)
            return 0;
    }
    if (at >= end)
        return 0;
    *ether_type = data[at] >> 4 == 6 ? 0x86dd : 0x0800;
    return at;
}

/* An IP packet gets an Ethernet header, as the parser wants one. copy: room for a header and QUOTE_BYTES. */
static bool inner_packet(const struct packet *packet, uint32_t at, uint16_t ether_type, uint8_t *copy,
                         struct packet *inner)
{
    uint32_t bytes = packet->bytes - at;

    if (!ether_type) {
        packet_parse(inner, packet->data + at, bytes, MAX(bytes, 14 + 65535u));
    } else {
        memset(copy, 0, 14);
        packet_put16(copy + 12, ether_type);
        bytes = MIN(bytes, QUOTE_BYTES);
        memcpy(copy + 14, packet->data + at, bytes);
        packet_parse(inner, copy, 14 + bytes, 14 + 65535);
    }
    return (inner->network == PACKET_IPV4 || inner->network == PACKET_IPV6) && inner->network_offset;
}

/* --- The input ----------------------------------------------------------------------------------- */

static void append(struct hash_input *input, const void *bytes, unsigned count)
{
    memcpy(input->bytes + input->count, bytes, count);
    input->count += count;
}

static void append_number(struct hash_input *input, uint32_t number, unsigned bytes)
{
    while (bytes--)
        input->bytes[input->count++] = (uint8_t)(number >> 8 * bytes);
}

/* The first and the second of a pair, as the symmetry has them. */
static void append_pair(struct hash_input *input, enum hash_symmetry symmetry, const uint8_t *first,
                        const uint8_t *second, unsigned bytes, bool with_first, bool with_second)
{
    if (symmetry == HASH_AS_IT_IS) {
        if (with_first)
            append(input, first, bytes);
        if (with_second)
            append(input, second, bytes);
        return;
    }
    if (!with_first || !with_second)
        return;
    for (unsigned half = 0; half < 2; half++)
        for (unsigned i = 0; i < bytes; i++)
            input->bytes[input->count++] =
                symmetry == HASH_OR_XOR && half == 0 ? first[i] | second[i] : first[i] ^ second[i];
}

struct gathering {
    const struct hash_fields *fields;
    enum hash_symmetry symmetry;
    const struct packet *packet; /* whose addresses and ports they are */
    const struct packet *outer;  /* the frame */
    uint32_t teid;
    bool is_reversed;
};

static enum hash_class gather(const struct gathering *from, struct hash_input *input)
{
    const struct packet *packet = from->packet, *outer = from->outer;
    unsigned set = from->fields->sets[type_of(from->fields, packet)];
    const uint8_t *addresses[2] = {packet->source.bytes, packet->destination.bytes};
    uint16_t numbers[2] = {packet->source_port, packet->destination_port};
    uint8_t ports[2][2];

    input->is_fragment = packet->is_fragment && !from->is_reversed; /* an error that quotes one is none itself */
    if (set & HASH_FIELD_DISCARD)
        return HASH_DISCARDED;
    if (!has_ports(packet) || goes_as_fragment(from->fields, packet))
        set &= ~(unsigned)HASH_FIELD_PORTS;
    if (packet->protocol == IPPROTO_SCTP && (set & HASH_FIELD_PORTS) && packet->data) {
        uint32_t at = packet->transport_offset;

        if (at + 4 <= packet->bytes) {
            numbers[0] = packet_get16(packet->data + at);
            numbers[1] = packet_get16(packet->data + at + 2);
        }
    }
    packet_put16(ports[0], numbers[0]);
    packet_put16(ports[1], numbers[1]);
    bool back = from->is_reversed;

    append_pair(input, from->symmetry, addresses[back], addresses[!back], packet->network == PACKET_IPV6 ? 16 : 4,
                set & HASH_FIELD_SOURCE, set & HASH_FIELD_DESTINATION);
    append_pair(input, from->symmetry, ports[back], ports[!back], 2, set & HASH_FIELD_SOURCE_PORT,
                set & HASH_FIELD_DESTINATION_PORT);
    if (set & HASH_FIELD_PROTOCOL)
        append_number(input, packet->protocol, 1);
    if (set & HASH_FIELD_VLAN)
        append_number(input, outer->vlan_tags ? outer->vlan & 0xfff : 0, 2);
    if (set & HASH_FIELD_FLOW_LABEL)
        append_number(input,
                      packet->network == PACKET_IPV6 && packet->data && packet->network_offset + 4u <= packet->bytes
                          ? packet_get32(packet->data + packet->network_offset) & 0xfffff
                          : 0,
                      3);
    if (set & HASH_FIELD_TEID)
        append_number(input, from->teid, 4);
    if (set & HASH_FIELD_MAC)
        append(input, outer->data, 6);
    for (unsigned i = 0; i < from->fields->raw_bytes; i++) {
        const struct hash_raw *raw = &from->fields->raw[i];

        append_number(input, raw->offset < outer->bytes ? outer->data[raw->offset] & raw->mask : 0, 1);
    }
    if (!input->count)
        return HASH_NOT_MADE;
    return set & HASH_FIELD_PORTS ? HASHED_WITH_PORTS : HASHED_BY_ADDRESSES;
}

static bool is_everyones(const struct packet *packet)
{
    if (packet->bytes >= 14 && (packet->data[0] & 1))
        return true;
    return packet->network == PACKET_ARP ||
           (packet->protocol == IPPROTO_ICMPV6 && packet->transport_offset &&
            packet->transport_offset < packet->bytes && packet->network == PACKET_IPV6 &&
            packet->data[packet->transport_offset] >= 133 && packet->data[packet->transport_offset] <= 137);
}

enum hash_class hash_gather(const struct hash_fields *fields, enum hash_symmetry symmetry,
                            const struct packet *packet, struct hash_input *input)
{
    struct gathering from = {.fields = fields, .symmetry = symmetry, .packet = packet, .outer = packet};
    uint8_t copy[14 + QUOTE_BYTES];
    struct packet other;
    uint16_t ether_type;
    enum hash_class class;

    input->count = 0;
    input->is_fragment = false;
    if (is_everyones(packet))
        return HASH_EVERYONES;
    if ((packet->network != PACKET_IPV4 && packet->network != PACKET_IPV6) || !packet->network_offset)
        return HASH_NOT_MADE;
    uint32_t at = find_inner(fields, packet, &ether_type, &from.teid);

    if (at && inner_packet(packet, at, ether_type, copy, &other)) {
        from.packet = &other;
        class = gather(&from, input);
        return class == HASHED_WITH_PORTS || class == HASHED_BY_ADDRESSES ? HASHED_INNER : class;
    }
    if (quoted_packet(packet, &other)) {
        from.packet = &other;
        from.is_reversed = true;
        class = gather(&from, input);
        return class == HASHED_WITH_PORTS || class == HASHED_BY_ADDRESSES ? HASHED_BY_QUOTE : class;
    }
    return gather(&from, input);
}
