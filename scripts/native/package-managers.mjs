// What the tools of a build are called in the packages of each system.

/** By manager, in the order in which they are looked for. What is missing is asked for together. */
const MANAGERS = [
  {
    command: "apt-get",
    prefix: "apt-get install -y",
    root: true,
    packages: {
      cmake: "cmake",
      compiler: "g++",
      make: "ninja-build",
      nvcc: "nvidia-cuda-toolkit",
      glslc: "glslc",
      vulkan: "libvulkan-dev",
      spirv: "spirv-headers",
      clang: "clang libclang-rt-dev llvm",
    },
  },
  {
    command: "dnf",
    prefix: "dnf install -y",
    root: true,
    packages: {
      cmake: "cmake",
      compiler: "gcc-c++",
      make: "ninja-build",
      nvcc: "cuda-toolkit",
      glslc: "glslc",
      vulkan: "vulkan-headers vulkan-loader-devel",
      spirv: "spirv-headers-devel",
      clang: "clang compiler-rt llvm",
    },
  },
  {
    command: "apk",
    prefix: "apk add",
    root: true,
    packages: {
      cmake: "cmake",
      compiler: "g++ linux-headers",
      make: "make",
      glslc: "shaderc",
      vulkan: "vulkan-headers vulkan-loader-dev",
      spirv: "spirv-headers",
      clang: "clang compiler-rt llvm",
    },
  },
  {
    command: "brew",
    prefix: "brew install",
    root: false,
    packages: {
      cmake: "cmake",
      compiler: "llvm",
      make: "ninja",
      glslc: "shaderc",
      vulkan: "vulkan-headers vulkan-loader",
      spirv: "spirv-headers",
      clang: "llvm",
    },
  },
  {
    command: "winget",
    prefix: "winget install",
    root: false,
    packages: {
      cmake: "Kitware.CMake",
      compiler: "Microsoft.VisualStudio.2022.BuildTools",
      make: "Ninja-build.Ninja",
      nvcc: "Nvidia.CUDA",
      glslc: "KhronosGroup.VulkanSDK",
      vulkan: "KhronosGroup.VulkanSDK",
      spirv: "KhronosGroup.VulkanSDK",
    },
  },
];

/** Where to get what a system has no package of, or an old one. */
export const DOWNLOADS = {
  cmake: "from https://cmake.org/download/, or with `pip install cmake`",
  nvcc: "from https://developer.nvidia.com/cuda-downloads",
  cublas: "from https://developer.nvidia.com/cuda-downloads",
  glslc: "from https://vulkan.lunarg.com/sdk/home",
  vulkan: "from https://vulkan.lunarg.com/sdk/home",
  spirv: "from https://vulkan.lunarg.com/sdk/home",
};

/**
 * The lines that install tools, and the tools that no line is known for.
 * @param {string[]} tools
 * @param {(command: string) => string | undefined} which
 */
export function installLines(tools, which) {
  const manager = MANAGERS.find(({ command }) => which(command));
  const lines = [];
  const packages = new Set();
  const unknown = [];
  for (const tool of tools) {
    if (tool === "xcode") lines.push("xcode-select --install");
    else if (manager?.packages[tool]) packages.add(manager.packages[tool]);
    else unknown.push(tool);
  }
  if (packages.size > 0) {
    const sudo = manager.root && process.getuid?.() !== 0 ? "sudo " : "";
    lines.push(`${sudo}${manager.prefix} ${[...packages].join(" ")}`);
  }
  return { lines, unknown };
}
