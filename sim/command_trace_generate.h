/* command_trace_generate.h - `polynic trace generate`. */
#ifndef SIM_COMMAND_TRACE_GENERATE_H
#define SIM_COMMAND_TRACE_GENERATE_H

int command_trace_generate(int argc, char **argv); /* argv[0] "trace", argv[1] "generate" */

#endif
