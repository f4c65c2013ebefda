// The memory of GPUs: who is asked, and who waits for whom. Where there is no GPU, contexts on the CPU take the lock in
// its place.

#include <chrono>
#include <future>

#include "device_memory.h"
#include "session.h"
#include "whisper_access.h"

namespace steady::check {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class LockOnCpu {
public:
    LockOnCpu() {
        lock_device_memory_on_cpu(true);
    }
    ~LockOnCpu() {
        lock_device_memory_on_cpu(false);
    }
};

template <typename T>
bool ends_within(const std::future<T> & future, milliseconds time) {
    return future.wait_for(time) == std::future_status::ready;
}

TEST("device memory: a context on the CPU tells nothing") {
    const auto context = load(on_cpu());
    CHECK(upstream::weights_gpu(context->handle()) == nullptr);
    CHECK(!context->device_memory().has_value());
    CHECK(!is_gpu(nullptr));
}

TEST("device memory: contexts on the CPU come and go while a GPU is asked") {
    auto lock = lock_device_memory(true);
    const auto cpu = std::async(std::launch::async, [] { load(on_cpu())->device_memory(); });
    CHECK(ends_within(cpu, seconds(60)));
    lock.unlock();
}

TEST("device memory: an allocation and a free of weights wait for the query, and it for them") {
    const LockOnCpu on;
    auto lock = lock_device_memory(true);
    auto loading = std::async(std::launch::async, [] { return load(on_cpu()); });
    CHECK(!ends_within(loading, milliseconds(300)));
    lock.unlock();
    auto context = loading.get();

    lock = lock_device_memory(true);
    const auto freeing = std::async(std::launch::async, [&] { context.reset(); });
    CHECK(!ends_within(freeing, milliseconds(300)));
    lock.unlock();
    CHECK(ends_within(freeing, seconds(60)));
}

TEST("device memory: a load that fails leaves it unlocked") {
    const LockOnCpu on;
    upstream::fail_device_allocation(1);
    CHECK_THROWS_CODE(load(on_cpu()), "ERR_WHISPER_OUT_OF_MEMORY");
    CHECK(lock_device_memory(true).owns_lock());
}

TEST("device memory: states don't take it") {
    Session session(load(on_cpu()));
    const LockOnCpu on;
    const auto lock = lock_device_memory(true);
    const auto state = session.create_state();
    reset(*state);
    std::promise<void> freed;
    state->free([&] { freed.set_value(); });
    CHECK(ends_within(freed.get_future(), seconds(60)));
}

// On a GPU, a reset of the device by one of the questions would take the first context's weights.
TEST("device memory: asked again and again while contexts come and go, on each device") {
    for (const DeviceInfo & device : list_devices()) {
        ContextOptions options;
        options.backend = device.backend;
        options.device = device.index;
        Session session(load(options));
        const auto state = session.create_state();
        const std::string expected = fingerprint(transcribe(*state, speech("en-00.wav")));
        reset(*state);

        std::atomic<bool> over{false};
        std::atomic<int> asked{0};
        const auto asking = std::async(std::launch::async, [&] {
            while (!over) {
                const auto memory = session.context->device_memory();
                CHECK_EQ(memory.has_value(), device.gpu);
                if (memory) {
                    CHECK(memory->free_bytes > 0);
                    CHECK(memory->free_bytes < memory->total_bytes);
                }
                ++asked;
            }
        });
        for (int i = 0; i < 10; ++i) {
            load(options);
        }
        over = true;
        asking.wait();
        CHECK(asked > 0);
        CHECK_EQ(fingerprint(transcribe(*state, speech("en-00.wav"))), expected);
    }
}

}  // namespace
}  // namespace steady::check
