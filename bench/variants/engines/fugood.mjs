// @fugood/whisper.node: its README's example, on as many threads as the others.

import { peer } from "../peers.mjs";

const EQUAL = { temperatureInc: 0, bestOf: 1 };

/** @type {import("../arm-worker.mjs").Open} */
export async function open({ model, audio, threads, preset }) {
  const { module, info } = peer("@fugood/whisper.node");
  const context = await module.initWhisper(
    // As here and in whisper-cli.
    preset === "equal"
      ? { filePath: model, useGpu: false, useFlashAttn: true }
      : { filePath: model, useGpu: true },
  );
  const options = {
    language: "en",
    temperature: 0,
    maxThreads: threads,
    ...(preset === "equal" ? EQUAL : {}),
  };
  return {
    info,
    run: async () => (await context.transcribeFile(audio, options).promise).result,
  };
}
