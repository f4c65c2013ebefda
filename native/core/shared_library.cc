#include "shared_library.h"

#include <filesystem>

#include "coded_error.h"

#ifdef _WIN32
#include <windows.h>

#include <system_error>
#else
#include <dlfcn.h>
#endif

namespace steady {

namespace {

#ifdef _WIN32
// The folder of `path` is searched for what it needs, and a missing file opens no window.
void * open_library(const std::string & path, std::string & problem) {
    DWORD mode = 0;
    SetThreadErrorMode(SEM_FAILCRITICALERRORS, &mode);
    HMODULE handle = LoadLibraryExW(std::filesystem::u8path(path).c_str(), nullptr, LOAD_WITH_ALTERED_SEARCH_PATH);
    if (!handle) {
        problem = std::system_category().message(static_cast<int>(GetLastError()));
    }
    SetThreadErrorMode(mode, nullptr);
    return handle;
}
#else
void * open_library(const std::string & path, std::string & problem) {
    void * handle = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (!handle) {
        const char * text = dlerror();
        problem = text ? text : "the loader gives no reason";
    }
    return handle;
}
#endif

}  // namespace

SharedLibrary::SharedLibrary(const std::string & path) {
    std::string problem;
    handle_ = open_library(path, problem);
    if (!handle_) {
        throw CodedError("ERR_WHISPER_BACKEND_UNAVAILABLE", path + " could not be loaded: " + problem);
    }
}

SharedLibrary::~SharedLibrary() {
    if (!handle_) {
        return;
    }
#ifdef _WIN32
    FreeLibrary(static_cast<HMODULE>(handle_));
#else
    dlclose(handle_);
#endif
}

void * SharedLibrary::symbol(const char * name) const {
#ifdef _WIN32
    return reinterpret_cast<void *>(GetProcAddress(static_cast<HMODULE>(handle_), name));
#else
    return dlsym(handle_, name);
#endif
}

void SharedLibrary::keep() {
    handle_ = nullptr;
}

}  // namespace steady
