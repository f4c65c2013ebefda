// Real speech: the sample that whisper.cpp's source has.

import { existsSync } from "node:fs";
import path from "node:path";
import { findWhisperSource } from "../../scripts/native/paths.mjs";

/** Path of a WAV file of 11 s: 16 kHz, mono, 16 bits. */
export function speech() {
  const source = findWhisperSource();
  const files = ["samples/jfk.wav", "bindings/go/samples/jfk.wav"].map((file) =>
    path.join(source, file),
  );
  const file = files.find((one) => existsSync(one));
  if (file === undefined) throw new Error(`there is none of ${files.join(", ")}`);
  return file;
}
