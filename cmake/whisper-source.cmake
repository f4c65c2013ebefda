# Finds whisper.cpp's source tree and checks its version.
#
# Order: -DWHISPER_CPP_DIR=..., the environment's WHISPER_CPP_DIR, the npm package nodejs-whisper (development),
# deps/whisper.cpp (published package). Sets STEADY_WHISPER_DIR and STEADY_WHISPER_VERSION.

set(STEADY_WHISPER_MIN "1.9.1")       # first version that the core is written against
set(STEADY_WHISPER_BELOW "1.10.0")    # whisper_unit.cc reaches into private structs: every minor version is checked first

set(WHISPER_CPP_DIR "" CACHE PATH "Source tree of whisper.cpp (empty: look in the usual places)")

function(steady_find_whisper)
    set(places)
    if (WHISPER_CPP_DIR)
        # An explicit wish is never replaced by a guess.
        list(APPEND places "${WHISPER_CPP_DIR}")
    elseif (NOT "$ENV{WHISPER_CPP_DIR}" STREQUAL "")
        list(APPEND places "$ENV{WHISPER_CPP_DIR}")
    else()
        list(APPEND places
            "${PROJECT_SOURCE_DIR}/node_modules/nodejs-whisper/cpp/whisper.cpp"
            "${PROJECT_SOURCE_DIR}/deps/whisper.cpp")
    endif()

    foreach (place IN LISTS places)
        get_filename_component(place "${place}" ABSOLUTE BASE_DIR "${PROJECT_SOURCE_DIR}")
        if (EXISTS "${place}/src/whisper.cpp" AND EXISTS "${place}/ggml/CMakeLists.txt")
            set(found "${place}")
            break()
        endif()
    endforeach()
    if (NOT found)
        list(JOIN places "\n  " tried)
        message(FATAL_ERROR
            "whisper.cpp's source was not found (src/whisper.cpp and ggml/CMakeLists.txt). Tried:\n  ${tried}\n"
            "Run `npm ci`, or point -DWHISPER_CPP_DIR (or the environment variable of that name) at a checkout.")
    endif()

    file(STRINGS "${found}/CMakeLists.txt" line REGEX "^project\\(\"?whisper\\.cpp\"? +VERSION +[0-9.]+" LIMIT_COUNT 1)
    if (NOT line MATCHES "VERSION +([0-9]+\\.[0-9]+\\.[0-9]+)")
        message(FATAL_ERROR "${found}/CMakeLists.txt names no version of whisper.cpp: is this its source tree?")
    endif()
    set(version "${CMAKE_MATCH_1}")
    if (version VERSION_LESS STEADY_WHISPER_MIN OR NOT version VERSION_LESS STEADY_WHISPER_BELOW)
        message(FATAL_ERROR
            "whisper.cpp ${version} in ${found} is outside the supported range "
            "(>=${STEADY_WHISPER_MIN} <${STEADY_WHISPER_BELOW}).")
    endif()
    message(STATUS "whisper.cpp ${version}: ${found}")

    set(STEADY_WHISPER_DIR "${found}" PARENT_SCOPE)
    set(STEADY_WHISPER_VERSION "${version}" PARENT_SCOPE)
endfunction()

steady_find_whisper()
