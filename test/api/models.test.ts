import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { runInNewContext } from "node:vm";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { systemInfo, WhisperContext, WhisperModelError } from "../../lib/index.js";
import { type ChildEnd, isLinux, type Outcome, runInChild } from "../support/child.js";
import { micro, reference, samplesOf } from "../support/micro.js";
import { expectFailure, median, withState } from "../support/outcome.js";
import { randomModel } from "../support/random-model.js";

const FOUR = reference("en-00.wav").text;
const INVALID = "ERR_WHISPER_MODEL_INVALID";
const speech = samplesOf("en-00.wav");

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "steady-whisper-models-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function textOf(context: WhisperContext): Promise<string> {
  try {
    const { text } = await withState(context, (state) => state.transcribe(speech, { threads: 1 }));
    return text;
  } finally {
    await context.free();
  }
}

describe("a context is made from", () => {
  it.each<[string, () => string | URL | Uint8Array | undefined]>([
    ["nothing: the embedded model", () => undefined],
    ["its name", () => "micro"],
    ["a path", () => micro.q8_0],
    ["a file: URL", () => pathToFileURL(micro.q8_0)],
    ["a Buffer", () => readFileSync(micro.q5_0)],
    ["a Uint8Array at an odd offset", () => at(readFileSync(micro.q5_0), 3)],
    ["shared memory", () => inBuffer(new SharedArrayBuffer(statSync(micro.q5_0).size))],
    [
      "resizable memory",
      () =>
        inBuffer(new ArrayBufferThatResizes(statSync(micro.q5_0).size, { maxByteLength: 2 ** 25 })),
    ],
    [
      "a Uint8Array of another realm",
      () =>
        runInNewContext("Uint8Array.from(bytes)", {
          bytes: readFileSync(micro.q5_0),
        }) as Uint8Array,
    ],
  ])("%s", async (_, model) => {
    expect(await textOf(await WhisperContext.create(model()))).toBe(FOUR);
  });

  // ES2024, in Node since 20.
  const ArrayBufferThatResizes = ArrayBuffer as unknown as new (
    length: number,
    options: { maxByteLength: number },
  ) => ArrayBuffer;

  function inBuffer(buffer: ArrayBufferLike): Uint8Array {
    const bytes = new Uint8Array(buffer);
    bytes.set(readFileSync(micro.q5_0));
    return bytes;
  }

  function at(bytes: Buffer, offset: number): Uint8Array {
    const larger = new Uint8Array(bytes.length + offset);
    larger.set(bytes, offset);
    return larger.subarray(offset);
  }

  it("bytes that change, or go away, after the call", async () => {
    const changed = new Uint8Array(readFileSync(micro.q5_0));
    const first = WhisperContext.create(changed);
    changed.fill(0);
    expect(await textOf(await first)).toBe(FOUR);

    const transferred = new Uint8Array(readFileSync(micro.q5_0));
    const second = WhisperContext.create(transferred);
    structuredClone(transferred, { transfer: [transferred.buffer] });
    expect(await textOf(await second)).toBe(FOUR);
    const error = await WhisperContext.create(transferred).catch((e) => e);
    expect(error.code).toMatch(/^ERR_WHISPER_(INVALID_ARG|MODEL_INVALID)$/);
  });
});

