/* check.h - assertions that are always on: what fails here is a bug of polynic, never of the user's
 * input and never of the simulated machine. The message names the part and the simulated time. */
#ifndef SIM_CHECK_H
#define SIM_CHECK_H

struct part;

/* Prints and aborts. part may be NULL. */
void check_failed(const struct part *part, const char *file, int line, const char *condition)
    __attribute__((noreturn, cold));

#define sim_check(part, condition)                                                                 \
    ((condition) ? (void)0 : check_failed((part), __FILE__, __LINE__, #condition))

#endif
