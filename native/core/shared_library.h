#pragma once

#include <string>

namespace steady {

// A shared library that stays loaded for as long as this object lives. Its symbols are nobody else's (RTLD_LOCAL).
class SharedLibrary {
public:
    // `path`: UTF-8. Throws CodedError ERR_WHISPER_BACKEND_UNAVAILABLE with the loader's own words.
    explicit SharedLibrary(const std::string & path);
    ~SharedLibrary();
    SharedLibrary(const SharedLibrary &) = delete;
    SharedLibrary & operator=(const SharedLibrary &) = delete;

    // Null if it has no such symbol.
    void * symbol(const char * name) const;

    // It stays loaded until the process ends.
    void keep();

private:
    void * handle_;
};

}  // namespace steady
