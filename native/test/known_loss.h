#pragma once

#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/lsan_interface.h>
#endif

namespace steady::check {

// LeakSanitizer overlooks what this thread allocates while one of these lives. Upstream loses a little when it fails: the
// state object, a few kilobytes, in creation (whisper_unit.cc says why), 40 bytes of a cache's bookkeeping later, a
// graph when an assertion ends it.
struct KnownLoss {
#ifdef __SANITIZE_ADDRESS__
    __lsan::ScopedDisabler disabler;
#else
    KnownLoss() {}
#endif
};

}  // namespace steady::check
