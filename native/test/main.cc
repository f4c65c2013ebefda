// steady_test [FILTER]   runs the cases whose name contains FILTER (all without one)
// steady_test --gpu      prints one JSON of figures of this machine's GPU (see gpu_figures.h)

#include <cstring>

#include "backend.h"
#include "check.h"
#include "gpu_figures.h"

int main(int argc, char ** argv) {
    const std::string program = argv[0];
    const size_t slash = program.find_last_of("/\\");
    steady::load_backends(slash == std::string::npos ? "." : program.substr(0, slash));
    if (argc > 1 && std::strcmp(argv[1], "--gpu") == 0) {
        return steady::print_gpu_figures();
    }
    return steady::check::run_all(argc > 1 ? argv[1] : "") == 0 ? 0 : 1;
}
