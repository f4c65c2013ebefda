import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { describe, expect, it } from "vitest";
import type { AddonFacts, DoctorFacts, GpuFacts } from "../../lib/doctor/facts.js";
import type { Finding } from "../../lib/doctor/finding.js";
import { isHealthy, judge } from "../../lib/doctor/judge.js";
import { toText } from "../../lib/doctor/report-text.js";
import { EMBEDDED_SHA256, SAMPLE } from "../../lib/doctor/sample.js";
import { libcOfReport } from "../../lib/machine/libc.js";
import type { SystemInfo } from "../../lib/system.js";
import type { GpuBackend } from "../../lib/types.js";
import { micro, reference } from "../support/micro.js";
import { built, healthy, working } from "./facts.js";

/** Findings that aren't as they should be. */
const amiss = (facts: DoctorFacts): Finding[] => judge(facts).filter(({ level }) => level !== "ok");

const withAddon = (addon: Partial<AddonFacts>): DoctorFacts => ({
  ...healthy,
  addon: { ...healthy.addon, ...addon },
});
const withGpu = (gpu: Partial<GpuFacts>, facts = healthy): DoctorFacts => ({
  ...facts,
  gpu: { ...healthy.gpu, ...gpu },
});
const withSystem = (system: Partial<NonNullable<typeof working.system>>): DoctorFacts =>
  withAddon({ use: { ...working, system: { ...(working.system as SystemInfo), ...system } } });

describe("what is known of the package", () => {
  it("the sample's words, and the embedded model's hash", () => {
    expect(SAMPLE.words).toBe(reference(basename(SAMPLE.path)).text);
    const digest = createHash("sha256").update(readFileSync(micro.q5_0)).digest("hex");
    expect(EMBEDDED_SHA256).toBe(digest);
  });
});

describe("a healthy machine", () => {
  it("has nothing to do", () => {
    expect(amiss(healthy)).toEqual([]);
    expect(isHealthy(judge(healthy))).toBe(true);
    expect(toText(judge(healthy))).toMatch(/What to do\n {2}Nothing: all is well\.\n$/);
  });
});

