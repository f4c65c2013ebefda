// Limits are for good, so each is tried in a process of its own.

#include "process_limits.h"

#ifndef _WIN32

#include <csignal>
#include <poll.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"

namespace steady::check {
namespace {

// Runs `body` in a child, which ends with what that returns. The program has had threads by now, so the child does
// nothing that may need a lock of theirs.
template <typename F>
int wait_status_of(F && body) {
    const pid_t child = fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        _exit(body());
    }
    int status = 0;
    REQUIRE(waitpid(child, &status, 0) == child);
    return status;
}

template <typename F>
int exit_code_of(F && body) {
    const int status = wait_status_of(body);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

TEST("process limits: nothing that wasn't asked for") {
    CHECK_EQ(exit_code_of([] {
                 rlimit before{}, after{};
                 getrlimit(RLIMIT_CORE, &before);
                 const ProcessLimitsSet set = confine_process({});
                 getrlimit(RLIMIT_CORE, &after);
                 const bool same = before.rlim_cur == after.rlim_cur && before.rlim_max == after.rlim_max;
                 return !set.core_dumps && !set.parent_death && !set.address_space && same ? 0 : 1;
             }),
             0);
}

TEST("process limits: no core dump, and /proc/self stays readable") {
    const int status = wait_status_of([] {
        ProcessLimits limits;
        limits.core_dumps = false;
        const bool set = confine_process(limits).core_dumps;
        rlimit now{};
        getrlimit(RLIMIT_CORE, &now);
        if (!set || now.rlim_cur > 1 || now.rlim_max > 1) {
            return 1;
        }
#ifdef __linux__
        if (access("/proc/self/environ", R_OK) != 0) {
            return 2;
        }
#endif
        std::signal(SIGABRT, SIG_DFL);
        std::abort();
    });
    REQUIRE(WIFSIGNALED(status));
    CHECK_EQ(WTERMSIG(status), SIGABRT);
    CHECK(!WCOREDUMP(status));
}

#ifdef __linux__
TEST("process limits: an allocation beyond the address space fails") {
    CHECK_EQ(exit_code_of([] {
                 constexpr size_t kReserve = size_t{64} << 40;  // beyond what sanitizers have reserved already
                 ProcessLimits limits;
                 limits.address_space_bytes = kReserve;
                 if (!confine_process(limits).address_space) {
                     return 1;
                 }
                 limits.address_space_bytes = kReserve * 2;  // never raised again, and no failure either
                 confine_process(limits);
                 rlimit now{};
                 getrlimit(RLIMIT_AS, &now);
                 if (now.rlim_cur > kReserve || now.rlim_max > kReserve) {
                     return 2;
                 }
                 limits.address_space_bytes = 1 << 20;  // less than is in use: from here on nothing can be had
                 if (!confine_process(limits).address_space) {
                     return 3;
                 }
                 void * memory = mmap(nullptr, 1 << 22, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
                 return memory == MAP_FAILED ? 0 : 4;
             }),
             0);
}

TEST("process limits: another parent than the expected one is a dead one") {
    const int status = wait_status_of([] {
        ProcessLimits limits;
        limits.parent_pid = getpid();
        confine_process(limits);
        return 0;
    });
    REQUIRE(WIFSIGNALED(status));
    CHECK_EQ(WTERMSIG(status), SIGKILL);
}

TEST("process limits: dies with its parent") {
    int ready[2];
    int alive[2];
    REQUIRE(pipe(ready) == 0 && pipe(alive) == 0);
    // The grandchild alone holds the writing end of `alive` in the end, so that closes when it is gone.
    const int code = exit_code_of([&] {
        const pid_t parent = getpid();
        const pid_t grandchild = fork();
        if (grandchild == 0) {
            ProcessLimits limits;
            limits.parent_pid = parent;
            const char set = confine_process(limits).parent_death ? 1 : 0;
            if (write(ready[1], &set, 1) == 1) {
                alarm(60);  // were it not to die, it should not live on for ever
                pause();
            }
            _exit(1);
        }
        char set = 0;
        return grandchild > 0 && read(ready[0], &set, 1) == 1 && set == 1 ? 0 : 1;
    });
    CHECK_EQ(code, 0);
    close(alive[1]);
    close(ready[1]);
    close(ready[0]);
    pollfd watched{alive[0], POLLIN, 0};
    CHECK_EQ(poll(&watched, 1, 10000), 1);
    CHECK((watched.revents & POLLHUP) != 0);
    close(alive[0]);
}
#endif

}  // namespace
}  // namespace steady::check

#endif
