import type { WhisperState } from "../../../lib/index.js";
import { samplesOf } from "./audio.js";

/** Leaves traces in everything that a job can leave traces in. `audioContext`: 0 where the context allows no other. */
export async function makeDirty(state: WhisperState, audioContext = 300): Promise<void> {
  await state.transcribe(await samplesOf("en-digits.wav"), {
    threads: 1,
    audioContext,
    language: "auto",
    noContext: false,
    prompt: "seven seven seven",
    temperature: 0.5,
    temperatureIncrement: 0.5,
    logprobThreshold: 100, // every attempt fails: up to temperature 1, with 8 decoders
    bestOf: 8,
    maxTokens: 8,
    tokenTimestamps: true,
  });
  await state.transcribe(await samplesOf("de-01.wav"), {
    threads: 1,
    language: "de",
    strategy: "beam",
    beamSize: 3,
    noContext: false,
  });
}

/** A job that is aborted in its first window's encoder or decoder. */
export async function abortOne(state: WhisperState): Promise<void> {
  const job = state.transcribe(await samplesOf("long-75s.wav"), {
    threads: 1,
    onProgress: () => job.cancel(),
  });
  await job.then(
    () => Promise.reject(new Error("the job was expected to be aborted")),
    () => undefined,
  );
}
