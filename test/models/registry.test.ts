import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { checkOf, findModel, MODELS } from "../../lib/models/registry.js";

const SCRIPTS = new URL(
  "../../node_modules/nodejs-whisper/cpp/whisper.cpp/models/",
  import.meta.url,
);

/** The names in one of whisper.cpp's download scripts. */
function namesIn(script: string): string[] {
  const text = readFileSync(new URL(script, SCRIPTS), "utf8");
  return /^models="([^"]+)"/m.exec(text)?.[1]?.split(/\s+/) ?? [];
}

test("the list is whisper.cpp's own", () => {
  const names = (kind: string) => MODELS.filter((m) => m.kind === kind).map(({ name }) => name);
  expect(names("whisper").sort()).toEqual(namesIn("download-ggml-model.sh").sort());
  expect(names("vad").sort()).toEqual(namesIn("download-vad-model.sh").sort());
});

test("the SHA-1 values are whisper.cpp's own", () => {
  const readme = readFileSync(new URL("README.md", SCRIPTS), "utf8");
  const rows = [...readme.matchAll(/^\| (\S+) +\| [^|]+ \| `([0-9a-f]{40})` \|$/gm)];
  expect(rows.length).toBeGreaterThan(10);
  for (const [, name = "", sha1] of rows)
    expect([name, findModel(name)?.sha1]).toEqual([name, sha1]);
});

test("every model has a plain address, a size and a hash", () => {
  for (const model of MODELS) {
    expect(model).toMatchObject({
      file: `ggml-${model.name}.bin`,
      repository: expect.stringMatching(/^[\w-]+\/[\w.-]+$/),
      sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    expect(checkOf(model)).toBe("sha256");
  }
  const distinct = (values: unknown[]) => expect(new Set(values).size).toBe(MODELS.length);
  distinct(MODELS.map(({ name }) => name));
  distinct(MODELS.map(({ sha256 }) => sha256));
});

test("a real VAD model has the size and hash of the list", ({ skip }) => {
  const file = new URL("../../../shared/models/for-tests-silero-v6.2.0-ggml.bin", import.meta.url);
  if (!existsSync(fileURLToPath(file))) {
    console.warn("SKIPPED: no real VAD model beside the repository");
    skip("no real VAD model here");
  }
  const bytes = readFileSync(file);
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  expect(findModel("silero-v6.2.0")).toMatchObject({ sizeBytes: bytes.length, sha256 });
});

// The file format says how large each model is, but for the bytes of its vocabulary. There are only two of
// those, English and multilingual, so a wrong size anywhere in the list stands out.
describe("sizes follow from the architecture", () => {
  // Width, encoder layers, decoder layers.
  const SHAPES: Record<string, [number, number, number]> = {
    tiny: [384, 4, 4],
    base: [512, 6, 6],
    small: [768, 12, 12],
    medium: [1024, 24, 24],
    "large-v1": [1280, 32, 32],
    "large-v2": [1280, 32, 32],
    "large-v3": [1280, 32, 32],
    "large-v3-turbo": [1280, 32, 4],
  };
  const BYTES_PER_WEIGHT: Record<string, number> = {
    f16: 2,
    q5_0: 22 / 32,
    q5_1: 24 / 32,
    q8_0: 34 / 32,
  };
  const MULTILINGUAL = 508_085;
  const ENGLISH = 521_855;

  function expectedBytes(name: string): number {
    const [, base = "", english, format = "f16"] =
      /^(.+?)(\.en)?(?:-tdrz)?(?:-(q\d_\d))?$/.exec(name) ?? [];
    const [width, encoders, decoders] = SHAPES[base] ?? [0, 0, 0];
    const mels = base.startsWith("large-v3") ? 128 : 80;
    const tokens = english ? 51_864 : mels === 80 ? 51_865 : 51_866;
    const record = (key: string, dims: number[], each: number) =>
      12 + 4 * dims.length + key.length + dims.reduce((a, b) => a * b) * each;
    const vector = (key: string, length = width) => record(key, [length], 4);
    const matrix = (key: string, ...dims: number[]) =>
      record(key, dims, BYTES_PER_WEIGHT[format] ?? Number.NaN);
    const plain = (key: string, ...dims: number[]) => record(key, dims, 4);
    const half = (key: string, ...dims: number[]) => record(key, dims, 2);

    function layer(key: string, attentions: string[]): number {
      let sum = 0;
      for (const attention of attentions.map((kind) => `${key}.${kind}`)) {
        for (const part of ["query", "value", "out"]) {
          sum += matrix(`${attention}.${part}.weight`, width, width);
          sum += vector(`${attention}.${part}.bias`);
        }
        sum += matrix(`${attention}.key.weight`, width, width);
        sum += vector(`${attention}_ln.weight`) + vector(`${attention}_ln.bias`);
      }
      sum +=
        matrix(`${key}.mlp.0.weight`, 4 * width, width) + vector(`${key}.mlp.0.bias`, 4 * width);
      sum += matrix(`${key}.mlp.2.weight`, 4 * width, width) + vector(`${key}.mlp.2.bias`);
      return sum + vector(`${key}.mlp_ln.weight`) + vector(`${key}.mlp_ln.bias`);
    }

    let sum = 4 + 11 * 4 + 8 + mels * 201 * 4 + 4; // Magic, header, filters, length of the vocabulary.
    sum += plain("encoder.positional_embedding", 1500, width);
    sum += half("encoder.conv1.weight", 3, mels, width) + plain("encoder.conv1.bias", 1, width);
    sum += half("encoder.conv2.weight", 3, width, width) + plain("encoder.conv2.bias", 1, width);
    for (let i = 0; i < encoders; i++) sum += layer(`encoder.blocks.${i}`, ["attn"]);
    sum += vector("encoder.ln_post.weight") + vector("encoder.ln_post.bias");
    sum += plain("decoder.positional_embedding", 448, width);
    sum += matrix("decoder.token_embedding.weight", tokens, width);
    for (let i = 0; i < decoders; i++) sum += layer(`decoder.blocks.${i}`, ["attn", "cross_attn"]);
    sum += vector("decoder.ln.weight") + vector("decoder.ln.bias");
    // The tinydiarize conversion lacks one token: a length and "<|endoftext|>".
    return sum + (english ? ENGLISH : MULTILINGUAL) - (name.endsWith("-tdrz") ? 4 + 13 : 0);
  }

  test.each(MODELS.filter(({ kind }) => kind === "whisper").map((m) => [m.name, m.sizeBytes]))(
    "%s: %i bytes",
    (name, sizeBytes) => {
      expect(sizeBytes).toBe(expectedBytes(String(name)));
    },
  );
});
