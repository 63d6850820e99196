#include "sim/progress.h"

#include <signal.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

/* One run a process: signals have no owner. */
static struct {
    struct sim *sim;
    bool shown, enabled;
    struct timespec began, last;
    int (*done_per_1000)(void *owner);
    void *owner;
} progress;
static volatile sig_atomic_t interrupted;

static void interrupt(int signal_number)
{
    interrupted = 1;
    signal(signal_number, SIG_DFL);
}

static void catch_signals(void)
{
    signal(SIGINT, interrupt);
    signal(SIGTERM, interrupt);
}

static double seconds_since(const struct timespec *from, const struct timespec *now)
{
    return (double)(now->tv_sec - from->tv_sec) + (double)(now->tv_nsec - from->tv_nsec) * 1e-9;
}

void progress_begin(struct sim *sim, bool quiet)
{
    progress.sim = sim;
    progress.enabled = !quiet && isatty(STDERR_FILENO);
    clock_gettime(CLOCK_MONOTONIC, &progress.began);
    progress.last = progress.began;
    interrupted = 0;
    catch_signals();
}

void progress_set_source(int (*done_per_1000)(void *owner), void *owner)
{
    progress.done_per_1000 = done_per_1000;
    progress.owner = owner;
}

void progress_tick(void *owner)
{
    struct timespec now;

    (void)owner;
    if (interrupted)
        sim_stop(progress.sim, "interrupted");
    else
        catch_signals(); /* SimGrid sets a handler of its own when it is initialised */
    if (!progress.enabled)
        return;
    clock_gettime(CLOCK_MONOTONIC, &now);
    double elapsed = seconds_since(&progress.began, &now);
    if (elapsed < 2 || seconds_since(&progress.last, &now) < 0.5)
        return;
    progress.last = now;
    progress.shown = true;
    int done = progress.done_per_1000 ? progress.done_per_1000(progress.owner) : -1;
    fprintf(stderr, "\r\033[K%.3f ms simulated, %.0f s", (double)sim_now(progress.sim) * 1e-9,
            elapsed);
    if (done > 0)
        fprintf(stderr, ", %d.%d %% done, about %.0f s left", done / 10, done % 10,
                elapsed * (1000 - done) / done);
    fflush(stderr);
}

void progress_end(void)
{
    if (progress.shown)
        fprintf(stderr, "\r\033[K");
    signal(SIGINT, SIG_DFL);
    signal(SIGTERM, SIG_DFL);
}

bool progress_interrupted(void)
{
    return interrupted;
}
