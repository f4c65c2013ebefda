#include "device_trial.h"

#include <cmath>
#include <memory>

#include "backend_registry.h"
#include "coded_error.h"
#include "ggml-alloc.h"
#include "ggml-backend.h"
#include "ggml-cpp.h"
#include "ggml.h"
#include "log_router.h"

namespace steady {

namespace {

// weights: kRows x kInner, activations: kColumns x kInner. Small whole numbers, so that every sum is exact in f16 too.
constexpr int kInner = 64;
constexpr int kRows = 32;
constexpr int kColumns = 16;

float weight(int row, int k) {
    return static_cast<float>((row + k) % 5 - 2);
}

float activation(int column, int k) {
    return static_cast<float>((3 * column + k) % 7 - 3);
}

[[noreturn]] void fail(const std::string & name, const std::string & what, const LogScope & log) {
    throw CodedError("ERR_WHISPER_BACKEND_UNAVAILABLE",
                     "device " + name + " " + what + (log.last_problem().empty() ? "" : ": " + log.last_problem()));
}

}  // namespace

void try_device(const std::string & name) {
    const LogScope log(nullptr);
    ggml_backend_dev_t device = nullptr;
    {
        const auto lock = read_backend_registry();
        device = ggml_backend_dev_by_name(name.c_str());
    }
    if (!device) {
        fail(name, "is not there", log);
    }
    const ggml_backend_ptr backend(ggml_backend_dev_init(device, nullptr));
    if (!backend) {
        fail(name, "could not be initialised", log);
    }

    constexpr size_t kTensors = 8;
    const ggml_context_ptr context(
        ggml_init({kTensors * ggml_tensor_overhead() + ggml_graph_overhead(), nullptr, /*.no_alloc =*/true}));
    ggml_tensor * weights = ggml_new_tensor_2d(context.get(), GGML_TYPE_F16, kInner, kRows);
    ggml_tensor * activations = ggml_new_tensor_2d(context.get(), GGML_TYPE_F32, kInner, kColumns);
    ggml_tensor * product = ggml_mul_mat(context.get(), weights, activations);
    ggml_cgraph * graph = ggml_new_graph(context.get());
    ggml_build_forward_expand(graph, product);
    const ggml_backend_buffer_ptr buffer(ggml_backend_alloc_ctx_tensors(context.get(), backend.get()));
    if (!buffer) {
        fail(name, "has no memory for a trial", log);
    }

    std::vector<ggml_fp16_t> weight_values;
    for (int row = 0; row < kRows; ++row) {
        for (int k = 0; k < kInner; ++k) {
            weight_values.push_back(ggml_fp32_to_fp16(weight(row, k)));
        }
    }
    std::vector<float> activation_values;
    for (int column = 0; column < kColumns; ++column) {
        for (int k = 0; k < kInner; ++k) {
            activation_values.push_back(activation(column, k));
        }
    }
    ggml_backend_tensor_set(weights, weight_values.data(), 0, ggml_nbytes(weights));
    ggml_backend_tensor_set(activations, activation_values.data(), 0, ggml_nbytes(activations));
    if (ggml_backend_graph_compute(backend.get(), graph) != GGML_STATUS_SUCCESS) {
        fail(name, "could not compute", log);
    }
    std::vector<float> computed(static_cast<size_t>(kRows) * kColumns);
    ggml_backend_tensor_get(product, computed.data(), 0, ggml_nbytes(product));

    for (int column = 0; column < kColumns; ++column) {
        for (int row = 0; row < kRows; ++row) {
            float expected = 0;
            for (int k = 0; k < kInner; ++k) {
                expected += weight(row, k) * activation(column, k);
            }
            if (!(std::fabs(computed[static_cast<size_t>(column * kRows + row)] - expected) < 0.5F)) {
                fail(name, "computes wrong results", log);
            }
        }
    }
}

std::vector<DeviceInfo> try_gpu_backend(const std::string & path) {
    const size_t before = list_devices().size();
    load_gpu_backend(path);
    std::vector<DeviceInfo> devices = list_devices();
    devices.erase(devices.begin(), devices.begin() + static_cast<std::ptrdiff_t>(before));
    for (const DeviceInfo & device : devices) {
        try_device(device.name);
    }
    return devices;
}

}  // namespace steady
