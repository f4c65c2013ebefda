# -DSTEADY_SANITIZE=address (with undefined) or thread: applied to everything that this tree compiles, ggml included.
# Must be included before any target is added.

set(STEADY_SANITIZE "" CACHE STRING "Sanitizer: empty, address (with undefined) or thread")
set_property(CACHE STEADY_SANITIZE PROPERTY STRINGS "" address thread)

if (STEADY_SANITIZE STREQUAL "address")
    set(steady_sanitize_flags -fsanitize=address,undefined -fno-sanitize-recover=undefined)
elseif (STEADY_SANITIZE STREQUAL "thread")
    set(steady_sanitize_flags -fsanitize=thread)
    # libgomp is not instrumented: every barrier of it would be reported as a race.
    set(GGML_OPENMP OFF)
elseif (NOT STEADY_SANITIZE STREQUAL "")
    message(FATAL_ERROR "STEADY_SANITIZE must be empty, address or thread; it is \"${STEADY_SANITIZE}\"")
endif()

if (steady_sanitize_flags)
    if (MSVC)
        message(FATAL_ERROR "STEADY_SANITIZE needs GCC or Clang")
    endif()
    # These come after CMAKE_CXX_FLAGS_RELEASE, so -O1 wins: half the compile time of -O3, stacks that can be read.
    add_compile_options(${steady_sanitize_flags} -O1 -g1 -fno-omit-frame-pointer)
    add_link_options(${steady_sanitize_flags})
endif()
