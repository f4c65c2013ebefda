// The public API's jobs: any options, any audio, one call at a time on states that go on.

import fc from "fast-check";
import { loadAudio, WhisperContext } from "../../dist/index.js";
import { audio, samples } from "./audio.mjs";
import { call, Failure } from "./calls.mjs";
import { transcribeOptions } from "./options.mjs";
import { anything } from "./values.mjs";

const context = await WhisperContext.create(undefined, { backend: "cpu" });
const state = await context.createState();

const transcribe = fc.record({
  kind: fc.constant("transcribe"),
  audio: fc.oneof({ weight: 3, arbitrary: samples }, { weight: 1, arbitrary: audio }),
  options: transcribeOptions,
  meanwhile: fc.constantFrom("", "", "", "", "", "cancel", "write", "detach", "iterate", "reset"),
});

const load = fc.record({
  kind: fc.constant("load"),
  audio,
  options: fc.oneof(
    { weight: 6, arbitrary: fc.constant({ ffmpeg: false }) },
    {
      weight: 2,
      arbitrary: fc
        .tuple(fc.constantFrom("sampleRate", "channels", "maxBytes", "maxDurationMs"), anything)
        .map(([name, value]) => ({ ffmpeg: false, [name]: value })),
    },
    { weight: 1, arbitrary: anything.map(withoutFfmpeg) },
  ),
});

const detect = fc.record({
  kind: fc.constant("detect"),
  audio: fc.oneof(samples, audio),
  options: fc.oneof(
    fc.constant({ threads: 1, ffmpeg: false }),
    fc.record({ threads: anything, ffmpeg: fc.constant(false) }),
  ),
});

// What isn't decoded natively would be handed to ffmpeg, a process for each.
function withoutFfmpeg(options) {
  return options === undefined ? { ffmpeg: false } : options;
}

export const input = fc.oneof(
  { weight: 8, arbitrary: transcribe },
  { weight: 8, arbitrary: load },
  { weight: 1, arbitrary: detect },
);

export async function run(job) {
  if (job.kind === "load") {
    const loaded = await call("loadAudio()", async () => loadAudio(job.audio, job.options));
    if (loaded !== undefined && !(loaded instanceof Float32Array)) {
      throw new Failure("loadAudio() gave something else than a Float32Array");
    }
    return;
  }
  if (job.kind === "detect") {
    await call("detectLanguage()", async () => state.detectLanguage(job.audio, job.options));
    return;
  }
  const result = await call("transcribe()", async () => {
    const running = state.transcribe(job.audio, job.options);
    running.catch(() => {});
    await meanwhile(job, running);
    return running;
  });
  if (result !== undefined) checkResult(result);
}

/** What a caller may do while a job runs. */
async function meanwhile({ meanwhile: what, audio: given }, running) {
  if (what === "cancel") running.cancel();
  if (what === "reset") state.reset().catch(() => {});
  if (what === "write" && ArrayBuffer.isView(given) && given.buffer instanceof ArrayBuffer) {
    new Uint8Array(given.buffer).fill(0xff);
  }
  if (what === "detach" && given?.buffer instanceof ArrayBuffer) {
    structuredClone(given.buffer, { transfer: [given.buffer] });
  }
  if (what === "iterate") {
    for await (const segment of running) {
      if (typeof segment.text !== "string") throw new Failure("a segment without text");
    }
  }
}

function checkResult({ text, segments, language, audioDurationMs }) {
  const sound =
    typeof text === "string" &&
    typeof language === "string" &&
    audioDurationMs >= 0 &&
    segments.every(({ startMs, endMs }) => Number.isFinite(startMs) && Number.isFinite(endMs));
  if (!sound) throw new Failure(`not a result: ${JSON.stringify({ text, segments, language })}`);
}

/** The state gives the right words after all of that. */
export async function after() {
  const { spoken } = await import("./audio.mjs");
  await state.reset();
  const { text } = await state.transcribe(spoken, { threads: 1, audioContext: 96 });
  if (text !== "four") throw new Failure(`the state says ${JSON.stringify(text)}, not "four"`);
}

export async function end() {
  await context.free();
}
