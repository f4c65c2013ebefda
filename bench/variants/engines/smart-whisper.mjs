// smart-whisper: its README's example, on as many threads as the others. That is beam search, and the language is detected.

import { readFileSync } from "node:fs";
import { peer } from "../peers.mjs";
import { samplesOf } from "../wav.mjs";

const GREEDY = 0;
const EQUAL = { strategy: GREEDY, best_of: 1, temperature_inc: 0, language: "en" };

/** @type {import("../arm-worker.mjs").Open} */
export async function open({ model, audio, threads, preset }) {
  const { module, info } = peer("smart-whisper");
  const whisper = new module.Whisper(model, { gpu: true });
  const samples = samplesOf(readFileSync(audio));
  const options = { n_threads: threads, ...(preset === "equal" ? EQUAL : { language: "auto" }) };
  return {
    info,
    run: async () => {
      const task = await whisper.transcribe(samples, options);
      return (await task.result).map(({ text }) => text).join("");
    },
  };
}