describe("what it says about itself", () => {
  it.each(["q5_0", "q8_0", "f16"] as const)("%s", async (type) => {
    const { info, free } = await WhisperContext.create(micro[type], { backend: "cpu" }).then(
      async (context) => ({ info: context.info, free: await context.free() }),
    );
    expect(free).toBe(undefined);
    expect(info.model).toMatchObject({
      ...{ type: "micro", multilingual: true, quantization: type, vocabulary: 51_865 },
      ...{ mels: 80, audioContext: 1500, audioState: 64, audioHeads: 2, audioLayers: 4 },
      ...{ textContext: 192, textState: 64, textHeads: 2, textLayers: 3, weightless: false },
    });
    const fileBytes = statSync(micro[type]).size;
    expect(info.model.fileBytes).toBe(fileBytes);
    expect(info.model.weightsBytes).toBeLessThan(fileBytes);
    expect(info.model.weightsBytes).toBeGreaterThan(fileBytes * 0.9);
    expect(info.weightsBytes / info.model.weightsBytes).toBeCloseTo(1, 1);
    expect(info.device).toMatchObject({ backend: "cpu", device: 0, name: "CPU", gpu: false });
    expect(info).toMatchObject({ flashAttention: true, dtw: false });
    expect(info.loadMs).toBeGreaterThan(0);
    expect(Object.isFrozen(info)).toBe(true);
    const { whisperVersion, cpuFeatures } = systemInfo();
    expect(info).toMatchObject({ whisperVersion, cpuFeatures });
  });

  it("whisper.cpp's version, and what the CPU can do", () => {
    const { whisperVersion, cpuFeatures, ...rest } = systemInfo();
    // No `unchecked`: that is a build for tests.
    expect(Object.keys(rest).sort()).toEqual(
      ["addonPath", "cpuVariant", "cpuVariants", "devices", "gpuBackends"].sort(),
    );
    expect(whisperVersion).toMatch(/^1\.9\.\d+$/); // the range in cmake/whisper-source.cmake
    expect(cpuFeatures.every((name) => /^[A-Z][A-Z0-9_]+$/.test(name))).toBe(true);
    expect(new Set(cpuFeatures).size).toBe(cpuFeatures.length);
    if (["x64", "arm64"].includes(process.arch)) expect(cpuFeatures.length).toBeGreaterThan(0);
    if (!isLinux || process.arch !== "x64") return;
    const flags = readFileSync("/proc/cpuinfo", "utf8")
      .match(/^flags\s*: (.*)$/m)?.[1]
      ?.split(" ");
    const told = ["AVX", "AVX2", "FMA", "F16C", "BMI2"].filter((name) =>
      cpuFeatures.includes(name),
    );
    for (const name of told) expect(flags).toContain(name.toLowerCase());
  });

  it("a model of base's dimensions, and its state's sizes", async () => {
    const context = await WhisperContext.create(randomModel("base"), { backend: "cpu" });
    expect(context.info.model).toMatchObject({ type: "base", quantization: "f16", textLayers: 6 });
    await withState(context, async (state) => {
      const { bytes, kvCacheBytes, computeBytes, hostBytes, createMs } = state.info;
      expect(bytes).toBe(kvCacheBytes + computeBytes + hostBytes);
      expect(computeBytes).toBeGreaterThan(10e6);
      expect(hostBytes).toBeGreaterThan(51_865 * 448 * 4); // logits of every text position
      // keys and values, f16: 448 (padded to 512) positions, 1500 (to 1536) of the encoder, one more without layers
      const cells = 512 * 6 + 1536 * 6 + 1536;
      expect(kvCacheBytes / (cells * 512 * 2 * 2)).toBeCloseTo(1, 0.5);
      expect(createMs).toBeGreaterThan(0);
      expect(state.info).toMatchObject({ resets: 0, resetMs: 0, jobs: 0 });
    });
    await context.free();
  });
});

