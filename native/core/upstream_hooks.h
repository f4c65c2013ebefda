#pragma once

// Function-like macros, in force only while whisper_unit.cc includes upstream's whisper.cpp. Each one catches a call
// that upstream makes and that a library in somebody's service can't leave as it is. The functions behind them are in
// whisper_unit.cc, above the include.

// WHISPER_ASSERT ends in abort(). Thrown as an exception instead, a broken assumption costs one job.
#define abort() ::steady::upstream::hooks::assertion_failed()

// Every state creation sets the process-wide log callback again, in a race with whoever logs: log_router.cc owns it.
#define ggml_log_set(callback, data) static_cast<void>(0)

// The logits tensor of the decoder pass, for the no-speech probability.
#define ggml_graph_node(graph, index) ::steady::upstream::hooks::logits_node(graph, index)

// The results of these two aren't checked (weights), or lead to the free of an uninitialised batch (state creation).
#define ggml_backend_alloc_ctx_tensors_from_buft(context, type) \
    ::steady::upstream::hooks::allocate_weights(context, type)
#define ggml_backend_alloc_ctx_tensors(context, backend) ::steady::upstream::hooks::allocate_cache(context, backend)

// A device that fails here would leave a state without it, whose weights lie there; and a state that fails later would
// keep its backends for ever.
#define ggml_backend_dev_init(device, params) ::steady::upstream::hooks::init_device(device, params)
#define ggml_backend_init_by_type(type, params) ::steady::upstream::hooks::init_by_type(type, params)

// Looks at ggml's registry, which grows when a GPU backend is loaded: see backend_registry.h. (init_by_type is another.)
#define ggml_backend_dev_count() ::steady::upstream::hooks::device_count()
#define ggml_backend_dev_get(index) ::steady::upstream::hooks::device_at(index)
#define ggml_backend_dev_by_type(type) ::steady::upstream::hooks::device_by_type(type)
#define ggml_backend_reg_count() ::steady::upstream::hooks::registry_count()
#define ggml_backend_reg_get(index) ::steady::upstream::hooks::registry_at(index)

// Frees leave the pointer behind; when what comes next throws, it would be freed again with the state.
#define ggml_backend_buffer_free(buffer) ::steady::upstream::hooks::free_buffer(buffer)

// The convolution of a 32-bit model asserts that its kernel is 16-bit.
#define ggml_conv_1d_ph(context, kernel, input, stride, dilation) \
    ::steady::upstream::hooks::conv_1d_ph(context, kernel, input, stride, dilation)

// DTW's dynamic programming asserts that a window has more than one frame.
#define ggml_n_dims(tensor) ::steady::upstream::hooks::dimensions(tensor)

// DTW's median filter asserts, inside a compute thread, that a window has more frames than the filter is wide.
#define ggml_map_custom1(context, tensor, function, n_tasks, data) \
    ::steady::upstream::hooks::median_filter(context, tensor, function, n_tasks, data)
