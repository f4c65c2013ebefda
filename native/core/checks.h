#pragma once

namespace steady {

// Whether what comes from outside (options, samples, model files, what is free of memory) is checked before whisper.cpp
// sees it. Always, but in the build of STEADY_UNCHECKED: with that one, tests make whisper.cpp crash, hang and abort, to
// see whether what watches over it from another process copes. Never install it.
#ifdef STEADY_UNCHECKED
constexpr bool kChecksInput = false;
#else
constexpr bool kChecksInput = true;
#endif

}  // namespace steady