describe("what is no model", () => {
  const file = (name: string, content: string | Uint8Array) => {
    writeFileSync(join(folder, name), content);
    return join(folder, name);
  };

  it.each<[string, string, string, () => string]>([
    [
      "a missing file",
      "ERR_WHISPER_MODEL_NOT_FOUND",
      "missing.bin",
      () => join(folder, "missing.bin"),
    ],
    ["an empty file", INVALID, "empty", () => file("empty.bin", "")],
    ["text", INVALID, "", () => file("text.bin", "<!doctype html>".repeat(1000))],
    ["GGUF", INVALID, "GGUF", () => file("model.gguf", `GGUF\x03\0\0\0${"\0".repeat(5000)}`)],
    ["an audio file", INVALID, "", () => samplesFile()],
  ])("%s", async (_, code, says, path) => {
    const error = await expectFailure(WhisperContext.create(path()), code as typeof INVALID);
    expect(error).toBeInstanceOf(WhisperModelError);
    expect(error.message).toContain(says);
    const bytes = says === "missing.bin" ? new Uint8Array() : readFileSync(path());
    await expectFailure(WhisperContext.create(bytes), INVALID);
  });
  const samplesFile = () =>
    file("audio.bin", Buffer.concat([Buffer.from("RIFF1234WAVEfmt "), Buffer.alloc(9999)]));

  it("a folder", async () => {
    const path = join(folder, "folder.bin");
    mkdirSync(path);
    const error = await expectFailure(WhisperContext.create(path), "ERR_WHISPER_MODEL_NOT_FOUND");
    expect(error).toBeInstanceOf(WhisperModelError);
  });

  it.runIf(process.platform !== "win32")("a FIFO: never waits for a writer", async () => {
    const path = join(folder, "fifo.bin");
    execFileSync("mkfifo", [path]);
    await expectFailure(WhisperContext.create(path), "ERR_WHISPER_MODEL_READ");
  });

  it.runIf(process.platform !== "win32")("an endless device", async () => {
    await expectFailure(WhisperContext.create("/dev/zero"), "ERR_WHISPER_MODEL_READ");
  });

  it("a name that isn't in the list, or whose file isn't there", async () => {
    await expectFailure(WhisperContext.create("no-such-model"), "ERR_WHISPER_MODEL_UNKNOWN");
    vi.stubEnv("STEADY_WHISPER_CACHE", folder);
    const error = await expectFailure(WhisperContext.create("tiny"), "ERR_WHISPER_MODEL_NOT_FOUND");
    expect(error.message).toContain("download tiny");
    vi.unstubAllEnvs();
  });

  it.each([null, 42, {}, [], "", "a\0b", new URL("https://example.org/model.bin")])(
    "%j: ERR_WHISPER_INVALID_ARG",
    async (model) => {
      await expectFailure(
        WhisperContext.create(model as string),
        "ERR_WHISPER_INVALID_ARG",
        /model/,
      );
    },
  );
});

