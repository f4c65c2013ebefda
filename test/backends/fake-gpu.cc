// A GPU backend for machines without a GPU: its device says that it is one, and computes with the CPU backend's
// functions. Built by test/backends/support.ts with -DFAULT=<one of those below>, as a file that ggml loads.

#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "ggml-backend-impl.h"
#include "ggml-backend.h"

#define NONE 0
#define ABORTS 1         // as ggml does when a driver's call fails
#define HANGS 2          // a driver that waits for ever
#define NO_DEVICE 3      // a driver without a device
#define OTHER_VERSION 4  // of ggml's interface
#define WRONG_RESULTS 5
#define NO_KERNEL 6      // compiled for other GPUs

#ifndef FAULT
#define FAULT NONE
#endif

namespace {

constexpr size_t kTotalBytes = size_t{8} << 30;

ggml_backend_device device;
ggml_backend_reg registry;
ggml_backend_buffer_type buffer_type;
ggml_backend_dev_t cpu;
ggml_status (*cpu_compute)(ggml_backend_t, ggml_cgraph *);

ggml_status compute(ggml_backend_t backend, ggml_cgraph * graph) {
    if (FAULT == NO_KERNEL) {
        std::fprintf(stderr, "CUDA error: no kernel image is available for execution on the device\n");
        std::abort();
    }
    const ggml_status status = cpu_compute(backend, graph);
    if (FAULT == WRONG_RESULTS) {
        ggml_tensor * last = ggml_graph_node(graph, -1);
        std::memset(last->data, 0, ggml_nbytes(last));
    }
    return status;
}

ggml_backend_t init_backend(ggml_backend_dev_t, const char *) {
    ggml_backend_t backend = ggml_backend_dev_init(cpu, nullptr);
    cpu_compute = backend->iface.graph_compute;
    backend->iface.graph_compute = compute;
    backend->device = &device;
    return backend;
}

ggml_backend_reg_t init() {
    if (FAULT == ABORTS) {
        std::fprintf(stderr, "the driver has met something impossible\n");
        std::abort();
    }
    if (FAULT == HANGS) {
        for (;;) {
            pause();
        }
    }
    cpu = ggml_backend_dev_by_type(GGML_BACKEND_DEVICE_TYPE_CPU);
    device = *cpu;
    device.reg = &registry;
    device.iface.get_name = [](ggml_backend_dev_t) { return "CUDA0"; };
    device.iface.get_description = [](ggml_backend_dev_t) { return "a GPU that isn't one"; };
    device.iface.get_memory = [](ggml_backend_dev_t, size_t * free, size_t * total) {
        *free = kTotalBytes / 2;
        *total = kTotalBytes;
    };
    device.iface.get_type = [](ggml_backend_dev_t) { return GGML_BACKEND_DEVICE_TYPE_GPU; };
    device.iface.init_backend = init_backend;
    buffer_type = *ggml_backend_dev_buffer_type(cpu);
    buffer_type.device = &device;
    device.iface.get_buffer_type = [](ggml_backend_dev_t) { return &buffer_type; };
    registry.api_version = FAULT == OTHER_VERSION ? GGML_BACKEND_API_VERSION + 1 : GGML_BACKEND_API_VERSION;
    registry.iface.get_name = [](ggml_backend_reg_t) { return "CUDA"; };
    registry.iface.get_device_count = [](ggml_backend_reg_t) -> size_t { return FAULT == NO_DEVICE ? 0 : 1; };
    registry.iface.get_device = [](ggml_backend_reg_t, size_t) { return &device; };
    registry.iface.get_proc_address = [](ggml_backend_reg_t, const char * name) {
        return ggml_backend_reg_get_proc_address(ggml_backend_dev_backend_reg(cpu), name);
    };
    return &registry;
}

}  // namespace

extern "C" __attribute__((visibility("default"))) ggml_backend_reg_t ggml_backend_init() {
    static ggml_backend_reg_t initialized = init();
    return initialized;
}
