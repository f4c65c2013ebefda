// Audio of the jobs: from 2 s to 75 s, speech and none, so that jobs differ in their work by a factor of 10.

import path from "node:path";
import { root } from "../../bench/support/environment.mjs";

const folder = path.join(root, "models/micro/test-audio");

/** A third of the encoder's positions is enough for 10 s, and takes a third of the time. */
const SHORT = { audioContext: 512 };

const names = [
  ...["en-00", "en-01", "en-02", "en-03", "en-04", "en-05", "en-06", "en-07", "en-08", "en-09"],
  ...["de-00", "de-01", "de-02", "fr-00", "fr-01", "fr-02", "silence-5s", "noise-quiet-5s"],
];

const clips = [
  ...names.map((name) => {
    const [, language] = name.match(/^(de|fr)-/) ?? [];
    return clip(`${name}.wav`, { ...SHORT, ...(language && { language }) }, 1);
  }),
  clip("long-75s.wav", {}, 0.3),
];

/** One of them by a number from 0 to below 1. */
export function clipAt(share) {
  let left = share * clips.reduce((sum, { weight }) => sum + weight, 0);
  return (
    clips.find(({ weight }) => {
      left -= weight;
      return left < 0;
    }) ?? clips[0]
  );
}

function clip(name, options, weight) {
  return { name, file: path.join(folder, name), options, weight };
}
