/* command_sweep_ranks.c - points that other ranks run (mpirun, srun), as command_sweep_run.c's own are run here.
 *
 *     rank 0                                        another rank
 *     job: slot, folder, arguments, limits  ---->   runs it in that folder, if it sees it, else in one of its own
 *                                           <----   end: slot, how it ended, seconds; the files, if the folder is its own
 *     stop                                  ---->   kills what runs, and ends
 *
 * A message is a JSON text, a zero byte, and files: name, zero byte, eight bytes of length (the lowest first), bytes. */
#include "sim/command_sweep.h"

#include "sim/folder.h"

#include <glib/gstdio.h>
#include <jansson.h>
#include <string.h>
#include <time.h>

enum { LOOK_MS = 10, LENGTH_BYTES = 8 };

/* --- Files in messages ------------------------------------------------------------------------------- */

static void append_files(GByteArray *message, const char *folder)
{
    GDir *all = g_dir_open(folder, 0, NULL);
    const char *name;

    while (all && (name = g_dir_read_name(all))) {
        char *path = g_build_filename(folder, name, NULL), *text = NULL;
        gsize bytes = 0;
        guint8 length[LENGTH_BYTES];

        if (g_file_test(path, G_FILE_TEST_IS_REGULAR) && g_file_get_contents(path, &text, &bytes, NULL)) {
            for (unsigned i = 0; i < LENGTH_BYTES; i++)
                length[i] = (guint8)((guint64)bytes >> 8 * i);
            g_byte_array_append(message, (const guint8 *)name, (guint)strlen(name) + 1);
            g_byte_array_append(message, length, LENGTH_BYTES);
            g_byte_array_append(message, (const guint8 *)text, (guint)bytes);
        }
        g_free(text);
        g_free(path);
    }
    if (all)
        g_dir_close(all);
}

/* Of a name that is no plain one nothing is written. */
static void write_files(const char *at, size_t left, const char *folder)
{
    while (left > 0) {
        size_t name_bytes = strnlen(at, left) + 1;
        guint64 bytes = 0;

        if (name_bytes + LENGTH_BYTES > left)
            return;
        for (unsigned i = 0; i < LENGTH_BYTES; i++)
            bytes |= (guint64)(guint8)at[name_bytes + i] << 8 * i;
        if (bytes > left - name_bytes - LENGTH_BYTES)
            return;
        if (at[0] && at[0] != '.' && !strchr(at, '/')) {
            char *path = g_build_filename(folder, at, NULL);

            g_file_set_contents(path, at + name_bytes + LENGTH_BYTES, (gssize)bytes, NULL);
            g_free(path);
        }
        at += name_bytes + LENGTH_BYTES + bytes;
        left -= name_bytes + LENGTH_BYTES + bytes;
    }
}

static bool send_message(const struct ranks *ranks, int to, json_t *root, const char *folder)
{
    GByteArray *message = g_byte_array_new();
    char *text = json_dumps(root, JSON_COMPACT);

    g_byte_array_append(message, (const guint8 *)text, (guint)strlen(text) + 1);
    if (folder)
        append_files(message, folder);
    bool sent = ranks->send(to, message->data, message->len);
    free(text);
    json_decref(root);
    g_byte_array_unref(message);
    return sent;
}

/* *files and *files_bytes are within *data. NULL: none is there. */
static json_t *receive_message(const struct ranks *ranks, int *from, void **data, const char **files, size_t *files_bytes)
{
    size_t bytes;

    if (!ranks->receive(from, data, &bytes))
        return NULL;
    size_t text_bytes = strnlen(*data, bytes);
    json_t *root = json_loadb(*data, text_bytes, 0, NULL);

    *files = (const char *)*data + MIN(text_bytes + 1, bytes);
    *files_bytes = bytes - MIN(text_bytes + 1, bytes);
    return root ? root : json_object();
}

/* --- Rank 0 -------------------------------------------------------------------------------------------- */

bool sweep_ranks_give(const struct ranks *ranks, int to, unsigned slot, const char *folder, char *const *arguments,
                      const struct sweep_limits *limits)
{
    json_t *list = json_array();

    for (char *const *argument = arguments + 1; *argument; argument++) /* the program is each rank's own */
        json_array_append_new(list, json_string(*argument));
    return send_message(ranks, to,
                        json_pack("{ss si ss so sf sI}", "what", "job", "slot", (int)slot, "folder", folder,
                                  "arguments", list, "seconds", limits->seconds, "memory_bytes",
                                  (json_int_t)MIN(limits->memory_bytes, INT64_MAX)),
                        NULL);
}

