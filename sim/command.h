#ifndef SIM_COMMAND_H
#define SIM_COMMAND_H

int command_exec(int argc, char **argv);

#endif
