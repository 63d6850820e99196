#include "sim/ranks.h"

#include <dlfcn.h>
#include <glib.h>
#include <stdlib.h>

/* As launchers tell a process how many there are: Open MPI; MPICH, Intel MPI and Slurm's PMI; srun. */
static const char *const count_names[] = {"OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "SLURM_STEP_NUM_TASKS"};

static bool are_many(const char **name)
{
    for (unsigned i = 0; i < G_N_ELEMENTS(count_names); i++) {
        const char *value = getenv(count_names[i]);

        *name = count_names[i];
        if (value && strtol(value, NULL, 10) > 1)
            return true;
    }
    return false;
}

static void *load(void)
{
    static const char *const places[] = {"", "../lib/polynic"};
    char *program = g_file_read_link("/proc/self/exe", NULL), *folder = program ? g_path_get_dirname(program) : NULL;
    void *library = NULL;

    for (unsigned i = 0; folder && i < G_N_ELEMENTS(places) && !library; i++) {
        char *path = g_build_filename(folder, places[i], "polynic-mpi.so", NULL);

        /* SimGrid has an MPI too, of its simulated machines: the real one must not find that. */
        library = dlopen(path, RTLD_NOW | RTLD_LOCAL | RTLD_DEEPBIND);
        g_free(path);
    }
    g_free(folder);
    g_free(program);
    return library;
}

const struct ranks *ranks_open(struct diagnostics *diagnostics)
{
    const char *name;

    if (!are_many(&name))
        return NULL;
    void *library = load(), *symbol = library ? dlsym(library, RANKS_BEGIN) : NULL;
    const struct ranks *ranks = symbol ? ((ranks_begin_function)symbol)(RANKS_VERSION) : NULL;

    if (!ranks)
        diagnostic_error(diagnostics, NULL, 0,
                         "%s says that several processes were started, but polynic-mpi.so beside the program %s: install "
                         "libopenmpi-dev and openmpi-bin, and build again; or start one process",
                         name, library ? "is not of this version, or MPI does not begin" : "can't be loaded");
    return ranks && ranks->count > 1 ? ranks : NULL;
}