// What crashed, hung or misled whisper.cpp's own loader, at the places where the file has it.
describe("a model file that was changed", () => {
  interface Mutant {
    title: string;
    /** [offset, int32] */
    edits?: [number, number][];
    keep?: number;
    append?: number;
  }
  const original = readFileSync(micro.q5_0);
  const vocabularyAt = 56 + 80 * 201 * 4;
  const tensorsAt = endOfVocabulary();

  const fields: [string, number, number[]][] = [
    ["magic", 0, [0, 0x46554747, 0x67676a74]],
    ["n_vocab", 4, [0, -1, 100, 51_863, 51_866, 51_864, 2 ** 31 - 1]],
    ["n_audio_ctx", 8, [0, -1, 1499, 3000, 2 ** 30]],
    ["n_audio_state", 12, [0, -64, 63, 128, 2 ** 30]],
    ["n_audio_head", 16, [0, -1, 3, 64, 2 ** 30]],
    ["n_audio_layer", 20, [0, -1, 3, 5, 6, 2 ** 30]],
    ["n_text_ctx", 24, [0, -1, 31, 448, 2 ** 30]],
    ["n_text_state", 28, [0, -1, 128, 2 ** 30]],
    ["n_text_head", 32, [0, -1, 3, 2 ** 30]],
    ["n_text_layer", 36, [0, -1, 2, 4, 2 ** 30]],
    ["n_mels", 40, [0, -1, 81, 128, 2 ** 30]],
    ["ftype", 44, [-1, 5, 100, 0, 1, 1_000_000, 2 ** 31 - 1]],
    ["filters.n_mel", 48, [0, -1, 81, 1000, 128]],
    ["filters.n_fft", 52, [0, -1, 400, 200, 2 ** 30]],
    ["the vocabulary's length", vocabularyAt, [0, -1, 51_866, 2_000_000_000, 60_000, 200]],
    ["the first word's length", vocabularyAt + 4, [-1, 100_000_000, 257, 2 ** 31 - 1]],
    ["the first tensor's dimensions", tensorsAt, [0, -1, 4, 5, 2 ** 30]],
    ["the first tensor's name length", tensorsAt + 4, [0, -1, 129, 2 ** 30]],
    ["the first tensor's type", tensorsAt + 8, [-1, 4, 1, 100, 1_000_000]],
    ["the first tensor's shape", tensorsAt + 12, [0, -1, 65, 2 ** 30]],
    ["the first tensor's name", tensorsAt + 20, [0, 0x41414141]],
  ];
  const mutants: Mutant[] = [
    ...fields.flatMap(([name, offset, values]) =>
      values.map((value) => ({
        title: `${name}: ${value}`,
        edits: [[offset, value]] as [number, number][],
      })),
    ),
    {
      title: "n_mels and filters.n_mel: 81",
      edits: [
        [40, 81],
        [48, 81],
      ],
    },
    {
      title: "filters 1000 x 201",
      edits: [
        [48, 1000],
        [52, 201],
      ],
    },
    {
      title: "filters 80 x 400",
      edits: [
        [48, 80],
        [52, 400],
      ],
    },
    {
      title: "heads 0, both",
      edits: [
        [16, 0],
        [32, 0],
      ],
    },
    {
      title: "states 0, both",
      edits: [
        [12, 0],
        [28, 0],
      ],
    },
    { title: "cut in the magic", keep: 3 },
    { title: "cut in the header", keep: 30 },
    { title: "cut in the filters", keep: 1000 },
    { title: "cut before the vocabulary", keep: vocabularyAt },
    { title: "cut within the vocabulary", keep: vocabularyAt + 1000 },
    { title: "cut between vocabulary and weights", keep: tensorsAt },
    { title: "cut after the first tensor's header", keep: tensorsAt + 60 },
    { title: "half of the file", keep: Math.floor(original.length / 2) },
    { title: "cut within the last tensor", keep: original.length - 50 },
    { title: "the last byte is missing", keep: original.length - 1 },
    { title: "a byte too many", append: 1 },
    { title: "a kilobyte too many", append: 1024 },
  ];

  let end: ChildEnd;
  beforeAll(async () => {
    end = await runInChild(
      async ({ lib, fs, micro, outcome, report, samplesOf, rss, collect }, args) => {
        const { folder, mutants } = args as { folder: string; mutants: Mutant[] };
        const original = fs.readFileSync(micro.q5_0);
        const load = (model: Uint8Array | string) =>
          outcome(
            lib.WhisperContext.create(model).then(async (context) => {
              await context.free();
              return "loaded";
            }),
          );
        for (const { edits, keep, append } of mutants) {
          let bytes = Buffer.from(original);
          for (const [offset, value] of edits ?? []) bytes.writeInt32LE(value, offset);
          if (keep !== undefined) bytes = bytes.subarray(0, keep);
          if (append !== undefined) bytes = Buffer.concat([bytes, Buffer.alloc(append)]);
          const path = `${folder}/mutant.bin`;
          fs.writeFileSync(path, bytes);
          report({ fromBytes: await load(bytes), fromPath: await load(path) });
        }
        const large = fs.readFileSync(micro.f16);
        const cut = `${folder}/cut.bin`;
        fs.writeFileSync(cut, large.subarray(0, large.length - 1));
        const sizes: number[] = [];
        for (let i = 0; i < 110; i++) {
          await load(cut);
          if (i % 10 === 9) {
            await collect();
            sizes.push(rss());
          }
        }
        const context = await lib.WhisperContext.create(micro.q5_0);
        const state = await context.createState();
        const { text } = await state.transcribe(samplesOf("en-00.wav"), { threads: 1 });
        await context.free();
        report({ sizes, text });
      },
      { args: { folder, mutants }, flags: ["--expose-gc"], timeoutMs: 120_000 },
    );
  }, 130_000);

  it.each(mutants.map(({ title }, index) => [title, index] as const))("%s", (title, index) => {
    const found = end.reports[index] as { fromBytes: Outcome; fromPath: Outcome } | undefined;
    if (!found)
      throw new Error(`the process ended before or in "${title}": ${JSON.stringify(end)}`);
    for (const outcome of [found.fromBytes, found.fromPath]) {
      expect(outcome).toMatchObject({ ok: false, code: INVALID, name: "WhisperModelError" });
    }
  });

  it("none of them ended the process, and 100 refusals before the load leave no memory behind", () => {
    expect(end).toMatchObject({ code: 0, signal: null, stdout: "", stderr: "" });
    const { sizes, text } = end.reports.at(-1) as { sizes: number[]; text: string };
    expect(text).toBe(FOUR);
    // After a warm-up of 10. The file has 8 MB: even every tenth of them would be 80 MB. Refused while it is walked, it
    // never has weights; the loads that are aborted (below) have.
    expect((sizes.at(-1) ?? Number.NaN) - (sizes[0] ?? Number.NaN)).toBeLessThan(40e6);
  });

  function endOfVocabulary(): number {
    let at = vocabularyAt + 4;
    for (let i = original.readInt32LE(vocabularyAt); i > 0; i--) at += 4 + original.readInt32LE(at);
    return at;
  }

  it("a weightless test model is refused, unless it is wanted", async () => {
    const weightless = original.subarray(0, tensorsAt);
    await expectFailure(WhisperContext.create(weightless), INVALID, /no weights/);
    const context = await WhisperContext.create(weightless, { allowWeightless: true });
    expect(context.info.model).toMatchObject({ type: "micro", weightsBytes: 0 });
    const { segments } = await withState(context, (state) =>
      state.transcribe(speech, { threads: 1 }),
    );
    expect(segments).toEqual([]);
    await context.free();
  });

  // Nothing in such a file contradicts them: they must be survived, if they aren't refused.
  it.each([
    ["n_audio_layer", 20, 6],
    ["n_audio_layer", 20, 5],
    ["n_text_layer", 36, 2],
    ["n_text_layer", 36, 12],
    ["ftype", 44, 0],
    ["ftype", 44, 1],
    ["ftype", 44, 7],
  ])(
    "a weightless model with another %s (%i: %i) is refused, or says nothing",
    async (_, at, value) => {
      const weightless = Buffer.from(original.subarray(0, tensorsAt));
      weightless.writeInt32LE(value, at);
      let context: WhisperContext;
      try {
        context = await WhisperContext.create(weightless, { allowWeightless: true });
      } catch (error) {
        expect(error).toMatchObject({ code: INVALID });
        return;
      }
      const { segments } = await withState(context, (state) =>
        state.transcribe(speech, { threads: 1 }),
      );
      expect(segments).toEqual([]);
      await context.free();
    },
  );
});

