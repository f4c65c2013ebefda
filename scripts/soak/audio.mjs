// The audio of a job in the form in which it is handed over.

import { readFileSync } from "node:fs";
import path from "node:path";
import { Readable } from "node:stream";
import { setTimeout } from "node:timers/promises";
import { loadAudio } from "../../dist/index.js";
import { audioFolder } from "./works.mjs";

/** All that a work's audio can be made of. Loaded once for all jobs: what each needs anew would only be noise of the heap. */
export async function loadMaterial(work) {
  if (work.make) return { samples: work.make(), bytes: work.make() };
  const file = path.join(audioFolder, work.file);
  const samples = await loadAudio(file);
  return { file, bytes: readFileSync(file), samples };
}

/** `share`, 0 to 1: where a stream is cut into two pieces. */
export function audioOf({ file, bytes, samples }, form, share) {
  if (form === "path") return file;
  if (form === "bytes") return bytes;
  if (form === "samples") return samples;
  if (form === "described") return { samples, sampleRate: 16_000, channels: 1 };
  const pieces = piecesOf(bytes, share);
  if (form === "stream") return Readable.from(pieces);
  if (form === "web stream") return Readable.toWeb(Readable.from(pieces));
  return pieces;
}

async function* piecesOf(bytes, share) {
  const cut = Math.round(share * bytes.length);
  yield bytes.subarray(0, cut);
  await setTimeout(Math.round(5 * share));
  yield bytes.subarray(cut);
}
