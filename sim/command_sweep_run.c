/* command_sweep_run.c - runs the points of a sweep: each as a process of its own, so that one which crashes, hangs or
 * takes all memory ends alone. */
#include "sim/command_sweep.h"

#include "analysis/result_file.h"
#include "sim/command.h"
#include "sim/folder.h"
#include "sim/process.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <jansson.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { LOOK_MS = 10 };

struct slot {
    int rank; /* that runs it */
    struct process process; /* of rank 0 */
    const struct sweep_point *point; /* NULL: free */
    char *folder;                    /* while it is under way */
};

struct runner {
    const struct sweep_plan *plan;
    const struct sweep_limits *limits;
    const char *folder;
    char *program;
    struct slot *slots;
    unsigned slot_count;
    unsigned next; /* of the plan's points */
    struct sweep_counts counts;
    double began_s, shown_s;
    bool is_shown;
    struct diagnostics *diagnostics;
};

static volatile sig_atomic_t interrupted;

static void on_signal(int number)
{
    (void)number;
    interrupted = 1;
}

/* --- Folders ------------------------------------------------------------------------------------- */

/* What an interrupted sweep left. */
static void remove_unfinished(const char *folder)
{
    char *points = g_build_filename(folder, "points", NULL);
    GDir *all = g_dir_open(points, 0, NULL);
    const char *name;

    while (all && (name = g_dir_read_name(all)))
        if (name[0] == '.') {
            char *path = g_build_filename(points, name, NULL);

            folder_remove(path);
            g_free(path);
        }
    if (all)
        g_dir_close(all);
    g_free(points);
}

char *sweep_point_status(const char *folder, const char *id)
{
    char *path = g_build_filename(folder, "points", id, "point.json", NULL);
    json_t *root = json_load_file(path, 0, NULL);
    char *status = g_strdup(json_string_value(json_object_get(root, "status")));

    json_decref(root);
    g_free(path);
    return status;
}

/* --- One point ----------------------------------------------------------------------------------- */

static bool begin_point(struct runner *runner, struct slot *slot, const struct sweep_point *point)
{
    char **sets = sweep_point_sets(runner->plan, point);
    GPtrArray *arguments = g_ptr_array_new();
    char *hidden = g_strdup_printf(".%s.%ld", point->id, (long)getpid());

    slot->folder = g_build_filename(runner->folder, "points", hidden, NULL);
    char *log = g_build_filename(slot->folder, "log.txt", NULL);

    g_ptr_array_add(arguments, runner->program);
    g_ptr_array_add(arguments, runner->plan->is_search ? "find-max" : "run");
    g_ptr_array_add(arguments, runner->plan->scenario);
    g_ptr_array_add(arguments, "--quiet");
    if (!runner->plan->is_search)
        g_ptr_array_add(arguments, "--no-page");
    for (unsigned i = 0; i < runner->plan->search->len; i++)
        g_ptr_array_add(arguments, g_ptr_array_index(runner->plan->search, i));
    g_ptr_array_add(arguments, "--out");
    g_ptr_array_add(arguments, slot->folder);
    for (char **set = sets; *set; set++) {
        g_ptr_array_add(arguments, "--set");
        g_ptr_array_add(arguments, *set);
    }
    g_ptr_array_add(arguments, NULL);
    folder_remove(slot->folder);
    char *const *words = (char *const *)arguments->pdata;
    bool fine = g_mkdir_with_parents(slot->folder, 0777) == 0;

    if (fine && slot->rank)
        fine = sweep_ranks_give(runner->limits->ranks, slot->rank, (unsigned)(slot - runner->slots), slot->folder, words,
                                runner->limits);
    else if (fine)
        fine = process_start(&slot->process, words, log, runner->limits->seconds, runner->limits->memory_bytes);

    if (fine)
        slot->point = point;
    else
        result_file_error(runner->diagnostics, slot->folder, "run a point", errno);
    if (!fine)
        g_clear_pointer(&slot->folder, g_free);
    g_free(log);
    g_free(hidden);
    g_ptr_array_unref(arguments);
    g_strfreev(sets);
    return fine;
}

static bool log_says(const char *folder, const char *word)
{
    char *path = g_build_filename(folder, "log.txt", NULL), *text = NULL;
    bool says = g_file_get_contents(path, &text, NULL, NULL) && strstr(text, word);

    g_free(text);
    g_free(path);
    return says;
}

/* Of the exit status of polynic run, and how it came to it. */
static const char *status_of(const struct slot *slot, enum process_end end, int status)
{
    char *report = g_build_filename(slot->folder, "report.json", NULL);
    bool has_report = g_file_test(report, G_FILE_TEST_EXISTS);

    g_free(report);
    if (end == PROCESS_TIMEOUT)
        return "timeout";
    if (log_says(slot->folder, "failed to allocate") || log_says(slot->folder, "out of memory") ||
        log_says(slot->folder, "this machine has no room") ||
        (end == PROCESS_KILLED && status == SIGKILL))
        return "memory";
    if (end == PROCESS_KILLED)
        return "crashed";
    return status == 0 && has_report ? "done" : status == 1 && has_report ? "wrong" : "failed";
}

