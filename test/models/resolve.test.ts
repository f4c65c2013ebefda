import { mkdirSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { isAbsolute, join, resolve } from "node:path";
import { afterEach, describe, expect, test, vi } from "vitest";
import {
  cacheDirectory,
  downloadModel,
  embeddedModelPath,
  listModels,
  modelPath,
  resolveModel,
} from "../../lib/models/index.js";
import { useFolder } from "./support/folder.js";

const folder = useFolder();
const TINY_BYTES = 77_691_713;
afterEach(() => {
  vi.unstubAllEnvs();
});

/** A file of that size that takes no room. */
function sparse(name: string, sizeBytes: number): string {
  const path = join(folder.path, name);
  writeFileSync(path, "");
  truncateSync(path, sizeBytes);
  return path;
}

describe("the cache folder", () => {
  test("is the option, then STEADY_WHISPER_CACHE, then the platform's", () => {
    vi.stubEnv("STEADY_WHISPER_CACHE", "relative/cache");
    expect(cacheDirectory("/else/where")).toBe(resolve("/else/where"));
    expect(cacheDirectory()).toBe(resolve("relative/cache"));
    vi.stubEnv("STEADY_WHISPER_CACHE", "");
    const platform = cacheDirectory();
    expect(isAbsolute(platform)).toBe(true);
    expect(platform).toMatch(/steady-whisper.*models$/);
  });

  test.runIf(process.platform === "linux")("follows XDG_CACHE_HOME", async () => {
    vi.stubEnv("STEADY_WHISPER_CACHE", "");
    vi.stubEnv("XDG_CACHE_HOME", "/x/cache");
    expect(cacheDirectory()).toBe("/x/cache/steady-whisper/models");
  });

  test.each(["", "a\0b", 5])("refuses %j", (bad) => {
    expect(() => cacheDirectory(bad as string)).toThrow(
      expect.objectContaining({ code: "ERR_WHISPER_INVALID_ARG", argument: "cacheDir" }),
    );
  });
});

describe("the embedded model", () => {
  test("is a real ggml model, and what undefined and its name stand for", async () => {
    const path = embeddedModelPath();
    expect(readFileSync(path).readUInt32LE(0)).toBe(0x67676d6c);
    expect(await resolveModel()).toBe(path);
    expect(await resolveModel("micro")).toBe(path);
    expect(modelPath("micro")).toBe(path);
  });

  test("needs no download", async () => {
    const fetch = () => Promise.reject(new Error("asked"));
    expect(await downloadModel("micro", { fetch })).toBe(embeddedModelPath());
  });
});

describe("resolveModel", () => {
  const cacheDir = () => ({ cacheDir: folder.path });

  test("a known name that is in the cache", async () => {
    const path = sparse("ggml-tiny.bin", TINY_BYTES);
    expect(await resolveModel("tiny", cacheDir())).toBe(path);
  });

  test("a known name that is not: names the command", async () => {
    await expect(resolveModel("base.en", cacheDir())).rejects.toMatchObject({
      code: "ERR_WHISPER_MODEL_NOT_FOUND",
      message: expect.stringContaining("steady-whisper models download base.en"),
    });
  });

  test("a known name with half a file: says so", async () => {
    sparse("ggml-tiny.bin", 1000);
    await expect(resolveModel("tiny", cacheDir())).rejects.toMatchObject({
      code: "ERR_WHISPER_MODEL_NOT_FOUND",
      message: expect.stringContaining(`1000 bytes instead of ${TINY_BYTES}`),
    });
  });

  test.each(["./m", "../m", "a/b", "C:\\m.bin", "model.bin", "M.GGUF", "/nowhere", "~/m"])(
    "%j looks like a path and stays as it is",
    async (path) => {
      expect(await resolveModel(path)).toBe(path);
    },
  );

  test("an existing file comes before a name, a folder does not", async () => {
    const before = process.cwd();
    const path = sparse("ggml-base.bin", 147_951_465);
    mkdirSync(join(folder.path, "base"));
    writeFileSync(join(folder.path, "my-model"), "x");
    try {
      process.chdir(folder.path);
      expect(await resolveModel("my-model", cacheDir())).toBe("my-model");
      expect(await resolveModel("base", cacheDir())).toBe(path);
    } finally {
      process.chdir(before);
    }
  });

  test("an unknown name: names what is near", async () => {
    await expect(resolveModel("base.de")).rejects.toMatchObject({
      code: "ERR_WHISPER_MODEL_UNKNOWN",
      message: expect.stringContaining("base.en"),
    });
    expect(() => modelPath("huge")).toThrow(
      expect.objectContaining({ code: "ERR_WHISPER_MODEL_UNKNOWN" }),
    );
  });

  test.each(["", "a\0b", 3, null])("refuses %j", async (bad) => {
    await expect(resolveModel(bad as string)).rejects.toMatchObject({
      code: "ERR_WHISPER_INVALID_ARG",
    });
  });
});

describe("options that are none", () => {
  const failure = { code: "ERR_WHISPER_INVALID_ARG", argument: "options" };
  const calls: [string, (options: never) => unknown][] = [
    ["listModels", (options) => listModels(options)],
    ["modelPath", async (options) => modelPath("tiny", options)],
    ["resolveModel", (options) => resolveModel("tiny", options)],
    ["resolveModel without a name", (options) => resolveModel(undefined, options)],
    ["downloadModel", (options) => downloadModel("tiny", options)],
    ["downloadModel of what is here", (options) => downloadModel("micro", options)],
  ];
  test.each(calls)("%s: refuses null, a string and a number", async (_name, call) => {
    for (const options of [null, "/some/folder", 5]) {
      await expect(call(options as never)).rejects.toMatchObject(failure);
    }
  });
});

test("listModels says where downloads come from", async () => {
  const urlOf = async (endpoint?: string) => {
    const listed = await listModels(endpoint === undefined ? {} : { endpoint });
    return listed.find(({ name }) => name === "base.en")?.url;
  };
  const file = "ggerganov/whisper.cpp/resolve/main/ggml-base.en.bin";
  vi.stubEnv("HF_ENDPOINT", "");
  expect(await urlOf()).toBe(`https://huggingface.co/${file}`);
  vi.stubEnv("HF_ENDPOINT", "https://mirror.example/hf/");
  expect(await urlOf()).toBe(`https://mirror.example/hf/${file}`);
  expect(await urlOf("http://127.0.0.1:8080")).toBe(`http://127.0.0.1:8080/${file}`);
  const [micro] = await listModels();
  expect(micro).toMatchObject({ name: "micro", url: null, sha256: null });
  await expect(urlOf("ftp://mirror.example")).rejects.toMatchObject({
    code: "ERR_WHISPER_INVALID_ARG",
    argument: "endpoint",
  });
});

test("listModels says what the cache has", async () => {
  sparse("ggml-tiny.bin", TINY_BYTES);
  sparse("ggml-base.bin", 5);
  sparse("ggml-small.bin.part", 5);
  const listed = await listModels({ cacheDir: folder.path });
  const states = Object.fromEntries(listed.map(({ name, state }) => [name, state]));
  expect(states).toMatchObject({
    micro: "embedded",
    tiny: "ready",
    base: "damaged",
    small: "partial",
    medium: "absent",
  });
  expect(listed.find(({ name }) => name === "tiny")).toMatchObject({
    kind: "whisper",
    check: "sha256",
    repository: "ggerganov/whisper.cpp",
    path: join(folder.path, "ggml-tiny.bin"),
  });
  expect(listed.find(({ name }) => name === "silero-v6.2.0")?.kind).toBe("vad");
});