bool sweep_ranks_take(const struct ranks *ranks, struct sweep_rank_end *end, char *(*folder_of)(void *owner, unsigned slot),
                      void *owner)
{
    const char *files;
    size_t files_bytes;
    void *data;
    int from, slot = -1, how = 0;
    json_t *root = receive_message(ranks, &from, &data, &files, &files_bytes);

    if (!root)
        return false;
    *end = (struct sweep_rank_end){0};
    json_unpack(root, "{si si si sf}", "slot", &slot, "end", &how, "status", &end->status, "seconds", &end->seconds);
    end->slot = (unsigned)slot;
    end->how = (enum process_end)how;
    char *folder = slot < 0 ? NULL : folder_of(owner, end->slot);
    if (folder)
        write_files(files, files_bytes, folder);
    json_decref(root);
    free(data);
    return true;
}

void sweep_ranks_stop(const struct ranks *ranks)
{
    for (int rank = 1; rank < ranks->count; rank++)
        send_message(ranks, rank, json_pack("{ss}", "what", "stop"), NULL);
}

/* --- Another rank --------------------------------------------------------------------------------------- */

struct job {
    struct process process;
    int slot;
    char *folder;
    bool is_own; /* rank 0 doesn't see the folder */
};

struct worker {
    const struct ranks *ranks;
    char *program;
    GPtrArray *jobs; /* of struct job */
    bool is_over;
};

static void free_job(gpointer data)
{
    struct job *job = data;

    process_kill(&job->process);
    if (job->is_own)
        folder_remove(job->folder);
    g_free(job->folder);
    g_free(job);
}

static void end_job(struct worker *worker, struct job *job, enum process_end how, int status)
{
    send_message(worker->ranks, 0,
                 json_pack("{si si si sf}", "slot", job->slot, "end", (int)how, "status", status, "seconds",
                           process_clock_s() - job->process.began_s),
                 job->is_own ? job->folder : NULL);
}

/* The arguments name rank 0's folder: the own one is put in its place. */
static char **arguments_of(const struct worker *worker, const json_t *root, const char *theirs, const char *folder)
{
    const json_t *list = json_object_get(root, "arguments");
    GPtrArray *arguments = g_ptr_array_new();

    g_ptr_array_add(arguments, g_strdup(worker->program));
    for (size_t i = 0; i < json_array_size(list); i++) {
        const char *text = json_string_value(json_array_get(list, i));

        g_ptr_array_add(arguments, g_strdup(!text ? "" : !strcmp(text, theirs) ? folder : text));
    }
    g_ptr_array_add(arguments, NULL);
    return (char **)g_ptr_array_free(arguments, FALSE);
}

static void begin_job(struct worker *worker, const json_t *root)
{
    struct job *job = g_new0(struct job, 1);
    const char *folder = "";
    double seconds = 0;
    json_int_t memory_bytes = 0;

    json_unpack((json_t *)(size_t)root, "{si ss sf sI}", "slot", &job->slot, "folder", &folder, "seconds", &seconds,
                "memory_bytes", &memory_bytes);
    job->is_own = !g_file_test(folder, G_FILE_TEST_IS_DIR);
    job->folder = job->is_own ? g_dir_make_tmp("polynic-XXXXXX", NULL) : g_strdup(folder);
    char *log = g_build_filename(job->folder ? job->folder : "", "log.txt", NULL);
    char **arguments = arguments_of(worker, root, folder, job->folder ? job->folder : "");

    if (job->folder && process_start(&job->process, arguments, log, seconds, (uint64_t)memory_bytes)) {
        g_ptr_array_add(worker->jobs, job);
    } else {
        end_job(worker, job, PROCESS_EXITED, 127);
        free_job(job);
    }
    g_strfreev(arguments);
    g_free(log);
}

static void look_at_jobs(struct worker *worker)
{
    for (unsigned i = 0; i < worker->jobs->len;) {
        struct job *job = g_ptr_array_index(worker->jobs, i);
        int status = 0;
        enum process_end how = process_look(&job->process, &status);

        if (how == PROCESS_RUNS) {
            i++;
            continue;
        }
        end_job(worker, job, how, status);
        g_ptr_array_remove_index(worker->jobs, i);
    }
}

static void look_at_messages(struct worker *worker)
{
    const char *files;
    size_t files_bytes;
    void *data;
    json_t *root;
    int from;

    while ((root = receive_message(worker->ranks, &from, &data, &files, &files_bytes)) != NULL) {
        const char *what = json_string_value(json_object_get(root, "what"));

        if (what && !strcmp(what, "job"))
            begin_job(worker, root);
        else
            worker->is_over = true;
        json_decref(root);
        free(data);
    }
}

void sweep_ranks_work(const struct ranks *ranks)
{
    struct worker worker = {.ranks = ranks,
                            .program = g_file_read_link("/proc/self/exe", NULL),
                            .jobs = g_ptr_array_new_with_free_func(free_job)};

    while (!worker.is_over) {
        look_at_messages(&worker);
        look_at_jobs(&worker);
        if (!worker.is_over)
            nanosleep(&(struct timespec){.tv_nsec = LOOK_MS * 1000000}, NULL);
    }
    g_ptr_array_unref(worker.jobs);
    g_free(worker.program);
}
