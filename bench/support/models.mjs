// Models and audio that no download is needed for.

import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import path from "node:path";
import { root } from "./environment.mjs";
import { mulberry32 } from "./statistics.mjs";

/** Path of a model with the dimensions of a released one ("tiny", "base") and random weights. */
export function randomModel(size) {
  const program = path.join(root, "bench/support/random-model.mjs");
  return execFileSync(process.execPath, [program, size]).toString();
}

export function describeModel(size) {
  return `${size} dimensions, random weights, f16`;
}

/** Noise that swells: random weights hallucinate over anything. */
export function swellingNoise(seconds, seed) {
  const random = mulberry32(seed);
  return Float32Array.from(
    { length: seconds * 16_000 },
    (_, i) => 0.3 * Math.sin(i / 8000) * (2 * random() - 1),
  );
}

/** A mono WAV file of 16 kHz, as floats. */
export function writeWav(file, samples) {
  const header = Buffer.alloc(44);
  header.write("RIFF", 0);
  header.writeUInt32LE(36 + samples.byteLength, 4);
  header.write("WAVEfmt ", 8);
  header.writeUInt32LE(16, 16); // bytes of what follows, up to "data"
  header.writeUInt16LE(3, 20); // IEEE float
  header.writeUInt16LE(1, 22); // channels
  header.writeUInt32LE(16_000, 24);
  header.writeUInt32LE(16_000 * 4, 28);
  header.writeUInt16LE(4, 32);
  header.writeUInt16LE(32, 34);
  header.write("data", 36);
  header.writeUInt32LE(samples.byteLength, 40);
  const data = Buffer.from(samples.buffer, samples.byteOffset, samples.byteLength);
  writeFileSync(file, Buffer.concat([header, data]));
}

/** What two runs of a job must have in common. */
export function idsOf({ segments }) {
  return segments.flatMap(({ tokens }) => tokens.map(({ id }) => id)).join(" ");
}
