/* process.h - another program, or this one again, run beside this one: with its output in a file, within limits. */
#ifndef SIM_PROCESS_H
#define SIM_PROCESS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct process {
    pid_t pid; /* 0: none runs */
    double began_s, limit_s; /* CLOCK_MONOTONIC; limit 0: any */
    bool timed_out;
};

enum process_end {
    PROCESS_RUNS,
    PROCESS_EXITED,  /* with a status */
    PROCESS_KILLED,  /* by a signal, status is its number */
    PROCESS_TIMEOUT, /* after limit_s it was killed */
};

/* arguments ends with NULL; [0] is the program's path. Output and errors go to the file log, which is made or emptied.
 * memory_bytes limits its address space; 0: any. False: errno says why. */
bool process_start(struct process *process, char *const *arguments, const char *log, double limit_s,
                   uint64_t memory_bytes);

/* Does not wait. */
enum process_end process_look(struct process *process, int *status);

/* Kills it with all that it started, and waits for its end. */
void process_kill(struct process *process);

double process_clock_s(void);

#endif
