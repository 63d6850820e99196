/* command.h - the commands of polynic. argv[0] is the command's name; the result is the exit status:
 * 0 done, 1 done but something is wrong (the account, a mismatch, a failed program), 2 bad input. */
#ifndef SIM_COMMAND_H
#define SIM_COMMAND_H

#define POLYNIC_VERSION "0.1.0"

int command_run(int argc, char **argv);
int command_exec(int argc, char **argv);
int command_check(int argc, char **argv);
int command_describe(int argc, char **argv);
int command_trace(int argc, char **argv);
int command_sweep(int argc, char **argv);
int command_report(int argc, char **argv);
int command_explain(int argc, char **argv);
int command_find_max(int argc, char **argv);
int command_compare(int argc, char **argv);
int command_list(int argc, char **argv);
int command_hash(int argc, char **argv);
int command_memory(int argc, char **argv);

#endif
