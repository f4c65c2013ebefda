// Uses all of the library once and ends by itself: for LeakSanitizer and ThreadSanitizer, under which
// scripts/test-addon-{asan,tsan}.mjs run it. A test can't be that program: vitest's processes end with process.exit(),
// where Node leaves everything lying, and they have native code of their own.

import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { isMainThread, Worker } from "node:worker_threads";
import { loadAudio, WhisperContext } from "../../dist/index.js";

const folder = new URL("../../models/micro/", import.meta.url);
const bytesOf = (name) => readFileSync(new URL(name, folder));
const speech = await loadAudio(new URL("test-audio/en-00.wav", folder));
const short = { threads: 1, audioContext: 96 };
const refused = (promise) =>
  promise.then(
    () => Promise.reject(new Error("this should have been refused")),
    () => {},
  );

await decodes();
await jobs();
await models();
if (isMainThread) {
  await new Promise((resolve) => new Worker(new URL(import.meta.url)).once("exit", resolve));
  const stopped = new Worker(new URL(import.meta.url));
  await sleep(300);
  await stopped.terminate();
}

async function decodes() {
  await loadAudio(bytesOf("test-audio/en-digits.flac"));
  await loadAudio(bytesOf("test-audio/en-digits-44k-stereo.wav"));
  await loadAudio(new Int16Array(4000), { sampleRate: 8000, channels: 2 });
  const broken = bytesOf("test-audio/en-digits.flac").subarray(0, 60);
  await refused(loadAudio(broken, { ffmpeg: false }));
  await refused(loadAudio(bytesOf("test-audio/en-digits.ogg"), { ffmpeg: false }));
  await refused(loadAudio(bytesOf("test-audio/long-75s.wav"), { signal: AbortSignal.abort() }));
}

async function jobs() {
  const context = await WhisperContext.create(undefined, { backend: "cpu", onLog: () => {} });
  const state = await context.createState();
  for await (const _ of state.transcribe(speech, { ...short, onProgress: () => {} }));
  await state.transcribe(speech, { ...short, strategy: "beam", tokenTimestamps: true });
  await state.transcribe(speech, { ...short, grammar: 'root ::= " four"', suppressRegex: "[0-9]" });
  await state.transcribe(speech, { ...short, temperature: 0.4, prompt: "one two three" });
  await state.detectLanguage(speech, { threads: 1 });
  await refused(state.transcribe(speech, { threads: 1, offsetMs: 10_000 }));
  const cancelled = state.transcribe(new Float32Array(500_000), { threads: 1 });
  setTimeout(() => cancelled.cancel(), 50);
  await refused(cancelled.result);
  await state.reset();
  const freed = (await context.createState()).transcribe(new Float32Array(500_000), short);
  freed.catch(() => {});
  await context.free();
  await refused(freed.result);
  await (await WhisperContext.create()).createState(); // forgotten
}

async function models() {
  const model = bytesOf("micro-q5_0.bin");
  const context = await WhisperContext.create(model, { dtw: { topLayers: 1 } });
  const state = await context.createState();
  await state.transcribe(speech, { threads: 1 });
  await refused(WhisperContext.create(model.subarray(0, 2_000_000)));
  await refused(WhisperContext.create(model, { dtw: "large.v3" }));
  await refused(WhisperContext.create("/nonexistent"));
  await context.free();
}
