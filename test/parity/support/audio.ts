import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { loadAudio } from "../../../lib/index.js";
import { AUDIO } from "./programs.js";

/** Every file of models/micro/test-audio. */
export const audioFiles = readdirSync(AUDIO)
  .filter((name) => name !== "refs.json")
  .sort();

const refs: Record<string, { language?: string }> = JSON.parse(
  readFileSync(join(AUDIO, "refs.json"), "utf8"),
);

export function pathOf(name: string): string {
  return join(AUDIO, name);
}

/** The language that is spoken; English where nothing is. */
export function languageOf(name: string): string {
  return refs[name]?.language ?? "en";
}

const loaded = new Map<string, Promise<Float32Array>>();

/** The samples that both sides get: decoded once, by this library. */
export function samplesOf(name: string): Promise<Float32Array> {
  let samples = loaded.get(name);
  if (samples === undefined) {
    samples = loadAudio(pathOf(name));
    loaded.set(name, samples);
  }
  return samples;
}
