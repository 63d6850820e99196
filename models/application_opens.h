/* application_opens.h - the connections that an application opens to the servers of a traffic (mode = serve): an actor
 * that calls at the times which the traffic's keys give, to each server in turn.
 *
 * Timing     the first call is decided when the traffic has begun, the next a gap later each (cps; arrivals = poisson:
 *            exponentially distributed): it reaches the host a latency after it was decided.
 */
#ifndef MODELS_APPLICATION_OPENS_H
#define MODELS_APPLICATION_OPENS_H

#include "models/host.h"

struct application_opens;

/* In wire(). index: of the traffic among the application's; its calls carry index + 1 as their argument. traffic: of
 * mode = serve. The host must be ready before the first call. */
struct application_opens *application_opens_new(struct part *application, struct host *host, const char *host_name,
                                                struct part *traffic, unsigned index, uint64_t latency_ps);
void application_opens_start(struct application_opens *opens); /* in start() */
void application_opens_free(struct application_opens *opens);  /* NULL is allowed */

#endif
