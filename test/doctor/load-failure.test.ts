import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { explainLoadFailure, rebuildCommand } from "../../lib/native/load-failure.js";
import type { LoadingMachine } from "../../lib/native/loading-machine.js";
import { forOtherMachine, needing, newestNeed } from "./elf.js";

const addon = fileURLToPath(new URL("../../build/Release/steady_whisper.node", import.meta.url));

describe.runIf(process.platform === "linux")("what this machine's loader says", () => {
  let folder: string;
  let whole: Buffer;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "steady whisper ü "));
    whole = readFileSync(addon);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  /** Writes a file and has it loaded; the words of the failure are printed, and explained. */
  function failureOf(name: string, content?: Buffer) {
    const path = join(folder, name);
    mkdirSync(dirname(path), { recursive: true });
    if (content) writeFileSync(path, content);
    let error: unknown;
    try {
      process.dlopen({ exports: {} }, path);
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(Error);
    console.log((error as Error).message);
    return explainLoadFailure(error, path);
  }

  /** A shared library of some lines of C, linked against others. */
  function compiled(name: string, code: string, ...flags: string[]): string {
    const path = join(folder, name);
    execFileSync("gcc", ["-shared", "-fPIC", "-x", "c", "-", "-x", "none", "-o", path, ...flags], {
      input: code,
    });
    return path;
  }

  it("about a newer glibc", () => {
    const present = (process.report.getReport() as { header: { glibcVersionRuntime: string } })
      .header.glibcVersionRuntime;
    const file = needing(whole, newestNeed(whole, "GLIBC_"), "GLIBC_2.99");
    expect(failureOf("glibc.node", file)).toEqual({
      kind: "glibc",
      library: "libc.so.6",
      needed: "2.99",
      present,
      reason: `It needs glibc 2.99 or newer; this system has ${present}.`,
      remedy: "Build it on this machine: `npx steady-whisper build`; or use a newer system.",
    });
  });

  it("about a newer C++ library", () => {
    const newest = newestNeed(whole, "GLIBCXX_");
    const newer = `${newest.slice(0, -2)}99`;
    expect(failureOf("glibcxx.node", needing(whole, newest, newer))).toMatchObject({
      kind: "libstdc++",
      library: "libstdc++.so.6",
      needed: newer,
      reason: expect.stringContaining(`a newer C++ library (${newer})`),
    });
  });

  it("about a library that isn't there", () => {
    const file = needing(whole, "libgomp.so.1", "libgomp.so.7");
    expect(failureOf("gomp.node", file)).toMatchObject({
      kind: "missing-library",
      library: "libgomp.so.7",
      reason: "It needs libgomp.so.7, the OpenMP runtime of GCC, which isn't found.",
      remedy: expect.stringMatching(/libgomp/),
    });
  });

  it("about NVIDIA's driver, and the toolkit's libraries, that aren't there", () => {
    // Linked against stand-ins that are gone when it is loaded.
    const call = (name: string) => `int ${name}(void); int start(void) { return ${name}(); }`;
    for (const [library, backend, kind, words] of [
      ["libcuda.so.1", "cuda", "driver-missing", /Install the driver of the GPU/],
      ["libcublas.so.99", "cuda", "missing-library", /Install the CUDA toolkit 99 /],
      ["libvulkan.so.9", "vulkan", "missing-library", /vulkan/],
    ] as const) {
      const stand = compiled(library, "int f(void) { return 0; }", `-Wl,-soname,${library}`);
      const path = compiled(`libggml-${backend}.so`, call("f"), stand);
      rmSync(stand);
      const failure = failureOf(path.slice(folder.length + 1));
      expect(failure).toMatchObject({ kind, library, remedy: expect.stringMatching(words) });
      expect(failure.reason).toContain(library);
    }
  });

  it("about another processor, though glibc only says that there is no such file", () => {
    expect(failureOf("machine.node", forOtherMachine(whole))).toMatchObject({
      kind: "wrong-architecture",
      needed: process.arch,
      reason: expect.stringMatching(/built for (arm64|x64); this Node runs on linux/),
    });
  });

  it("about files that are broken", () => {
    for (const [name, content] of [
      ["short.node", whole.subarray(0, 30)],
      ["empty.node", Buffer.alloc(0)],
      ["page.node", Buffer.from("<html>404 Not Found</html>".repeat(50))],
    ] as const) {
      expect(failureOf(name, content)).toMatchObject({
        kind: "corrupt",
        remedy: expect.stringContaining("Install the package again"),
      });
    }
  });

  it("about a file that isn't there", () => {
    expect(failureOf("absent.node")).toMatchObject({
      kind: "not-found",
      remedy: expect.stringContaining("`npx steady-whisper build`"),
    });
  });

  it("about a function that Node, or ggml, hasn't got", () => {
    const file = needing(whole, "napi_create_promise", "napi_create_promisx");
    expect(failureOf("napi.node", file)).toMatchObject({
      kind: "node-api",
      needed: "napi_create_promisx",
      remedy: "Use Node 20.19 or newer.",
    });
    const code = "int ggml_gone(void); int (*start)(void) = ggml_gone;";
    compiled("libggml-cpu.so", code);
    expect(failureOf("libggml-cpu.so")).toMatchObject({ kind: "corrupt", needed: "ggml_gone" });
  });

  it("about a library that is no addon", () => {
    compiled("plain.node", "int f(void) { return 0; }");
    expect(failureOf("plain.node")).toMatchObject({ kind: "node-api" });
  });

  it("about a build in build/Release, which has to be forced", () => {
    const failure = failureOf("build/Release/steady_whisper.node", Buffer.from("nothing"));
    expect(failure.remedy).toContain("`npx steady-whisper build --force`");
  });
});