describe("every finding that isn't as it should be", () => {
  const dead = { signal: "SIGILL" } as const;
  const device = { backend: "cuda", device: 0, name: "CUDA0", description: "a GPU", gpu: true };
  const missing = { what: "CMake (3.18 or newer)", command: "apk add cmake" };
  const cases: [string, DoctorFacts, string][] = [
    [
      "old Node",
      {
        ...healthy,
        platform: { ...healthy.platform, node: { ...healthy.platform.node, supported: false } },
      },
      "nvm install 24",
    ],
    [
      "musl without a prebuild",
      {
        ...withAddon({ candidates: [], use: undefined, prebuilds: ["linux-x64 (glibc)"] }),
        platform: { ...healthy.platform, libc: { name: "musl" } },
      },
      "npx steady-whisper build",
    ],
    [
      "instructions that the CPU lacks",
      withAddon({ candidates: [{ ...built, loads: false, death: dead }], use: undefined }),
      "npx steady-whisper build --force",
    ],
    [
      "the same, while transcribing",
      withAddon({ use: { ...working, text: undefined, death: dead } }),
      "npx steady-whisper build --force",
    ],
    [
      "a test run that hangs",
      withAddon({
        use: { ...working, text: undefined, death: { timeoutMs: 120_000, signal: "SIGKILL" } },
      }),
      "npx steady-whisper build --force",
    ],
    [
      "wrong words",
      withAddon({ use: { ...working, text: "one" } }),
      "npx steady-whisper build --force",
    ],
    [
      "too little memory",
      withAddon({
        use: {
          ...working,
          text: undefined,
          error: { code: "ERR_WHISPER_OUT_OF_MEMORY", message: "needs 90 MB" },
        },
      }),
      "more memory",
    ],
    [
      "no CPU variant",
      withAddon({
        use: {
          ...working,
          system: undefined,
          text: undefined,
          error: {
            code: "ERR_WHISPER_BACKEND_UNAVAILABLE",
            message: "no CPU backend could be loaded",
          },
        },
      }),
      "npx steady-whisper build --force",
    ],
    ["the slow variant", withSystem({ cpuVariant: "x64" }), "AVX2"],
    ["no ffmpeg", { ...healthy, audio: {} }, "ffmpeg"],
    [
      "an NVIDIA GPU without a backend",
      withGpu({ present: ["nvidia"], nvidiaGpus: ["NVIDIA H100"], nvidiaDriver: "570.1" }),
      "npx steady-whisper build --cuda",
    ],
    [
      "an NVIDIA GPU without a driver",
      withGpu({ present: ["nvidia"] }),
      "https://www.nvidia.com/drivers",
    ],
    [
      "an AMD GPU without a backend",
      withGpu({ present: ["amd"] }),
      "npx steady-whisper build --vulkan",
    ],
    ["a Mac without Metal", withGpu({ present: ["apple"] }), "npx steady-whisper build --metal"],
    [
      "a GPU that gives other words",
      withGpu({ devices: [{ device, text: "one" }] }),
      "until then use backend",
    ],
    [
      "a GPU that ends the process",
      withGpu({ devices: [{ device, death: { signal: "SIGSEGV" } }] }),
      "until then use backend",
    ],
    [
      "a GPU and no toolkit",
      withGpu(
        { present: ["nvidia"], nvidiaGpus: ["NVIDIA H100"] },
        { ...healthy, build: { ...healthy.build, missing: { cuda: missing } } },
      ),
      "apk add cmake",
    ],
    [
      "no sources",
      {
        ...withAddon({ candidates: [], use: undefined }),
        build: { ...healthy.build, sources: false },
      },
      "Install the package with npm",
    ],
    [
      "a model that is larger than the memory",
      {
        ...healthy,
        models: {
          ...healthy.models,
          asked: { name: "large-v3", path: "/m.bin", sizeBytes: 9e9, checked: true },
        },
      },
      "smaller model",
    ],
    [
      "a model that crashes what reads it",
      {
        ...healthy,
        models: {
          ...healthy.models,
          asked: { name: "x.bin", path: "x.bin", checked: false, death: dead },
        },
      },
      "Download it again",
    ],
  ];

  it.each(cases)("%s", (_, facts, helps) => {
    const found = amiss(facts);
    console.log(toText(found));
    expect(found.length).toBeGreaterThan(0);
    for (const { what, why, remedy } of found) {
      // Each says what is so, why that matters, and what to do, in sentences.
      for (const text of [what, why, remedy]) expect(text).toMatch(/^(`|[A-Z/]|\w).*\.$/);
      expect(`${what}${why}${remedy}`).not.toMatch(/undefined|\.\./);
    }
    expect(found.map(({ remedy }) => remedy).join(" ")).toContain(helps);
  });

  it("a note alone leaves the machine healthy", () => {
    expect(isHealthy(judge({ ...healthy, audio: {} }))).toBe(true);
    expect(isHealthy(judge(withAddon({ candidates: [], use: undefined })))).toBe(false);
  });
});

describe("a GPU that works", () => {
  it("is said with its memory", () => {
    const device = { backend: "cuda", device: 0, name: "CUDA0", description: "H100", gpu: true };
    const memory = { freeBytes: 79e9, totalBytes: 85e9 };
    const findings = judge(withGpu({ devices: [{ device, memory, text: SAMPLE.words }] }));
    expect(findings.find(({ about }) => about === "CUDA0")).toMatchObject({
      level: "ok",
      what: "H100, 79.0 GB free of 85.0 GB: the sample gives its words",
    });
  });
});

describe("what a GPU's absence means", () => {
  it("a GPU that works isn't advised again", () => {
    const gpuBackends = [{ backend: "cuda", path: "/a/libggml-cuda.so", usable: true }] as const;
    const { addon } = withSystem({ gpuBackends });
    expect(
      amiss(withGpu({ present: ["nvidia"], nvidiaGpus: ["NVIDIA H100"] }, { ...healthy, addon })),
    ).toEqual([]);
  });

  it("a backend that can't be used is said once, with its own remedy", () => {
    const broken: GpuBackend = {
      backend: "cuda",
      path: "/a/libggml-cuda.so",
      usable: false,
      reason: "It finds no device.",
      remedy: "Look at `nvidia-smi`.",
    };
    const { addon } = withSystem({ gpuBackends: [broken] });
    const found = amiss(
      withGpu({ present: ["nvidia"], nvidiaGpus: ["NVIDIA H100"] }, { ...healthy, addon }),
    );
    expect(found).toMatchObject([
      { about: "cuda", level: "problem", remedy: "Look at `nvidia-smi`." },
    ]);
  });
});

describe("the text", () => {
  it("breaks lines at 100 columns, and neither commands nor paths", () => {
    const command = "`npx steady-whisper models download some-model-with-a-long-name`";
    const path = `/${"folder/".repeat(20)}file`;
    const finding: Finding = {
      ...{ section: "models", level: "problem", about: "a model" },
      what: `${"many words ".repeat(12)} ${path} and more.`,
      why: "Because.",
      remedy: `${"Do this and that ".repeat(5)} ${command}.`,
    };
    const text = toText([finding]);
    for (const line of text.split("\n").filter((line) => !line.includes(path))) {
      expect(line.length).toBeLessThanOrEqual(100);
    }
    expect(text).toContain(path);
    expect(text).toContain(`${command}.`);
  });

  it("shows no control characters of what it names", () => {
    const finding: Finding = { section: "models", level: "ok", about: "x", what: "a\u001b[2Jb" };
    expect(toText([finding])).not.toContain("\u001b");
  });
});

describe("the C library", () => {
  it("is what Node's report says", () => {
    expect(libcOfReport({ header: { glibcVersionRuntime: "2.31" } })).toEqual({
      name: "glibc",
      version: "2.31",
    });
    const alpine = ["/usr/bin/node", "/usr/lib/libstdc++.so.6", "/lib/ld-musl-x86_64.so.1"];
    expect(libcOfReport({ header: {}, sharedObjects: alpine })).toEqual({ name: "musl" });
    expect(libcOfReport({ header: {}, sharedObjects: ["/usr/bin/node"] })).toBeUndefined();
  });
});
