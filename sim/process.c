#include "sim/process.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { EXIT_NO_PROGRAM = 127 };

double process_clock_s(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* In the child: only what is safe after fork(). */
static void become(char *const *arguments, int log, uint64_t memory_bytes)
{
    struct rlimit memory = {.rlim_cur = memory_bytes, .rlim_max = memory_bytes}, core = {0, 0};

    setpgid(0, 0); /* killed as one */
    prctl(PR_SET_PDEATHSIG, SIGKILL); /* and not left behind by a parent that was killed */
    if (memory_bytes)
        setrlimit(RLIMIT_AS, &memory);
    setrlimit(RLIMIT_CORE, &core);
    dup2(log, STDOUT_FILENO);
    dup2(log, STDERR_FILENO);
    int nothing = open("/dev/null", O_RDONLY);

    if (nothing >= 0)
        dup2(nothing, STDIN_FILENO);
    execv(arguments[0], arguments);
    _exit(EXIT_NO_PROGRAM);
}

bool process_start(struct process *process, char *const *arguments, const char *log, double limit_s,
                   uint64_t memory_bytes)
{
    int file = open(log, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);

    *process = (struct process){.began_s = process_clock_s(), .limit_s = limit_s};
    if (file < 0)
        return false;
    process->pid = fork();
    if (process->pid == 0)
        become(arguments, file, memory_bytes);
    int error = errno;

    close(file);
    if (process->pid > 0)
        return true;
    process->pid = 0;
    errno = error;
    return false;
}

enum process_end process_look(struct process *process, int *status)
{
    int found;

    if (process->limit_s > 0 && !process->timed_out && process_clock_s() > process->began_s + process->limit_s) {
        process->timed_out = true;
        kill(-process->pid, SIGKILL);
    }
    pid_t ended = waitpid(process->pid, &found, WNOHANG);

    if (ended != process->pid)
        return PROCESS_RUNS;
    process->pid = 0;
    *status = WIFEXITED(found) ? WEXITSTATUS(found) : WTERMSIG(found);
    if (process->timed_out)
        return PROCESS_TIMEOUT;
    return WIFEXITED(found) ? PROCESS_EXITED : PROCESS_KILLED;
}

void process_kill(struct process *process)
{
    if (!process->pid)
        return;
    kill(-process->pid, SIGKILL);
    kill(process->pid, SIGKILL); /* before it has a group of its own */
    waitpid(process->pid, NULL, 0);
    process->pid = 0;
}
