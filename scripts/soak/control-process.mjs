// Prints how long one job takes in this new process. Started by control.mjs.

import path from "node:path";
import { median } from "../../bench/support/statistics.mjs";
import { WhisperContext } from "../../dist/index.js";
import { audioFolder } from "./works.mjs";

const WARM_UP = 2;
const JOBS = 5;

const context = await WhisperContext.create(undefined, { backend: "cpu" });
const state = await context.createState();
const timings = [];
for (let i = 0; i < WARM_UP + JOBS; i++) {
  const file = path.join(audioFolder, "en-05.wav");
  const { timing } = await state.transcribe(file, { threads: 1, audioContext: 512 });
  if (i >= WARM_UP) timings.push(timing);
}
await context.free();
const wallMs = median(timings.map((timing) => timing.wallMs));
const ownMs = median(timings.map(({ wallMs, runDelayMs = 0 }) => wallMs - runDelayMs));
console.log(JSON.stringify({ wallMs, ownMs }));
