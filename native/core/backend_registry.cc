#include "backend_registry.h"

namespace steady {

namespace {

std::shared_mutex mutex;

}  // namespace

std::shared_lock<std::shared_mutex> read_backend_registry() {
    return std::shared_lock<std::shared_mutex>(mutex);
}

std::unique_lock<std::shared_mutex> write_backend_registry() {
    return std::unique_lock<std::shared_mutex>(mutex);
}

}  // namespace steady
