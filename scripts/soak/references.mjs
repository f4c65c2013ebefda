// What every work has to give: each is done once, on a new state of a context in this process, before anything else.

import { WhisperContext } from "../../dist/index.js";
import { audioOf, loadMaterial } from "./audio.mjs";
import { contentOf, digest } from "./content.mjs";

/**
 * The works that can be done here, each with the material of its audio and what it has to give. (A work whose format needs
 * ffmpeg is left out where that is missing.)
 */
export async function withReferences(works, say) {
  const context = await WhisperContext.create(undefined, { backend: "cpu" });
  const able = [];
  for (const work of works) {
    try {
      const material = await loadMaterial(work);
      able.push({ ...work, material, expected: await reference(context, work, material) });
    } catch (error) {
      if (error.code !== "ERR_WHISPER_AUDIO_UNSUPPORTED") throw error;
      say(`left out: ${work.name} (${error.message})`);
    }
  }
  await context.free();
  return able;
}

async function reference(context, work, material) {
  if (work.fails) return undefined;
  const state = await context.createState();
  const audio = audioOf(material, work.file ? "path" : "samples", 0);
  const result = await state.transcribe(audio, { ...work.options, threads: 1 });
  await state.free();
  return { content: contentOf(result), segments: result.segments.map(digest) };
}
