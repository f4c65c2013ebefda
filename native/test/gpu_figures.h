#pragma once

namespace steady {

// Prints one JSON object about this machine's GPU and its CPU side by side: whether transcripts are equal, state
// creation and reset (ms, bytes), encode and decode (ms), device memory before and after, cancel latency (ms).
// Returns 0 if there is a GPU and the transcripts are equal.
int print_gpu_figures();

}  // namespace steady
