// Jobs that the parts of scripts/gpu-check measure with.

import path from "node:path";
import { randomModel, swellingNoise } from "../../bench/support/models.mjs";
import { loadAudio } from "../../dist/index.js";
import { files, micro } from "../gpu-speech.mjs";

/** Tokens of a job on a model that knows no end. */
const TOKENS = 48;
const NOISE_SECONDS = 10;

/**
 * @typedef {object} Workload
 * @property {string} name
 * @property {string} model  path
 * @property {boolean} speech  whether the model hears words; one with random weights says anything, and in other words where
 *   a sum is rounded otherwise
 * @property {{ audio: Float32Array, seconds: number, options: object }[]} jobs  samples, so that no file is read meanwhile
 */

/**
 * "micro" is the embedded model on speech that it knows, 8 MB: what a GPU does for it is mostly the launching of kernels.
 * "tiny" and "base" have those models' dimensions and random weights, and jobs of always the same work. Anything else is
 * the path of a model file, on the same speech as "micro".
 * @param {string} name
 * @returns {Promise<Workload>}
 */
export async function workload(name) {
  if (name === "tiny" || name === "base") {
    const options = {
      language: "en",
      maxTokens: TOKENS,
      noTimestamps: true,
      temperatureIncrement: 0,
    };
    const jobs = [1, 2, 3, 4].map((seed) => ({
      audio: swellingNoise(NOISE_SECONDS, seed),
      seconds: NOISE_SECONDS,
      options,
    }));
    const model = randomModel(name);
    return { name: `${name} dimensions, random weights, f16`, model, speech: false, jobs };
  }
  const model = name === "micro" ? path.join(micro, "micro-f16.bin") : name;
  const jobs = await Promise.all(
    files.map(async ({ file, language }) => {
      const audio = await loadAudio(file);
      return { audio, seconds: audio.length / 16_000, options: { language } };
    }),
  );
  return { name: path.basename(model), model, speech: true, jobs };
}

/**
 * `measure` on each model's workload. A model of random weights needs Vite, a development dependency, for its generator:
 * where it isn't, the section says so and goes on.
 * @param {string[]} names
 * @param {(workload: Workload) => Promise<{ passed: boolean }>} measure
 */
export async function onEach(names, measure) {
  const models = [];
  for (const name of names) {
    let found;
    try {
      found = await workload(name);
    } catch (error) {
      if (name === "micro") throw error;
      const firstLine = String(error.message ?? error).split("\n", 1)[0];
      models.push({ model: name, passed: true, notRun: `no such model here: ${firstLine}` });
      continue;
    }
    models.push({ model: found.name, ...(await measure(found)) });
  }
  return { models, passed: models.every(({ passed }) => passed) };
}