describe("a dtw preset", () => {
  const one = { threads: 1, maxTokens: 8, temperatureIncrement: 0 };

  it("of the model that it was made for works", async () => {
    const model = randomModel("tiny");
    const context = await WhisperContext.create(model, { backend: "cpu", dtw: "tiny" });
    expect(context.info).toMatchObject({ dtw: true, model: { type: "tiny" } });
    const { segments } = await withState(context, (state) => state.transcribe(speech, one));
    const times = segments.flatMap(({ tokens }) => tokens.flatMap(({ dtwMs }) => dtwMs ?? []));
    expect(times.length).toBeGreaterThan(0);
    expect(Math.min(...times)).toBeGreaterThanOrEqual(0);
    await context.free();
  });

  it.each(["none", "large.v3", "base", "tiny.en"])("%s is refused for tiny", async (dtw) => {
    const loading = WhisperContext.create(randomModel("tiny"), { backend: "cpu", dtw });
    await expectFailure(loading, "ERR_WHISPER_INVALID_ARG", /dtw/);
  });
});

describe("options", () => {
  it("a backend or device that isn't there is an error, never a silent CPU", async () => {
    const { devices } = systemInfo();
    for (const backend of ["cuda", "metal", "vulkan"] as const) {
      if (devices.some((device) => device.backend === backend)) continue;
      const error = await expectFailure(
        WhisperContext.create(undefined, { backend }),
        "ERR_WHISPER_BACKEND_UNAVAILABLE",
      );
      expect(error.message).toContain(backend);
      expect(error.message).toContain("cpu 0");
    }
    for (const backend of ["cpu", "auto"] as const) {
      const loading = WhisperContext.create(undefined, { backend, device: 5 });
      await expectFailure(loading, "ERR_WHISPER_BACKEND_UNAVAILABLE");
    }
    const context = await WhisperContext.create();
    const gpu = devices.find((device) => device.gpu);
    expect(context.info.device).toEqual(gpu ?? devices.find(({ backend }) => backend === "cpu"));
    await context.free();
  });

  it.each<[string, object]>([
    ["backend", { backend: "gpu" }],
    ["backend", { backend: 1 }],
    ["device", { device: -1 }],
    ["device", { device: 0.5 }],
    ["device", { device: "0" }],
    ["device", { device: Number.NaN }],
    ["flashAttention", { flashAttention: 1 }],
    ["allowWeightless", { allowWeightless: "yes" }],
    ["onLog", { onLog: {} }],
    ["signal", { signal: {} }],
    ["dtw", { dtw: null }],
    ["dtw", { dtw: {} }],
    ["dtw", { dtw: { heads: [] } }],
    ["dtw", { dtw: { topLayers: 1, heads: [{ layer: 1, head: 0 }] } }],
    ["dtw", { dtw: { topLayers: 1, memSize: 1 } }],
    ["dtw", { dtw: { heads: [{ layer: 1, head: 0, weight: 1 }] } }],
    ["dtw", { dtw: { heads: [null] } }],
    ["dtw", { dtw: { heads: [{ layer: -1, head: 0 }] } }],
    ["dtw", { dtw: { heads: [{ layer: 0.5, head: 0 }] } }],
    ["dtw", { dtw: { topLayers: 0 } }],
    ["dtw", { dtw: { topLayers: Number.POSITIVE_INFINITY } }],
    ["nothing", { nothing: 1 }],
    ["options", null as unknown as object],
  ])("%s: %j is ERR_WHISPER_INVALID_ARG", async (name, options) => {
    const error = await expectFailure(
      WhisperContext.create(undefined, options),
      "ERR_WHISPER_INVALID_ARG",
    );
    expect(error.message).toContain(name);
  });
});

