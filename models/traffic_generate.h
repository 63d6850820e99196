/* traffic_generate.h - mode = generate: what the keys of [traffic] ask of the generator (traces/generate.h). */
#ifndef MODELS_TRAFFIC_GENERATE_H
#define MODELS_TRAFFIC_GENERATE_H

#include "models/traffic.h"

/* Keys that contradict each other are reported. number: of the source, from GENERATE_LEAST_NUMBER on. False:
 * config is not to be used. */
bool traffic_generate_config(const struct traffic *traffic, unsigned number, uint64_t seed,
                             struct generate_config *config, struct diagnostics *diagnostics);

/* Of mode = serve; the same. */
bool traffic_serve_config(const struct traffic *traffic, unsigned number, struct serve_config *config,
                          struct diagnostics *diagnostics);

/* Made traffic, of either mode, is of one protocol: some processor must speak it. */
void traffic_check_stacks(const struct traffic *traffic, struct diagnostics *diagnostics);

#endif
