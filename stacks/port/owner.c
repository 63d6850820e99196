/* owner.c - which processor owns a connection: this one from the SYN on, unless another claimed it before; nobody once
 * lwIP has forgotten it. The dispatch keeps account (HW_CLAIM, HW_RELEASE), so that a segment which reaches another
 * processor is handed over, however the dispatch had chosen. A card of one processor needs none of this. */
#include "stacks/port/address.h"
#include "stacks/port/port.h"

#include "lwip/priv/tcp_priv.h"

#if LWIP_TCP

enum { CLAIMED, LOCAL_PORT }; /* what is kept beside a pcb: itself if it was claimed, and its port, which lwIP clears
                                 before it frees the pcb */

static struct hw_flow flow_of(const struct tcp_pcb *pcb, uint16_t local_port)
{
    struct hw_flow flow = {.protocol = IP_PROTO_TCP};

    flow.ip_version = address_to_tuple(flow.source, &pcb->remote_ip);
    address_to_tuple(flow.destination, &pcb->local_ip);
    flow.source_port = pcb->remote_port;
    flow.destination_port = local_port;
    return flow;
}

/* lwIP frees a pcb */
static void on_destroyed(u8_t id, void *claimed)
{
    (void)id;
    if (!claimed)
        return;
    struct hw_flow flow = flow_of(claimed, (uint16_t)(uintptr_t)tcp_ext_arg_get(claimed, LOCAL_PORT));

    hal_owner(HW_RELEASE, &flow);
}

static err_t on_passive_open(u8_t id, struct tcp_pcb_listen *listener, struct tcp_pcb *pcb)
{
    uint32_t owner = port_claim(pcb);

    (void)id;
    (void)listener;
    port_watch_connections(pcb); /* lwIP hands on what is kept, not the callbacks */
    if (owner == port_card.id)
        return ERR_OK;
    port_input_is_of(owner);
    return ERR_ABRT; /* lwIP frees the pcb, and forgets the SYN */
}

static const struct tcp_ext_arg_callbacks callbacks = {.destroy = on_destroyed, .passive_open = on_passive_open};

void port_watch_connections(struct tcp_pcb *pcb)
{
    if (port_card.processors > 1)
        tcp_ext_arg_set_callbacks(pcb, CLAIMED, &callbacks);
}

uint32_t port_claim(struct tcp_pcb *pcb)
{
    if (port_card.processors == 1)
        return port_card.id;
    struct hw_flow flow = flow_of(pcb, pcb->local_port);

    hal_owner(HW_CLAIM, &flow);
    tcp_ext_arg_set(pcb, CLAIMED, flow.owner == port_card.id ? pcb : NULL);
    tcp_ext_arg_set(pcb, LOCAL_PORT, (void *)(uintptr_t)pcb->local_port);
    return flow.owner;
}

#endif
