// @kutalia/whisper-node-addon: its README's example, on as many threads as the others. It loads the model for each job.

import { peer } from "../peers.mjs";

const EQUAL = { best_of: 1, beam_size: 1, temperature_inc: 0, flash_attn: true, use_gpu: false };

/** @type {import("../arm-worker.mjs").Open} */
export async function open({ model, audio, threads, preset }) {
  const { module, info } = peer("@kutalia/whisper-node-addon");
  const options = {
    ...{ fname_inp: audio, model, language: "en", use_gpu: true, n_threads: threads },
    // Its own default is to translate, which its README doesn't show.
    ...(preset === "equal" ? { translate: false, ...EQUAL } : {}),
  };
  return {
    info,
    run: async () => {
      const { transcription } = await module.transcribe(options);
      return transcription.map(([, , text]) => text).join("");
    },
  };
}