// Words of loaders that aren't here, as they print them.
describe("what other systems' loaders say", () => {
  const linux: LoadingMachine = { platform: "linux", arch: "x64", libc: { name: "musl" } };
  const mac: LoadingMachine = { platform: "darwin", arch: "arm64", head: new Uint8Array(64) };
  const windows: LoadingMachine = { platform: "win32", arch: "x64", head: new Uint8Array(64) };
  const path = "/app/prebuilds/steady-whisper.node";
  const rows: [LoadingMachine, string, object][] = [
    [
      linux,
      `Error loading shared library libgomp.so.1: No such file or directory (needed by ${path})`,
      { kind: "missing-library", library: "libgomp.so.1" },
    ],
    [
      { ...linux, packageManager: "apk" },
      "Error loading shared library libstdc++.so.6: No such file or directory (needed by x)",
      { kind: "missing-library", remedy: "Install it: `apk add libstdc++`." },
    ],
    [
      linux,
      `Error loading shared library ld-linux-x86-64.so.2: No such file or directory (needed by ${path})`,
      {
        kind: "wrong-libc",
        reason: "It is built for the C library glibc, and this system has musl.",
      },
    ],
    [
      linux,
      `Error relocating ${path}: __memcpy_chk: symbol not found`,
      { kind: "wrong-libc", needed: "glibc", present: "musl" },
    ],
    [linux, `Error relocating ${path}: napi_frob: symbol not found`, { kind: "node-api" }],
    [linux, `Error loading shared library ${path}: Exec format error`, { kind: "corrupt" }],
    [
      { ...linux, libc: { name: "glibc", version: "2.36" } },
      "libc.musl-x86_64.so.1: cannot open shared object file: No such file or directory",
      { kind: "wrong-libc", reason: expect.stringContaining("musl (Alpine Linux)") },
    ],
    [
      { ...linux, libc: { name: "glibc", version: "2.36" } },
      "/lib/x86_64-linux-gnu/libc.so: invalid ELF header",
      { kind: "wrong-libc", needed: "musl", present: "glibc" },
    ],
    [
      linux,
      `${path}: failed to map segment from shared object`,
      { kind: "not-permitted", remedy: expect.stringContaining("noexec") },
    ],
    [
      linux,
      "/usr/lib/aarch64-linux-gnu/libgomp.so.1: cannot allocate memory in static TLS block",
      {
        kind: "other",
        remedy: expect.stringContaining("LD_PRELOAD=/usr/lib/aarch64-linux-gnu/lib"),
      },
    ],
    [
      linux,
      "/usr/lib/libgomp.so.1: file too short",
      {
        kind: "corrupt",
        library: "libgomp.so.1",
        reason: expect.stringContaining("libgomp.so.1, which is damaged"),
      },
    ],
    [
      mac,
      `dlopen(${path}, 0x0001): tried: '${path}' (mach-o file, but is an incompatible architecture (have 'x86_64', need 'arm64'))`,
      { kind: "wrong-architecture", present: "x86_64", needed: "arm64" },
    ],
    [
      mac,
      `dlopen(${path}, 0x0001): Library not loaded: @rpath/libsteady-ggml.dylib\n  Referenced from: <1B> ${path}\n  Reason: tried: '/usr/lib/libsteady-ggml.dylib' (no such file)`,
      { kind: "missing-library", library: "libsteady-ggml.dylib" },
    ],
    [
      { ...mac, head: undefined },
      `dlopen(${path}, 0x0001): tried: '${path}' (no such file)`,
      { kind: "not-found" },
    ],
    [
      mac,
      `dlopen(${path}, 0x0001): tried: '${path}' (code signature in <1B> '${path}' not valid for use in process: mapped file has no cdhash)`,
      { kind: "not-permitted", remedy: expect.stringContaining("codesign --force --sign -") },
    ],
    [
      mac,
      `dlopen(${path}, 0x0001): tried: '${path}' (slice is not valid mach-o file)`,
      { kind: "corrupt" },
    ],
    [
      mac,
      `dlopen(${path}, 0x0001): symbol not found in flat namespace '_napi_frob'`,
      { kind: "node-api", needed: "napi_frob" },
    ],
    [
      windows,
      "\\\\?\\C:\\app\\steady-whisper.node is not a valid Win32 application.\r\n",
      { kind: "wrong-architecture" },
    ],
    [
      windows,
      "The specified module could not be found.\r\n\\\\?\\C:\\app\\steady-whisper.node",
      {
        kind: "missing-library",
        remedy: expect.stringContaining("winget install Microsoft.VCRedist"),
      },
    ],
    [
      { ...windows, head: undefined },
      "The specified module could not be found.\r\n\\\\?\\C:\\app\\steady-whisper.node",
      { kind: "not-found" },
    ],
    [windows, "The specified procedure could not be found.\r\n", { kind: "corrupt" }],
    [
      windows,
      "The module was compiled against a different Node.js version using\nNODE_MODULE_VERSION 108.",
      { kind: "node-api" },
    ],
    [
      linux,
      "something that nobody\nhas seen yet",
      { kind: "other", reason: "The system's loader says: something that nobody has seen yet." },
    ],
  ];

  it.each(rows.map(([machine, ...row]) => [machine.platform, ...row, machine] as const))(
    "%s: %s",
    (_, message, expected, machine) => {
      const failure = explainLoadFailure(new Error(message), path, machine);
      expect(failure).toMatchObject(expected);
      for (const sentence of [failure.reason, failure.remedy])
        expect(sentence).toMatch(/^[A-Z].*\.$/);
    },
  );

  it("the driver and the toolkit of a CUDA backend on Windows", () => {
    const failure = explainLoadFailure(
      "The specified module could not be found.",
      "ggml-cuda.dll",
      {
        ...windows,
      },
    );
    expect(failure).toMatchObject({
      kind: "driver-missing",
      remedy: expect.stringContaining("`npx steady-whisper build --cuda`"),
    });
  });

  it("takes a Mach-O file on Linux for what it is", () => {
    const head = new Uint8Array(64);
    head.set([0xcf, 0xfa, 0xed, 0xfe, 0x0c, 0, 0, 1]);
    const failure = explainLoadFailure(`${path}: invalid ELF header`, path, { ...linux, head });
    expect(failure).toMatchObject({
      kind: "wrong-architecture",
      reason: "It was built for another operating system; this Node runs on linux x64.",
    });
  });
});

describe("the command that builds a file anew", () => {
  it.each([
    ["/app/node_modules/steady-whisper/prebuilds/linux-x64/steady-whisper.glibc.node", ""],
    ["/app/prebuilds/linux-x64/glibc/libggml-cuda.so", " --cuda"],
    ["/app/build/Release/steady_whisper.node", " --force"],
    ["/app/build/Release/glibc/libggml-vulkan.so", " --vulkan --force"],
  ])("%s: %s", (path, flags) => {
    expect(rebuildCommand(path)).toBe(`npx steady-whisper build${flags}`);
  });

  it("names the GPU backends again that were built, as the next build replaces the last one", () => {
    const folder = mkdtempSync(join(tmpdir(), "steady-whisper-built-"));
    try {
      const built = join(folder, "build", "Release");
      mkdirSync(join(built, "glibc"), { recursive: true });
      for (const backend of ["cpu", "cuda", "vulkan"]) {
        writeFileSync(join(built, "glibc", `libggml-${backend}.so`), "");
      }
      const command = "npx steady-whisper build --cuda --vulkan --force";
      expect(rebuildCommand(join(built, "steady_whisper.node"))).toBe(command);
      expect(rebuildCommand(join(built, "glibc", "libggml-cuda.so"))).toBe(command);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
