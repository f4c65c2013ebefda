// This library, with the addon that STEADY_WHISPER_ADDON names.

import path from "node:path";
import { root } from "../../support/environment.mjs";

const { WhisperContext, systemInfo } = await import(path.join(root, "dist/index.js"));

const EQUAL = { temperatureIncrement: 0, bestOf: 1 };

/** @type {import("../arm-worker.mjs").Open} */
export async function open({ model, audio, threads, preset }) {
  const context = await WhisperContext.create(model, { backend: "cpu" });
  const state = await context.createState();
  const options = { language: "en", threads, ...(preset === "equal" ? EQUAL : {}) };
  return {
    info: systemInfo(),
    run: async () => (await state.transcribe(audio, options)).text,
  };
}
