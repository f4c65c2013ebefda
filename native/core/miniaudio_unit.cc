// The one translation unit that holds miniaudio's code. Its sources are upstream's (whisper.cpp/examples/miniaudio.h).
#ifdef _WIN32
#ifndef NOMINMAX
#define NOMINMAX
#endif
#endif

// Its assertions end the process, and broken files can reach some (a WAV file of odd sample size); without them, as
// in a release build, the decoders cope. So no build has them.
#define MA_ASSERT(condition) static_cast<void>(0)
#define MA_DR_WAV_ASSERT(condition) static_cast<void>(0)
#define MA_DR_FLAC_ASSERT(condition) static_cast<void>(0)
#define MA_DR_MP3_ASSERT(condition) static_cast<void>(0)

#define MINIAUDIO_IMPLEMENTATION
#include "miniaudio_config.h"
