// How GPU backends are found out about and used, with fakes in the place of drivers and GPUs.

import { readdirSync, readFileSync } from "node:fs";
import { afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { tryGpuBackend } from "../../lib/native/try-gpu-backend.js";
import { runInChild } from "../support/child.js";
import { micro, reference } from "../support/micro.js";
import { AddonCopy, portableBuild } from "./support.js";

const words = reference("en-digits.wav").text;

/** What a process has mapped; nothing once it has ended. */
function mapsOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/maps`, "utf8");
  } catch {
    return "";
  }
}

describe.runIf(process.platform === "linux")("a GPU backend beside the addon", () => {
  let build: string;
  beforeAll(() => {
    build = portableBuild();
  }, 900_000);

  let copy: AddonCopy;
  beforeEach(() => {
    copy = new AddonCopy(build);
  });
  afterEach(() => copy.remove());

  const env = () => ({ STEADY_WHISPER_ADDON: copy.addon });

  /** What a context with backend `backend` comes to, and what is said. */
  const create = async (backend: "auto" | "cpu" | "cuda") => {
    const end = await runInChild(
      async ({ lib, outcome, report, samplesOf }, backend: "auto" | "cpu" | "cuda") => {
        const logs: string[] = [];
        const result = await outcome(
          (async () => {
            const context = await lib.WhisperContext.create(undefined, {
              backend,
              onLog: ({ level, text }) => void (level === "warn" && logs.push(text)),
            });
            const { device, gpuBackends } = context.info;
            const memory = await context.deviceMemory();
            const state = await context.createState();
            const { text } = await state.transcribe(samplesOf("en-digits.wav"), { threads: 1 });
            await context.free();
            return { device, gpuBackends, memory, text };
          })(),
        );
        report({ result, logs });
      },
      { args: backend, env: env() },
    );
    expect(end).toMatchObject({ code: 0, signal: null, stderr: "" });
    return end.reports[0] as {
      result: { ok: boolean; code?: string; message?: string; value?: Record<string, unknown> };
      logs: string[];
    };
  };

  it('that works is what "auto" takes, and gives the CPU\'s words', async () => {
    copy.addFake("NONE");
    const { result, logs } = await create("auto");
    expect(result).toMatchObject({
      ok: true,
      value: {
        text: words,
        device: { backend: "cuda", device: 0, name: "CUDA0", gpu: true },
        gpuBackends: [{ backend: "cuda", path: copy.cudaFile, usable: true }],
        memory: { freeBytes: 2 ** 32, totalBytes: 2 ** 33 },
      },
    });
    expect(logs).toEqual([]);
  });

  it('isn\'t looked at with "cpu"', async () => {
    copy.addFake("ABORTS");
    const { result, logs } = await create("cpu");
    expect(result).toMatchObject({
      ok: true,
      value: { text: words, device: { backend: "cpu" }, gpuBackends: [] },
    });
    expect(logs).toEqual([]);
  });

  const unusable = [
    {
      what: "whose driver isn't installed",
      make: () => copy.addDriverless(),
      reason: /libcuda\.so\.1/,
      remedy: /driver/,
    },
    {
      what: "whose driver aborts",
      make: () => copy.addFake("ABORTS"),
      reason: /SIGABRT.*the driver has met something impossible/,
      remedy: /nvidia-smi/,
    },
    {
      what: "that finds no device",
      make: () => copy.addFake("NO_DEVICE"),
      reason: /no device/,
      remedy: /nvidia-smi/,
    },
    {
      what: "of another version of ggml",
      make: () => copy.addFake("OTHER_VERSION"),
      reason: /no backend of this version of ggml/,
      remedy: /npx steady-whisper build --cuda --force/,
    },
    {
      what: "that computes wrong results",
      make: () => copy.addFake("WRONG_RESULTS"),
      reason: /CUDA0 computes wrong results/,
      remedy: /nvidia-smi/,
    },
    {
      what: "that was compiled for other GPUs",
      make: () => copy.addFake("NO_KERNEL"),
      reason: /compiled for other GPUs/,
      remedy: /--arch native/,
    },
    {
      what: "that is no library",
      make: () => copy.addGarbage(),
      reason: /no.* shared library|isn't a whole shared library/,
      remedy: /npx steady-whisper build --cuda/,
    },
  ];

  for (const { what, make, reason, remedy } of unusable) {
    it(`${what}: "auto" takes the CPU and says why, "cuda" is an error that says why`, async () => {
      make();
      const auto = await create("auto");
      const [tried] = (auto.result.value?.gpuBackends ?? []) as Record<string, string>[];
      console.log(`${tried?.reason} ${tried?.remedy}`);
      expect(auto.result).toMatchObject({
        ok: true,
        value: { text: words, device: { backend: "cpu" } },
      });
      expect(tried).toMatchObject({ backend: "cuda", usable: false });
      expect(tried?.reason).toMatch(reason);
      expect(tried?.remedy).toMatch(remedy);
      expect(auto.logs).toEqual([
        `the GPU backend isn't used: cuda: ${tried?.reason} ${tried?.remedy}`,
      ]);
      const named = await create("cuda");
      expect(named.result).toMatchObject({ ok: false, code: "ERR_WHISPER_BACKEND_UNAVAILABLE" });
      expect(named.result.message).toContain(tried?.reason);
      expect(named.result.message).toContain("cpu 0");
    });
  }

  it("whose driver hangs is given up, and the process that tried it is gone", async () => {
    copy.addFake("HANGS");
    const file = { backend: "cuda", path: copy.cudaFile } as const;
    const tried = await tryGpuBackend(copy.addon, file, 3000);
    expect(tried).toMatchObject({ usable: false, devices: [] });
    expect(tried.reason).toContain("stopped after 3 s");
    const maps = readdirSync("/proc")
      .filter((pid) => /^\d+$/.test(pid))
      .filter((pid) => mapsOf(pid).includes(copy.cudaFile));
    expect(maps).toEqual([]);
  });

  it("whose trial takes long doesn't keep a load that is aborted", async () => {
    copy.addFake("HANGS");
    const end = await runInChild(
      async ({ lib, outcome, report }) => {
        const signal = AbortSignal.timeout(200);
        report(await outcome(lib.WhisperContext.create(undefined, { signal })));
        process.exit(0);
      },
      { env: env() },
    );
    expect(end).toMatchObject({ code: 0, stderr: "" });
    expect(end.reports).toMatchObject([{ ok: false, code: "ERR_WHISPER_ABORTED" }]);
  });

  it("is in systemInfo() too, with its devices, before any context", async () => {
    copy.addFake("NONE");
    const end = await runInChild(({ lib, report }) => report(lib.systemInfo()), { env: env() });
    expect(end.reports[0]).toMatchObject({
      addonPath: copy.addon,
      gpuBackends: [{ backend: "cuda", usable: true }],
      devices: [
        { backend: "cpu", gpu: false },
        { backend: "cuda", name: "CUDA0", gpu: true },
      ],
    });
  });

  it("can be added while other contexts load models and run jobs; an exit in the midst of a job ends in order", async () => {
    copy.addFake("NONE");
    const end = await runInChild(
      async ({ lib, report, samplesOf }) => {
        const samples = samplesOf("en-digits.wav");
        const job = async (backend: "cpu" | "cuda") => {
          const context = await lib.WhisperContext.create(undefined, { backend });
          const state = await context.createState();
          const { text } = await state.transcribe(samples, { threads: 1 });
          await context.free();
          return text;
        };
        const all = (["cpu", "cpu", "cuda", "cpu", "cuda", "cpu"] as const).map(job);
        report(await Promise.all(all));
        const context = await lib.WhisperContext.create(undefined, { backend: "cuda" });
        const state = await context.createState();
        void state.transcribe(samples, { threads: 1 }).catch(() => {});
        setTimeout(() => process.exit(0), 20);
      },
      { env: env() },
    );
    expect(end).toMatchObject({ code: 0, signal: null, stderr: "" });
    expect(end.reports[0]).toEqual(Array(6).fill(words));
  });

  it("serves a pool whose contexts live in another process", async () => {
    copy.addFake("NONE");
    const end = await runInChild(
      async ({ lib, report }, sample: string) => {
        const pool = await lib.WhisperPool.create({ slots: 2, isolation: "process" });
        const jobs = Array.from({ length: 4 }, () => pool.transcribe(sample));
        report((await Promise.all(jobs)).map(({ text }) => text));
        report(pool.info.device.name);
        await pool.drain();
      },
      { args: micro.q5_0.replace(/[^/]*$/, "test-audio/en-digits.wav"), env: env() },
    );
    expect(end).toMatchObject({ code: 0, signal: null, stderr: "" });
    expect(end.reports).toEqual([Array(4).fill(words), "CUDA0"]);
  });
});
