import { WHISPER_SAMPLE_RATE } from "./validate.js";

/** 440 Hz at a tenth of full scale, mono at 16 kHz: sound without speech. */
export function tone(seconds: number): Float32Array {
  return Float32Array.from(
    { length: seconds * WHISPER_SAMPLE_RATE },
    (_, i) => 0.1 * Math.sin((2 * Math.PI * 440 * i) / WHISPER_SAMPLE_RATE),
  );
}