static void end_point(struct runner *runner, struct slot *slot, enum process_end end, int status, double seconds)
{
    const char *how = status_of(slot, end, status);
    json_t *root = json_pack("{ss ss si sf}", "status", how, "version", POLYNIC_VERSION,
                             end == PROCESS_KILLED ? "signal" : "exit_status", status, "seconds", seconds);
    char *text = json_dumps(root, JSON_INDENT(2) | JSON_REAL_PRECISION(6));
    char *file = g_build_filename(slot->folder, "point.json", NULL);
    char *path = g_build_filename(runner->folder, "points", slot->point->id, NULL);

    result_file_write(file, text, strlen(text), runner->diagnostics);
    folder_remove(path);
    if (g_rename(slot->folder, path) != 0)
        result_file_error(runner->diagnostics, path, "keep a point's results", errno);
    if (!strcmp(how, "done"))
        runner->counts.done++;
    else
        runner->counts.failed++;
    g_free(path);
    g_free(file);
    free(text);
    json_decref(root);
    slot->point = NULL;
    g_clear_pointer(&slot->folder, g_free);
}

/* --- All points ---------------------------------------------------------------------------------- */

/* The next point that has not ended yet; NULL: there is none. */
static const struct sweep_point *next_point(struct runner *runner)
{
    while (runner->next < runner->plan->points->len) {
        const struct sweep_point *point = g_ptr_array_index(runner->plan->points, runner->next++);
        char *status = sweep_point_status(runner->folder, point->id);
        bool is_done = status && !strcmp(status, "done");
        bool is_known = is_done || (status && !runner->limits->retries_failed);

        g_free(status);
        if (!is_known)
            return point;
        runner->counts.known++;
        if (is_done)
            runner->counts.done++;
        else
            runner->counts.failed++;
    }
    return NULL;
}

static void show(struct runner *runner, unsigned running)
{
    double now_s = process_clock_s();
    unsigned all = runner->plan->points->len;
    unsigned ended = runner->counts.done + runner->counts.failed, here = ended - runner->counts.known;

    if (!runner->is_shown || now_s < runner->shown_s + 0.5)
        return;
    runner->shown_s = now_s;
    fprintf(stderr, "\r\033[K%u of %u points done, %u running, %u failed", runner->counts.done, all, running,
            runner->counts.failed);
    if (here)
        fprintf(stderr, ", %.0f s left", (now_s - runner->began_s) / here * (all - ended));
    fflush(stderr);
}

static char *folder_of(void *owner, unsigned slot)
{
    const struct runner *runner = owner;

    return slot < runner->slot_count ? runner->slots[slot].folder : NULL;
}

static void look_at_ranks(struct runner *runner)
{
    struct sweep_rank_end end;

    while (runner->limits->ranks && sweep_ranks_take(runner->limits->ranks, &end, folder_of, runner))
        if (end.slot < runner->slot_count && runner->slots[end.slot].point)
            end_point(runner, &runner->slots[end.slot], end.how, end.status, end.seconds);
}

/* Looks at all slots; true: something runs. */
static bool step(struct runner *runner)
{
    unsigned running = 0;
    int status;

    look_at_ranks(runner);
    for (unsigned i = 0; i < runner->slot_count; i++) {
        struct slot *slot = &runner->slots[i];

        if (slot->point && !slot->rank) {
            enum process_end end = process_look(&slot->process, &status);

            if (end != PROCESS_RUNS)
                end_point(runner, slot, end, status, process_clock_s() - slot->process.began_s);
        }
        if (!slot->point && !interrupted && !runner->diagnostics->errors) {
            const struct sweep_point *point = next_point(runner);

            if (point)
                begin_point(runner, slot, point);
        }
        running += slot->point != NULL;
    }
    show(runner, running);
    return running > 0;
}

static void catch_signals(struct sigaction *before)
{
    struct sigaction action = {.sa_handler = on_signal};

    interrupted = 0;
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, &before[0]);
    sigaction(SIGTERM, &action, &before[1]);
}

struct sweep_counts sweep_run(const struct sweep_plan *plan, const char *folder, const struct sweep_limits *limits,
                              struct diagnostics *diagnostics)
{
    unsigned ranks = limits->ranks ? (unsigned)limits->ranks->count : 1;
    struct runner runner = {.plan = plan,
                            .limits = limits,
                            .folder = folder,
                            .program = g_file_read_link("/proc/self/exe", NULL),
                            .slots = g_new0(struct slot, ranks * limits->jobs),
                            .slot_count = ranks * limits->jobs,
                            .began_s = process_clock_s(),
                            .is_shown = !limits->is_quiet && isatty(STDERR_FILENO),
                            .diagnostics = diagnostics};
    struct sigaction before[2];

    for (unsigned i = 0; i < runner.slot_count; i++) /* few points go to many ranks */
        runner.slots[i].rank = (int)(i % ranks);
    catch_signals(before);
    remove_unfinished(folder);
    while (step(&runner) && !interrupted)
        nanosleep(&(struct timespec){.tv_nsec = LOOK_MS * 1000000}, NULL);
    for (unsigned i = 0; i < runner.slot_count; i++)
        if (runner.slots[i].point) {
            if (!runner.slots[i].rank)
                process_kill(&runner.slots[i].process);
            folder_remove(runner.slots[i].folder);
            g_free(runner.slots[i].folder);
        }
    if (runner.is_shown)
        fputs("\r\033[K", stderr);
    sigaction(SIGINT, &before[0], NULL);
    sigaction(SIGTERM, &before[1], NULL);
    runner.counts.interrupted = interrupted;
    g_free(runner.slots);
    g_free(runner.program);
    return runner.counts;
}
