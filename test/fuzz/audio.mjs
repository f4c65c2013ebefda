// Audio of every kind: a fifth of a second of samples, encoded files with changed bytes, and what only looks like it.

import { readdirSync, readFileSync } from "node:fs";
import { Readable } from "node:stream";
import fc from "fast-check";
import { anything, number, Planted, text } from "./values.mjs";

const seeds = new URL("../../native/fuzz/corpus/audio_decode/", import.meta.url);
const files = readdirSync(seeds)
  .sort()
  .map((name) => readFileSync(new URL(name, seeds)));

/** "four" */
export const spoken = samplesOf(
  new URL("../../models/micro/test-audio/en-00.wav", import.meta.url),
);

/** Samples of a plain 16-bit WAV. */
function samplesOf(file) {
  const bytes = readFileSync(file);
  return Float32Array.from(
    { length: (bytes.length - 44) / 2 },
    (_, i) => bytes.readInt16LE(44 + 2 * i) / 32_768,
  );
}

const wrongSample = fc.constantFrom(Number.NaN, Infinity, -Infinity, 1e30, 1001, -1000, 1e-40);

/** Mono samples at 16 kHz. */
export const samples = fc
  .tuple(
    fc.constantFrom(0, 1, 199, 400, 1599, 1640, 3200, 3200, 3200),
    fc.integer({ min: 0, max: 9000 }),
    fc.option(wrongSample, { freq: 12 }),
    fc.nat(3199),
  )
  .map(([length, from, wrong, at]) => {
    const part = spoken.slice(from, from + length);
    if (wrong !== null && at < part.length) part[at] = wrong;
    return part;
  });

const integers = fc.array(fc.integer({ min: -32_768, max: 32_767 }), { maxLength: 600 });

const change = fc.tuple(
  fc.constantFrom("set", "set", "set", "cut", "insert", "remove"),
  fc.nat(12_000),
  fc.integer({ min: 0, max: 255 }),
);

/** Bytes of a file, with some changed. */
export const fileBytes = fc
  .tuple(fc.constantFrom(...files), fc.array(change, { maxLength: 6 }))
  .map(([file, changes]) => changes.reduce(changed, Uint8Array.from(file)));

/** `bytes` with one change; `at` is taken modulo the length. */
export function changed(bytes, [what, at, value]) {
  const place = bytes.length === 0 ? 0 : at % bytes.length;
  if (what === "cut") return bytes.slice(0, place);
  if (what === "insert") return concat(bytes.slice(0, place), [value], bytes.slice(place));
  if (what === "remove") return concat(bytes.slice(0, place), bytes.slice(place + value));
  if (bytes.length > 0) bytes[place] = value;
  return bytes;
}

function concat(...parts) {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

const pcmField = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(1, 2, 8000, 16_000, 44_100, 48_000) },
  { weight: 1, arbitrary: number },
  { weight: 1, arbitrary: anything },
);

const pcm = fc.record(
  {
    samples: fc.oneof(
      samples,
      integers.map((list) => Int16Array.from(list)),
      anything,
    ),
    sampleRate: pcmField,
    channels: pcmField,
  },
  { requiredKeys: ["samples"] },
);

async function* chunksOf(chunks, fails) {
  yield* chunks;
  if (fails) throw new Planted("planted");
}

const chunk = fc.oneof({ weight: 5, arbitrary: fileBytes }, { weight: 1, arbitrary: anything });
const streams = fc
  .tuple(
    fc.array(chunk, { maxLength: 3 }),
    fc.boolean(),
    fc.constantFrom("iterable", "node", "web", "broken"),
  )
  .map(([chunks, fails, kind]) => {
    if (kind === "iterable") return chunksOf(chunks, fails);
    if (kind === "node") return Readable.from(chunksOf(chunks, fails), { objectMode: true });
    if (kind === "web") return webStream(chunks, fails);
    let left = 50;
    return {
      [Symbol.asyncIterator]: () => ({
        next: () => ({ done: fails || --left < 0, value: chunks[0] }),
      }),
    };
  });

function webStream(chunks, fails) {
  return new ReadableStream({
    start(controller) {
      for (const one of chunks) controller.enqueue(one);
      if (fails) controller.error(new Planted("planted"));
      else controller.close();
    },
  });
}

const paths = fc.oneof(
  text.map((name) => `/nonexistent/${name}`),
  fc.constantFrom("", "\0", ".", "/", "/dev/null", "/dev/zero", "/proc/self/mem", "https://x/y"),
  fc.constantFrom("file:///nonexistent", "file://host/x", "data:,x", "file:///%00").map(url),
);

function url(href) {
  return new URL(href);
}

/** Memory that changes hands, is shared, or shrinks. */
const memory = fc
  .tuple(samples, fc.constantFrom("detached", "shared", "shrunk", "offset", "buffer"))
  .map(([array, kind]) => {
    if (kind === "buffer") return array.buffer;
    if (kind === "detached") {
      structuredClone(array.buffer, { transfer: [array.buffer] });
      return array;
    }
    if (kind === "offset") return array.subarray(Math.min(3, array.length));
    if (kind === "shared") {
      const shared = new Float32Array(new SharedArrayBuffer(array.byteLength));
      shared.set(array);
      return shared;
    }
    const shrinking = new ArrayBuffer(array.byteLength, { maxByteLength: array.byteLength + 64 });
    const view = new Float32Array(shrinking, 0, array.length);
    view.set(array);
    shrinking.resize(Math.floor(array.byteLength / 2));
    return view;
  });

/** Anything that may be given as audio. */
export const audio = fc.oneof(
  { weight: 6, arbitrary: samples },
  { weight: 6, arbitrary: fileBytes },
  { weight: 3, arbitrary: pcm },
  { weight: 2, arbitrary: memory },
  { weight: 2, arbitrary: streams },
  { weight: 1, arbitrary: fileBytes.map((bytes) => bytes.buffer) },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 300 }) },
  { weight: 1, arbitrary: integers.map((list) => Int16Array.from(list)) },
  { weight: 1, arbitrary: paths },
  { weight: 1, arbitrary: anything },
);
