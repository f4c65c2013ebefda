// What may be in the package, and what must be.

/** Everything else fails by name: a file gets into a package more easily than out of it. */
const ALLOWED = [
  [/^package\.json$/, "npm"],
  [/^(README|CONTRIBUTING|THIRD_PARTY_NOTICES)\.md$/, "documentation"],
  [/^docs\/[\w-]+\.md$/, "documentation, without its pictures"],
  [/^LICENSE$/, "licence"],
  [/^licenses\/[\w.-]+\.txt$/, "licences that the notices name"],
  [/^dist\/[\w/.-]+\.(js|d\.ts)(\.map)?$/, "the library and the command line"],
  [/^lib\/[\w/.-]+\.ts$/, "what the source maps show"],
  [/^models\/micro\/(micro-q5_0\.bin|README\.md)$/, "the embedded model"],
  [/^models\/micro\/test-audio\/en-0\d\.wav$/, "what `diagnose` speaks to the embedded model"],
  [/^native\/(core|addon)\/[\w/-]+\.(cc|h)$/, "source of the addon"],
  [/^CMakeLists\.txt$/, "building it"],
  [/^cmake\/[\w-]+\.(cmake|map)$/, "building it"],
  [/^scripts\/build-native\.mjs$/, "building it"],
  [
    /^scripts\/native\/(build|build-error|child|lock|missing-tools|outputs|package-managers|paths|stamp|tools|variants)\.mjs$/,
    "building it",
  ],
  [/^deps\/whisper\.cpp\/(LICENSE|AUTHORS|CMakeLists\.txt)$/, "whisper.cpp"],
  [/^deps\/whisper\.cpp\/(include|src|examples)\/[\w.-]+\.(h|cpp)$/, "whisper.cpp"],
  [/^deps\/whisper\.cpp\/ggml\/(CMakeLists\.txt|cmake\/[\w-]+\.cmake(\.in)?)$/, "ggml's build"],
  [/^deps\/whisper\.cpp\/ggml\/(include|src)\/[\w.-]+\.(h|c|cpp)$/, "ggml"],
  [
    /^deps\/whisper\.cpp\/ggml\/src\/(ggml-(cpu|blas|cuda|metal|vulkan)\/([\w-]+\/)*)?CMakeLists\.txt$/,
    "ggml's build",
  ],
  [
    /^deps\/whisper\.cpp\/ggml\/src\/ggml-(cpu|blas)\/[\w/.-]+\.(h|c|cpp|cmake)$/,
    "ggml's CPU backends",
  ],
  [/^deps\/whisper\.cpp\/ggml\/src\/ggml-cuda\/[\w/.-]+\.(cu|cuh|h)$/, "ggml's CUDA backend"],
  [
    /^deps\/whisper\.cpp\/ggml\/src\/ggml-cuda\/template-instances\/generate_cu_files\.py$/,
    "what made some of its sources",
  ],
  [
    /^deps\/whisper\.cpp\/ggml\/src\/ggml-metal\/[\w/.-]+\.(h|c|cpp|m|metal)$/,
    "ggml's Metal backend",
  ],
  [
    /^deps\/whisper\.cpp\/ggml\/src\/ggml-vulkan\/[\w/.-]+\.(cpp|h|comp|glsl|cmake|in)$/,
    "ggml's Vulkan backend",
  ],
  [/^prebuilds\/linux-\w+\/steady-whisper\.(glibc|musl)\.node$/, "prebuilt addon"],
  [
    /^prebuilds\/[\w-]+\/((glibc|musl)\/)?requirements\.json$/,
    "what a prebuild needs of a machine",
  ],
  [
    /^prebuilds\/linux-\w+\/(glibc|musl)\/lib(steady-ggml|steady-ggml-base|ggml-cpu-[\w.]+)\.so$/,
    "ggml, with its CPU variants",
  ],
  [
    /^prebuilds\/linux-\w+\/(glibc|musl)\/libgomp\.(so\.1|source\.txt)$/,
    "GCC's OpenMP, and where its source is",
  ],
  [/^prebuilds\/darwin-\w+\/steady-whisper\.node$/, "prebuilt addon"],
  [
    /^prebuilds\/darwin-\w+\/(libsteady-ggml(-base)?\.dylib|libggml-(cpu[\w.-]*|blas|metal)\.so)$/,
    "ggml, with its backends",
  ],
  [/^prebuilds\/win32-\w+\/steady-whisper\.node$/, "prebuilt addon"],
  [
    /^prebuilds\/win32-\w+\/(steady-ggml(-base)?|ggml-cpu[\w.-]*)\.dll$/,
    "ggml, with its CPU variants",
  ],
];

