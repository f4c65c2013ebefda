// What the jobs of a soak are about: every recording of the embedded model's, and what is no speech, with options of all
// sorts. Work is the same whenever the same of these runs, bit for bit.

import { readdirSync } from "node:fs";
import path from "node:path";
import { root } from "../../bench/support/environment.mjs";

export const audioFolder = path.join(root, "models/micro/test-audio");

const beam = { strategy: "beam" };
/** Every attempt fails, so that all temperatures and their random generators are used. */
const storm = { logprobThreshold: 0, noSpeechThreshold: 1000 };

// A third of the encoder's positions is enough for 10 s, and takes a third of the time and memory.
const SHORT = { audioContext: 512 };

/** Ways to hand over a recording; those to hand over samples that are in no file. */
export const FILE_FORMS = [
  "path",
  "bytes",
  "samples",
  "described",
  "stream",
  "web stream",
  "iterable",
];
const SAMPLE_FORMS = ["samples", "described"];

/** Of everything that is not told, `weight` is 1: how often it comes. */
const special = [
  of("en-00.wav", storm),
  of("en-01.wav", beam, { weight: 2 }),
  of("en-01.wav", { ...beam, beamSize: 8 }),
  of("en-02.wav", { ...beam, prompt: "seven eight nine" }),
  of("en-02.wav", { temperature: 0.8, temperatureIncrement: 0 }),
  of("en-02.wav", { temperature: 0.9, temperatureIncrement: 0, bestOf: 3 }),
  of("en-03.wav", { prompt: "go up", carryPrompt: true, maxTextContext: 64 }),
  of("en-04.wav", { ...storm, noContext: false, prompt: "left" }),
  of("en-05.wav", { tokenTimestamps: true, maxLength: 8, splitOnWord: true }),
  of("en-06.wav", { audioContext: 0 }),
  of("en-06.wav", { audioContext: 448, offsetMs: 1000, durationMs: 3000 }),
  of("en-07.wav", { ...beam, noTimestamps: true }),
  of("en-08.wav", { ...beam, singleSegment: true, maxTokens: 6 }),
  of("en-09.wav", { noContext: false }),
  of("en-00.wav", { grammar: 'root ::= " four" | " five"', suppressRegex: " five" }),
  of("de-01.wav", { language: "auto" }),
  of("de-02.wav", { ...beam, language: "de", tokenTimestamps: true }),
  of("de-03.wav", { ...beam, language: "de", translate: true }),
  of("fr-00.wav", { language: "fr", temperature: 0.4 }),
  of("fr-01.wav", { language: "auto", tokenTimestamps: true }),
  of("de-00.wav", { language: "auto", audioContext: 256 }),
  // 75 s in several windows: rare, as each takes as long as ten others.
  of("long-75s.wav", { audioContext: 0 }, { weight: 0.5 }),
  of("long-75s.wav", beam, { weight: 0.25 }),
  of("long-75s.wav", { tokenTimestamps: true, language: "auto" }, { weight: 0.25 }),
];

const made = [
  sound("silence 3 s", () => 0, 3, {}),
  sound("sine 300 Hz 4 s", (i) => 0.3 * Math.sin((2 * Math.PI * 300 * i) / 16_000), 4, {}),
  sound("noise 3 s", noise(0.8), 3, {}),
  sound("noise 2 s, storm", noise(0.5), 2, { ...storm, bestOf: 8 }),
];

const broken = [
  {
    ...{ name: "bytes that are no audio", make: () => Buffer.from("no audio at all") },
    ...{ options: { ffmpeg: false }, forms: ["bytes"], weight: 0.5 },
    fails: "ERR_WHISPER_AUDIO_UNSUPPORTED",
  },
  {
    ...{ name: "samples that are no numbers", make: () => new Float32Array(9000).fill(Number.NaN) },
    ...{ options: {}, forms: ["samples"], weight: 0.5 },
    fails: "ERR_WHISPER_AUDIO_INVALID",
  },
];

/**
 * All of it. `name` is unique; `file` or `make` is the audio; `fails`: the code that it has to fail with.
 */
export const works = [...recordings(), ...special, ...made, ...broken];

/** Each recording once, in its language. */
function recordings() {
  return readdirSync(audioFolder)
    .filter((file) => /\.(wav|flac|ogg)$/.test(file))
    .sort()
    .map((file) => {
      const [, language] = file.match(/^(de|fr)-/) ?? [];
      return of(file, language ? { language } : {}, { weight: file.startsWith("long") ? 0.25 : 1 });
    });
}

function of(file, options, { weight = 1 } = {}) {
  const name = Object.keys(options).length > 0 ? `${file} ${JSON.stringify(options)}` : file;
  return { name, file, options: { ...SHORT, ...options }, forms: FILE_FORMS, weight };
}

function sound(name, sample, seconds, options) {
  const make = () => Float32Array.from({ length: seconds * 16_000 }, (_, i) => sample(i));
  return { name, make, options: { ...SHORT, ...options }, forms: SAMPLE_FORMS, weight: 1 };
}

/** The same in every run. */
function noise(amplitude) {
  let state = 1;
  return (i) => {
    if (i === 0) state = 1;
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    return (state / 2 ** 31) * amplitude;
  };
}
