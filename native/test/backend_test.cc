// Whether a device computes.

#include "backend.h"
#include "check.h"
#include "device_trial.h"

namespace steady::check {
namespace {

TEST("backend: a trial's product is right on the CPU") {
    try_device("CPU");
}

TEST("backend: what isn't there can't be tried or loaded") {
    CHECK_THROWS_CODE(try_device("CUDA99"), "ERR_WHISPER_BACKEND_UNAVAILABLE");
    CHECK_THROWS_CODE(load_gpu_backend("/nowhere/libggml-cuda.so"), "ERR_WHISPER_BACKEND_UNAVAILABLE");
}

TEST("backend: a build for one machine has one CPU backend") {
    CHECK(cpu_variants().size() == 1);
    CHECK(cpu_variants().front().name == cpu_variant());
    CHECK(!cpu_features().empty());
}

}  // namespace
}  // namespace steady::check
