# Adds ggml from whisper.cpp's tree, in one of two layouts:
#
#   static   one .node file with ggml inside, compiled for this machine. The default, and the fallback from source.
#   dynamic  ggml and ggml-base as shared libraries, the backends (CPU, CUDA, ...) as modules that are loaded at run
#            time: what links libcuda is never linked into the addon, so it still loads on a machine without a GPU
#            driver; and of CPU backends there can be one for each generation (-DGGML_CPU_ALL_VARIANTS=ON).
#            On Linux they lie in a folder beside the .node file that is named for the C library, elsewhere right beside
#            it: prebuilt packages for glibc and musl share one folder.
#
# The variables set here win over the options of the same name in ggml's lists (policy CMP0077 is NEW).

option(STEADY_CUDA "Build the CUDA backend (dynamic layout)" OFF)
option(STEADY_VULKAN "Build the Vulkan backend (dynamic layout)" OFF)
option(STEADY_METAL "Build the Metal backend (dynamic layout, macOS)" OFF)
option(STEADY_BUNDLE_OPENMP "Put GCC's OpenMP library beside the others, for machines that lack it (Linux)" OFF)
if (STEADY_CUDA OR STEADY_VULKAN OR STEADY_METAL)
    set(steady_gpu ON)
    set(steady_layout_default dynamic)
else()
    set(steady_layout_default static)
endif()
set(STEADY_LAYOUT "${steady_layout_default}" CACHE STRING "Layout of the build: static or dynamic")
set_property(CACHE STEADY_LAYOUT PROPERTY STRINGS static dynamic)

if (STEADY_LAYOUT STREQUAL "dynamic")
    set(BUILD_SHARED_LIBS ON)
    set(GGML_BACKEND_DL ON)
elseif (STEADY_LAYOUT STREQUAL "static")
    if (steady_gpu)
        message(FATAL_ERROR "GPU backends need STEADY_LAYOUT=dynamic: the addon must load without a GPU driver")
    endif()
    set(BUILD_SHARED_LIBS OFF)
    set(GGML_BACKEND_DL OFF)
    # On ELF cmake/exports.map hides static ggml's symbols; other linkers go by this.
    set(CMAKE_C_VISIBILITY_PRESET hidden)
    set(CMAKE_CXX_VISIBILITY_PRESET hidden)
else()
    message(FATAL_ERROR "STEADY_LAYOUT must be static or dynamic; it is \"${STEADY_LAYOUT}\"")
endif()

# Where the dynamic layout's libraries lie, seen from the .node file.
set(STEADY_LIBRARY_FOLDER ".")
if (CMAKE_SYSTEM_NAME STREQUAL "Linux" AND STEADY_LAYOUT STREQUAL "dynamic")
    include(CheckCXXSymbolExists)
    check_cxx_symbol_exists(__GLIBC__ features.h STEADY_GLIBC)
    if (STEADY_GLIBC)
        set(STEADY_LIBRARY_FOLDER glibc)
    else()
        set(STEADY_LIBRARY_FOLDER musl)
    endif()
endif()
set(STEADY_LIBRARY_DIR "${STEADY_OUTPUT_DIR}/${STEADY_LIBRARY_FOLDER}")

if (STEADY_LAYOUT STREQUAL "static")
    if (NOT DEFINED GGML_NATIVE)
        set(GGML_NATIVE ON)
    endif()
else()
    # ggml wants all its CPU variants (-DGGML_CPU_ALL_VARIANTS=ON, for a portable package) or one with flags chosen by
    # hand as loadable modules. One for this machine is quicker to build and as fast: no feature by name, and
    # -march=native below.
    set(GGML_NATIVE OFF)
    if (NOT GGML_CPU_ALL_VARIANTS)
        foreach (feature SSE42 AVX AVX2 BMI2 FMA F16C)
            set(GGML_${feature} OFF)
        endforeach()
    endif()
endif()
if (NOT DEFINED GGML_OPENMP)
    set(GGML_OPENMP ON)
endif()
set(GGML_CCACHE OFF)          # the launcher is set once, for all languages, in CMakeLists.txt
set(GGML_ALL_WARNINGS OFF)
set(GGML_BUILD_TESTS OFF)
set(GGML_BUILD_EXAMPLES OFF)
set(GGML_CUDA ${STEADY_CUDA})
set(GGML_VULKAN ${STEADY_VULKAN})
set(GGML_METAL ${STEADY_METAL})
set(GGML_METAL_EMBED_LIBRARY ON)    # one file, wherever it lies
set(GGML_BLAS OFF)                  # on by default on macOS, where the CPU backend uses Accelerate by itself
set(GGML_CUDA_NCCL OFF)       # one job runs on one device

# Without the ceiling, git finds *our* repository above node_modules, and ggml bakes our commit into its build.
get_filename_component(steady_whisper_parent "${STEADY_WHISPER_DIR}" DIRECTORY)
set(ENV{GIT_CEILING_DIRECTORIES} "${steady_whisper_parent}")

add_subdirectory("${STEADY_WHISPER_DIR}/ggml" ggml EXCLUDE_FROM_ALL)

