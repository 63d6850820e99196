/* ranks_mpi.c - ranks.h by MPI; becomes build/polynic-mpi.so. Nothing here waits for long: who is asked for a message and
 * has none says so, and the caller sleeps, so that more ranks than processors do not take time from each other. */
#include "sim/ranks.h"

#include <limits.h>
#include <mpi.h>
#include <stdlib.h>

static bool send_bytes(int to, const void *data, size_t bytes)
{
    return bytes <= INT_MAX && MPI_Send(data, (int)bytes, MPI_BYTE, to, 0, MPI_COMM_WORLD) == MPI_SUCCESS;
}

static bool receive_bytes(int *from, void **data, size_t *bytes)
{
    MPI_Status status;
    MPI_Message message;
    int is_there, count;

    if (MPI_Improbe(MPI_ANY_SOURCE, 0, MPI_COMM_WORLD, &is_there, &message, &status) != MPI_SUCCESS || !is_there)
        return false;
    MPI_Get_count(&status, MPI_BYTE, &count);
    *data = malloc((size_t)count + 1);
    if (!*data)
        abort();
    MPI_Mrecv(*data, count, MPI_BYTE, &message, &status);
    *from = status.MPI_SOURCE;
    *bytes = (size_t)count;
    return true;
}

static void end(void)
{
    MPI_Finalize();
}

const struct ranks *ranks_begin(int version);

const struct ranks *ranks_begin(int version)
{
    static struct ranks ranks = {.send = send_bytes, .receive = receive_bytes, .end = end};

    if (version != RANKS_VERSION || MPI_Init(NULL, NULL) != MPI_SUCCESS)
        return NULL;
    MPI_Comm_rank(MPI_COMM_WORLD, &ranks.rank);
    MPI_Comm_size(MPI_COMM_WORLD, &ranks.count);
    return &ranks;
}
