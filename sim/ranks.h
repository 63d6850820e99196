/* ranks.h - the other processes of a program that mpirun or srun started many times, and messages between them.
 *
 * The program itself knows no MPI: build/polynic-mpi.so does (sim/ranks_mpi.c, built where mpicc is), and is loaded when a
 * launcher has started more than one process. It lies beside the program, or in ../lib/polynic. */
#ifndef SIM_RANKS_H
#define SIM_RANKS_H

#include "sim/diagnostic.h"

#include <stdbool.h>
#include <stddef.h>

struct ranks {
    int rank, count; /* 0 .. count - 1 */
    bool (*send)(int to, const void *data, size_t bytes); /* at most 2^31 - 1; false: not sent */
    /* Does not wait. False: no message is there. *data is to be freed with free(). */
    bool (*receive)(int *from, void **data, size_t *bytes);
    void (*end)(void); /* all ranks must call it */
};

enum { RANKS_VERSION = 1 }; /* of this structure */

/* What the shared object exports: NULL if it fails or is of another version. Constant. */
typedef const struct ranks *(*ranks_begin_function)(int version);
#define RANKS_BEGIN "ranks_begin"

/* NULL, and no error: this process is alone. NULL, and an error in diagnostics: it is not, and can't tell the others. */
const struct ranks *ranks_open(struct diagnostics *diagnostics);

#endif
