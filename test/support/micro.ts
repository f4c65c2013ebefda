import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** The embedded model, in each of its types. */
export const micro = {
  q5_0: inMicro("micro-q5_0.bin"),
  q8_0: inMicro("micro-q8_0.bin"),
  f16: inMicro("micro-f16.bin"),
};

/** What a test recording says. */
export interface Reference {
  language: string | null;
  text: string;
  words: string[];
  /** start s, end s, text */
  phrases: [number, number, string][];
  duration: number;
  copy_of?: string;
  /** Such as "f16 greedy", "q5_0 beam5, no context". */
  exact_with: string[];
}

export const references: Readonly<Record<string, Reference>> = JSON.parse(
  readFileSync(inMicro("test-audio/refs.json"), "utf8"),
);

export function reference(name: string): Reference {
  const found = references[name];
  if (!found) throw new Error(`refs.json has no ${name}`);
  return found;
}

export function audioPath(name: string): string {
  return inMicro(`test-audio/${name}`);
}

/** Samples of a plain 16 kHz mono 16-bit WAV with a 44-byte header, in [-1, 1]. */
export function samplesOf(name: string): Float32Array {
  const file = readFileSync(audioPath(name));
  const plain =
    file.toString("latin1", 36, 40) === "data" &&
    file.readUInt16LE(22) === 1 &&
    file.readUInt32LE(24) === 16_000 &&
    file.readUInt16LE(34) === 16;
  if (!plain) throw new Error(`${name} is not plain 16-bit mono at 16 kHz`);
  return Float32Array.from(
    { length: (file.length - 44) / 2 },
    (_, index) => file.readInt16LE(44 + 2 * index) / 32768,
  );
}

export function silence(seconds: number): Float32Array {
  return new Float32Array(Math.round(seconds * 16_000));
}

/** Noise that is the same in every run. */
export function noise(seconds: number, amplitude: number, seed = 1): Float32Array {
  let state = seed;
  return Float32Array.from({ length: Math.round(seconds * 16_000) }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    return (state / 2 ** 31) * amplitude;
  });
}

export function joined(...parts: Float32Array[]): Float32Array {
  const whole = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

export function wordsOf(text: string): string[] {
  return text.split(/\s+/).filter(Boolean);
}

function inMicro(path: string): string {
  return fileURLToPath(new URL(`../../models/micro/${path}`, import.meta.url));
}
