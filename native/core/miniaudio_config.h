#pragma once

// miniaudio.h with one set of options. Every unit that uses miniaudio includes this header, never miniaudio.h itself:
// the options change the layout of its structs. Only decoding and conversion are left, and its resampler keeps its
// defaults, so that samples are the same, bit by bit, as whisper-cli's (examples/common-whisper.cpp).
#define MA_NO_DEVICE_IO
#define MA_NO_THREADING
#define MA_NO_ENCODING
#define MA_NO_GENERATION
#define MA_NO_RESOURCE_MANAGER
#define MA_NO_NODE_GRAPH
#define MA_NO_ENGINE

#include "miniaudio.h"