/** At the least; the tests compile and run what is packed. */
const REQUIRED = [
  "package.json",
  "README.md",
  "LICENSE",
  "THIRD_PARTY_NOTICES.md",
  "licenses/GPL-3.0.txt",
  "licenses/GCC-exception-3.1.txt",
  "licenses/Apache-2.0.txt",
  "dist/index.js",
  "dist/index.d.ts",
  "dist/cli/main.js",
  "models/micro/micro-q5_0.bin",
  "models/micro/test-audio/en-00.wav",
  "scripts/build-native.mjs",
  "CMakeLists.txt",
  "cmake/exports.map",
  "native/core/whisper_unit.cc",
  "deps/whisper.cpp/LICENSE",
  "deps/whisper.cpp/src/whisper.cpp",
  "deps/whisper.cpp/examples/miniaudio.h",
  "deps/whisper.cpp/ggml/CMakeLists.txt",
  "deps/whisper.cpp/ggml/src/ggml-cpu/ggml-cpu.cpp",
  "deps/whisper.cpp/ggml/src/ggml-cuda/ggml-cuda.cu",
  "deps/whisper.cpp/ggml/src/ggml-metal/ggml-metal.metal",
  "deps/whisper.cpp/ggml/src/ggml-vulkan/ggml-vulkan.cpp",
];

/** @param {import("./pack.mjs").Pack} pack */
export function checkContents({ files, manifest }) {
  const names = new Set(files.map((file) => file.path));
  const entries = [manifest.main, manifest.types, ...Object.values(manifest.bin)].map((file) =>
    file.replace(/^\.\//, ""),
  );
  const failures = [
    ...[...names]
      .filter((name) => !ALLOWED.some(([pattern]) => pattern.test(name)))
      .map(
        (name) => `not expected in the package: ${name} (allowed: scripts/package/contents.mjs)`,
      ),
    ...[...REQUIRED, ...entries]
      .filter((name) => !names.has(name))
      .map((name) => `missing: ${name}`),
    // tsc leaves what it once compiled.
    ...[...names]
      .filter((name) => name.startsWith("dist/"))
      .filter(
        (name) => !names.has(name.replace(/^dist\/(.+?)(\.d\.ts|\.js)(\.map)?$/, "lib/$1.ts")),
      )
      .map((name) => `left over: ${name} has no source in lib/; remove dist/ and build it again`),
  ];
  return { looked: `${names.size} files, ${ALLOWED.length} patterns`, failures };
}

/**
 * The prebuilds that are there, each whole.
 * @param {import("./pack.mjs").Pack} pack
 * @param {readonly string[]} wanted  names of those that have to be there, such as "linux-x64.glibc"
 */
export function checkPrebuilds({ files }, wanted) {
  const found = prebuildsOf(files);
  const failures = wanted
    .filter((name) => !found.has(name))
    .map((name) => `missing: the prebuild ${name}`);
  for (const [name, content] of found) {
    const has = (pattern) => content.some((file) => pattern.test(file.path));
    const parts = [
      ["addon", /\.node$/],
      ["ggml", /steady-ggml\.(so|dylib|dll)$/],
      ["ggml's base", /steady-ggml-base\.(so|dylib|dll)$/],
      ["CPU backend", /ggml-cpu[\w.-]*\.(so|dll)$/],
      // On x86 a CPU without AVX2 needs it; its absence is an abort in whisper.cpp, not an error.
      ...(/-x64/.test(name) && !/darwin/.test(name)
        ? [["baseline", /ggml-cpu-x64\.(so|dll)$/]]
        : []),
      ...(/^linux/.test(name) ? [["libgomp", /\/libgomp\.so\.1$/]] : []),
    ];
    for (const [part, pattern] of parts) {
      if (!has(pattern)) failures.push(`the prebuild ${name} has no ${part} (${pattern.source})`);
    }
  }
  return { looked: found.size === 0 ? "none" : [...found.keys()].join(", "), failures };
}

/** By name, such as "linux-x64.glibc": the files that belong to it. */
export function prebuildsOf(files) {
  /** @type {Map<string, { path: string, size: number }[]>} */
  const found = new Map();
  for (const file of files) {
    const [, target, rest] = /^prebuilds\/([\w-]+)\/(.+)$/.exec(file.path) ?? [];
    if (target === undefined) continue;
    const libc = /^(?:steady-whisper\.)?(glibc|musl)[./]/.exec(rest)?.[1];
    const name = libc ? `${target}.${libc}` : target;
    found.set(name, [...(found.get(name) ?? []), file]);
  }
  return found;
}