set(steady_ggml_libraries ggml ggml-base)
foreach (backend IN LISTS GGML_AVAILABLE_BACKENDS)    # in the cache: can name those of an earlier configuration
    if (TARGET ${backend})
        list(APPEND steady_ggml_libraries ${backend})
    endif()
endforeach()

if (NOT MSVC)
    # Upstream's warnings are upstream's: here they would hide ours.
    foreach (target IN LISTS steady_ggml_libraries)
        target_compile_options(${target} PRIVATE $<$<COMPILE_LANGUAGE:C,CXX>:-w>)
    endforeach()
endif()

include(CheckCXXCompilerFlag)

# Two instruction sets of Intel's Sapphire Rapids and its successors that -march=native switches on and that ggml 0.15
# doesn't use well (docs/building.md):
#   AMX           the first matrix product of a q8_0 model ends the process: GCC 12.2 drops most of the tile
#                 configuration, which its _tile_loadconfig reads 8 bytes of as far as the optimizer knows.
#   AVX512-FP16   sums products in half precision: other words than on any other CPU.
if (CMAKE_SYSTEM_PROCESSOR MATCHES "^(x86_64|AMD64|amd64|i686)$" AND NOT MSVC)
    foreach (flag -mno-amx-tile -mno-amx-int8 -mno-amx-bf16 -mno-avx512fp16)
        string(MAKE_C_IDENTIFIER "STEADY_HAS${flag}" variable)
        check_cxx_compiler_flag(${flag} ${variable})
        if (${variable})
            list(APPEND steady_cpu_flags ${flag})
        endif()
    endforeach()
endif()

if (STEADY_LAYOUT STREQUAL "dynamic")
    if (TARGET ggml-cpu AND NOT MSVC)
        foreach (flag -march=native -mcpu=native)
            string(MAKE_C_IDENTIFIER "STEADY_HAS${flag}" variable)
            check_cxx_compiler_flag(${flag} ${variable})
            if (${variable})
                target_compile_options(ggml-cpu PRIVATE ${flag})
                break()
            endif()
        endforeach()
    endif()

    # Symbolic links for versions are dropped by npm's tarballs; and glibc takes a library that is already loaded for
    # any other of the same SONAME, so these two must not share one with another addon's ggml.
    set_target_properties(ggml PROPERTIES OUTPUT_NAME steady-ggml)
    set_target_properties(ggml-base PROPERTIES OUTPUT_NAME steady-ggml-base)
    foreach (target IN LISTS steady_ggml_libraries)
        set_property(TARGET ${target} PROPERTY VERSION)
        set_property(TARGET ${target} PROPERTY SOVERSION)
        set_target_properties(${target} PROPERTIES
            LIBRARY_OUTPUT_DIRECTORY "${STEADY_LIBRARY_DIR}"
            RUNTIME_OUTPUT_DIRECTORY "${STEADY_LIBRARY_DIR}"
            BUILD_WITH_INSTALL_RPATH ON
            INSTALL_RPATH "${STEADY_ORIGIN}")
    endforeach()
    if (STEADY_BUNDLE_OPENMP AND GGML_OPENMP_ENABLED AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
        # The one that the loader would find. What the linker finds, OpenMP_gomp_LIBRARY, may be a text file that names it.
        execute_process(COMMAND "${CMAKE_CXX_COMPILER}" -print-file-name=libgomp.so.1
            OUTPUT_VARIABLE steady_gomp OUTPUT_STRIP_TRAILING_WHITESPACE)
        get_filename_component(steady_gomp "${steady_gomp}" REALPATH)
        if (NOT EXISTS "${steady_gomp}")
            message(FATAL_ERROR "STEADY_BUNDLE_OPENMP: the compiler knows no libgomp.so.1 (${steady_gomp})")
        endif()
        set(STEADY_BUNDLED_OPENMP "${steady_gomp}" CACHE INTERNAL "The OpenMP library that was put beside the others")
        add_custom_target(steady_openmp ALL
            COMMAND "${CMAKE_COMMAND}" -E make_directory "${STEADY_LIBRARY_DIR}"
            COMMAND "${CMAKE_COMMAND}" -E copy_if_different "${steady_gomp}" "${STEADY_LIBRARY_DIR}/libgomp.so.1"
            VERBATIM)
        add_dependencies(ggml steady_openmp)
    endif()
    if (STEADY_CUDA)
        # The toolkit's own folder too: it is often missing from the loader's path. (Not every folder that is linked
        # from: one of them holds the stub of libcuda.)
        find_package(CUDAToolkit REQUIRED)
        get_filename_component(steady_cublas_dir "${CUDA_cublas_LIBRARY}" DIRECTORY)
        set(steady_cuda_rpath "${CUDAToolkit_LIBRARY_DIR}" "${steady_cublas_dir}")
        list(REMOVE_DUPLICATES steady_cuda_rpath)
        set_target_properties(ggml-cuda PROPERTIES INSTALL_RPATH "${STEADY_ORIGIN};${steady_cuda_rpath}")
    endif()
endif()

foreach (target IN LISTS steady_ggml_libraries)
    if (target MATCHES "^ggml-cpu")
        target_compile_options(${target} PRIVATE ${steady_cpu_flags})    # after -march=native, so that they win
    endif()
endforeach()
