import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { types } from "node:util";
import { KeptModel } from "../../engine/kept-model.js";
import type { Recording } from "./audio-files.js";
import { type DiagnoseSettings, isAddon } from "./settings.js";

/** What makes two starts the same run: digests by what they are of. */
export type Fingerprint = Readonly<Record<string, string>>;

/** Reads the models' files whole. */
export async function fingerprintOf(
  { model, compareWith, context, decoding, engine }: DiagnoseSettings,
  recordings: readonly Recording[],
  versions: Readonly<Record<string, string>>,
): Promise<Fingerprint> {
  return {
    model: await digestOfModel(model),
    audio: digestOf(recordings.map(({ samples }) => samples)),
    options: digestOf([JSON.stringify([context, sorted(decoding), sorted(engine.env)])]),
    compareWith: compareWith === undefined ? "" : await digestOfOther(compareWith),
    versions: JSON.stringify(versions),
  };
}

/** The names of what differs. */
export function differences(a: Fingerprint, b: Fingerprint): string[] {
  return [...new Set([...Object.keys(a), ...Object.keys(b)])].filter((key) => a[key] !== b[key]);
}

function sorted(values: object): [string, unknown][] {
  return Object.entries(values).sort(([a], [b]) => (a < b ? -1 : 1));
}

function digestOfOther(compareWith: string): Promise<string> {
  return isAddon(compareWith) ? digestOfFile(compareWith) : digestOfModel(compareWith);
}

async function digestOfModel(model: DiagnoseSettings["model"]): Promise<string> {
  const source = await new KeptModel(model).source();
  return types.isUint8Array(source) ? digestOf([source]) : digestOfFile(source as string);
}

async function digestOfFile(path: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(path)) hash.update(chunk as Uint8Array);
  return hash.digest("hex");
}

function digestOf(parts: readonly (string | Uint8Array | Float32Array)[]): string {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part);
  return hash.digest("hex");
}