describe("a signal", () => {
  it("that is aborted already", async () => {
    const reason = new Error("too late");
    const loading = WhisperContext.create(undefined, { signal: AbortSignal.abort(reason) });
    const error = await expectFailure(loading, "ERR_WHISPER_ABORTED");
    expect(error.cause).toBe(reason);
    expect(error.name).toBe("AbortError");
  });

  it("that aborts while a model is loaded ends that at once", async () => {
    const model = randomModel("base");
    const loads: number[] = [];
    const ends: number[] = [];
    for (let i = 0; i < 7; i++) {
      const whole = await WhisperContext.create(model, { backend: "cpu" });
      loads.push(whole.info.loadMs);
      await whole.free();
      const controller = new AbortController();
      let aborted = Number.NaN;
      const loading = WhisperContext.create(model, {
        ...{ backend: "cpu", signal: controller.signal },
        onLog: ({ text }) => {
          // Its memory is there; 147 MB of weights, nearly all of the work, are to come.
          if (!text.includes("total size")) return;
          aborted = performance.now();
          controller.abort(i);
        },
      });
      const error = await expectFailure(loading, "ERR_WHISPER_ABORTED");
      ends.push(performance.now() - aborted);
      expect(error.cause).toBe(i);
    }
    console.log(`load: ${rounded(loads)} ms; abort to end: ${rounded(ends)} ms`);
    expect(median(ends)).toBeLessThan(median(loads) / 3);
  });

  it("that aborts after the load does nothing", async () => {
    const controller = new AbortController();
    const context = await WhisperContext.create(undefined, { signal: controller.signal });
    controller.abort();
    expect(await textOf(context)).toBe(FOUR);
  });

  it.runIf(isLinux)(
    "100 loads that are aborted in their midst leave no weights behind",
    async () => {
      const model = randomModel("tiny");
      const end = await runInChild(
        async ({ lib, rss, report, collect }, args) => {
          const sizes: number[] = [];
          let aborted = 0;
          for (let i = 0; i < 110; i++) {
            const controller = new AbortController();
            const loading = lib.WhisperContext.create(args as string, {
              signal: controller.signal,
            });
            setTimeout(() => controller.abort(), i % 20);
            try {
              await (await loading).free();
            } catch (error) {
              aborted += (error as { code?: string }).code === "ERR_WHISPER_ABORTED" ? 1 : 0;
            }
            if (i % 10 === 9) {
              await collect();
              sizes.push(rss());
            }
          }
          report({ sizes, aborted });
        },
        { args: model, flags: ["--expose-gc"] },
      );
      expect(end).toMatchObject({ code: 0, signal: null, stdout: "", stderr: "" });
      const { sizes, aborted } = end.reports[0] as { sizes: number[]; aborted: number };
      expect(aborted).toBeGreaterThan(20);
      // 74 MB of weights each.
      expect((sizes.at(-1) ?? Number.NaN) - (sizes[0] ?? Number.NaN)).toBeLessThan(74e6);
    },
  );
});

function rounded(values: readonly number[]): string {
  return values.map((value) => value.toFixed(0)).join(", ");
}
