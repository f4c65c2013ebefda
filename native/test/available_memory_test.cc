// What the memory limits of machines and containers come to.

#include <filesystem>

#include "available_memory.h"
#include "check.h"
#include "session.h"
#include "whisper_access.h"

namespace steady::check {
namespace {

constexpr uint64_t kMiB = 1 << 20;

// A folder with proc/ and sys/ of its own.
class Machine {
public:
    Machine() {
        root_ = std::filesystem::temp_directory_path() /
                ("steady-whisper-memory-" + std::to_string(reinterpret_cast<uintptr_t>(this)));
        write("proc/meminfo", "MemTotal:       8388608 kB\nMemFree:          1024 kB\nMemAvailable:   2097152 kB\n");
    }
    ~Machine() {
        std::filesystem::remove_all(root_);
    }

    void write(const std::string & name, const std::string & text) {
        std::filesystem::create_directories((root_ / name).parent_path());
        std::ofstream(root_ / name) << text;
    }
    uint64_t available() const {
        return available_memory(root_.string()).value_or(0);
    }

private:
    std::filesystem::path root_;
};

TEST("available memory: the kernel's word, without a container's limit") {
    Machine machine;
    CHECK_EQ(machine.available(), 2048 * kMiB);
    machine.write("sys/fs/cgroup/memory.max", "max\n");
    CHECK_EQ(machine.available(), 2048 * kMiB);
}

TEST("available memory: within a container's limit, cache that can be given up not counted") {
    Machine machine;
    machine.write("sys/fs/cgroup/memory.max", std::to_string(1000 * kMiB));
    machine.write("sys/fs/cgroup/memory.current", std::to_string(700 * kMiB));
    CHECK_EQ(machine.available(), 300 * kMiB);
    machine.write("sys/fs/cgroup/memory.stat", "anon 5\ninactive_file " + std::to_string(200 * kMiB) + "\nother 7\n");
    CHECK_EQ(machine.available(), 500 * kMiB);
    machine.write("sys/fs/cgroup/memory.current", std::to_string(2000 * kMiB));
    CHECK_EQ(machine.available(), 0u);
    machine.write("sys/fs/cgroup/memory.max", std::to_string(9000 * kMiB));
    CHECK_EQ(machine.available(), 2048 * kMiB);
}

TEST("available memory: version 1 of control groups") {
    Machine machine;
    machine.write("sys/fs/cgroup/memory/memory.limit_in_bytes", std::to_string(100 * kMiB));
    machine.write("sys/fs/cgroup/memory/memory.usage_in_bytes", std::to_string(60 * kMiB));
    machine.write("sys/fs/cgroup/memory/memory.stat", "total_inactive_file " + std::to_string(10 * kMiB) + "\n");
    CHECK_EQ(machine.available(), 50 * kMiB);
}

TEST("available memory: nothing where nothing is told") {
    CHECK(!available_memory("/nowhere").has_value());
}

TEST("available memory: more than there is, is refused with both numbers") {
    if (!available_memory()) {
        SKIP("this system doesn't tell");
    }
    check_available_memory(1, "a byte");
    CHECK_THROWS_CODE_WITH(check_available_memory(uint64_t(1) << 50, "the model"), "ERR_WHISPER_OUT_OF_MEMORY",
                           "the model needs 1073741825 MiB");
}

TEST("available memory: a model and a state that don't fit are refused before anything is taken") {
    const auto context = load(on_cpu());
    pretend_available_memory(kMiB);
    CHECK_THROWS_CODE_WITH(load(on_cpu()), "ERR_WHISPER_OUT_OF_MEMORY", "the model needs");
    CHECK_THROWS_CODE_WITH(upstream::create_state(context->handle()), "ERR_WHISPER_OUT_OF_MEMORY",
                           "a decoder state needs");
    pretend_available_memory(8 * kMiB);
    load(on_cpu());  // the model's 3 MB; its states are another matter
    pretend_available_memory(std::nullopt);
    whisper_free_state(upstream::create_state(context->handle()));
}

}  // namespace
}  // namespace steady::check
