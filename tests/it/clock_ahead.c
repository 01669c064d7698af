/* Loaded before the program under test (LD_PRELOAD): its wall clock runs CLOCK_AHEAD_NS nanoseconds ahead of the
 * machine's, or behind when negative. Clocks that only measure how long something takes are left alone. */
#define _GNU_SOURCE
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static long long ahead;

__attribute__((constructor)) static void read_setting(void) {
    const char *setting = getenv("CLOCK_AHEAD_NS");
    ahead = setting ? atoll(setting) : 0;
}

int clock_gettime(clockid_t which, struct timespec *at) {
    const long long second = 1000000000LL;
    int failed = (int)syscall(SYS_clock_gettime, which, at);
    if (failed || which != CLOCK_REALTIME) return failed;
    long long part = at->tv_nsec + ahead % second;
    at->tv_sec += ahead / second;
    if (part < 0) { part += second; at->tv_sec -= 1; }
    if (part >= second) { part -= second; at->tv_sec += 1; }
    at->tv_nsec = part;
    return 0;
}
