import type { PackageManager } from "./loading-machine.js";

/** A library that a file needs and that isn't there. */
export interface MissingLibrary {
  /** What it is, in words: "the OpenMP runtime of GCC". */
  readonly what: string;
  /** What to do: one sentence. */
  readonly remedy: string;
  readonly kind: "missing-library" | "driver-missing" | "wrong-libc";
}

type Packages = Readonly<Partial<Record<PackageManager, string>>>;

const TOOLKIT = "https://developer.nvidia.com/cuda-downloads";
const DRIVER = "https://www.nvidia.com/drivers";

const SYSTEM_LIBRARIES: readonly {
  file: RegExp;
  what: string;
  packages: Packages;
}[] = [
  {
    file: /^libgomp\.so/,
    what: "the OpenMP runtime of GCC",
    packages: { "apt-get": "libgomp1", dnf: "libgomp", apk: "libgomp" },
  },
  {
    file: /^libstdc\+\+\.so/,
    what: "the C++ library of GCC",
    packages: { "apt-get": "libstdc++6", dnf: "libstdc++", apk: "libstdc++" },
  },
  {
    file: /^libgcc_s\.so/,
    what: "the runtime of GCC",
    packages: { "apt-get": "libgcc-s1", dnf: "libgcc", apk: "libgcc" },
  },
  {
    file: /^(libvulkan\.so|vulkan-1\.dll)/i,
    what: "the loader of Vulkan drivers",
    packages: { "apt-get": "libvulkan1", dnf: "vulkan-loader", apk: "vulkan-loader" },
  },
];

/**
 * What is known about a missing library.
 *
 * @param file its name, without a folder
 * @param rebuild the command that builds anew what needs it
 */
export function missingLibrary(
  file: string,
  rebuild: string,
  manager: PackageManager | undefined,
): MissingLibrary {
  if (/^(libcuda\.so|nvcuda\.dll)/i.test(file)) {
    return {
      kind: "driver-missing",
      what: "part of NVIDIA's driver",
      remedy: `Install the driver of the GPU (${DRIVER}); in a container, give it the GPU: \`docker run --gpus all\` with NVIDIA's container toolkit on the host.`,
    };
  }
  if (/^(lib)?(cudart|cublas|nccl)/i.test(file)) {
    return {
      kind: "missing-library",
      what: `a runtime library of the CUDA toolkit${versionOf(file)}`,
      remedy: `Install the CUDA toolkit${versionOf(file)} (${TOOLKIT}), or put the folder that has the file into LD_LIBRARY_PATH (Windows: PATH); with another toolkit here, build for that: \`${rebuild}\`.`,
    };
  }
  if (/^(libc\.musl-|ld-musl-)/.test(file)) {
    return {
      kind: "wrong-libc",
      what: "the C library musl (Alpine Linux)",
      remedy: `Build it on this machine: \`${rebuild}\`.`,
    };
  }
  if (/^(ld-linux|ld64\.so|libc\.so\.6$)/.test(file)) {
    return {
      kind: "wrong-libc",
      what: "the C library glibc",
      remedy: `Build it on this machine: \`${rebuild}\`.`,
    };
  }
  if (/steady-ggml|^(lib)?ggml-/.test(file)) {
    return {
      kind: "missing-library",
      what: "a part of the addon, which should lie beside it",
      remedy: `Install the package again, or build it: \`${rebuild}\`.`,
    };
  }
  const known = SYSTEM_LIBRARIES.find((library) => library.file.test(file));
  return {
    kind: "missing-library",
    what: known?.what ?? "a library of the system",
    remedy: known
      ? installed(known.packages, manager, known.what)
      : `Install the package of your system that has it, or build without it: \`${rebuild}\`.`,
  };
}

function installed(packages: Packages, manager: PackageManager | undefined, what: string): string {
  if (manager !== undefined && packages[manager] !== undefined) {
    return `Install it: \`${command(manager)} ${packages[manager]}\`.`;
  }
  const names = [...new Set(Object.values(packages))].join(" or ");
  return `Install ${what} (package ${names}).`;
}

function command(manager: PackageManager): string {
  return manager === "apk" ? "apk add" : `${manager} install`;
}

/** " 13" of libcudart.so.13, libcublas.so.13, cublas64_13.dll; "" without a version. */
function versionOf(file: string): string {
  const version = file.match(/\.so\.(\d+)|64_(\d+)\.dll/i);
  return version ? ` ${version[1] ?? version[2]}` : "";
}
