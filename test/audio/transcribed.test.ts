import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  type AudioInput,
  loadAudio,
  WhisperArgumentError,
  WhisperContext,
  type WhisperState,
} from "../../lib/index.js";
import { reference } from "../support/micro.js";
import { expectFailure } from "../support/outcome.js";
import {
  convert,
  hasFfmpeg,
  rejection,
  samplesOf,
  temporaryFolder,
  testAudio,
  transferAway,
  wavBytes,
} from "./fixtures.js";

// From damaged or unusual files to words.
const digits = samplesOf("en-digits.wav");
const { text: TEXT, phrases } = reference("en-digits.wav");

let context: WhisperContext;
let state: WhisperState;

beforeAll(async () => {
  context = await WhisperContext.create(undefined, { backend: "cpu" });
  state = await context.createState();
});
afterAll(() => context.free());

async function words(audio: AudioInput, ffmpeg = false): Promise<string> {
  await state.reset();
  return (await state.transcribe(audio, { threads: 1, ffmpeg })).text;
}

/** Cuts a file off where its sound ends between the first and the second phrase. */
async function cutAfterFirstPhrase(file: Buffer): Promise<Buffer> {
  const [first, second] = phrases;
  if (first === undefined || second === undefined) throw new Error("refs.json has no phrases");
  for (let share = 0.3; share < 0.5; share += 0.01) {
    const cut = file.subarray(0, share * file.length);
    const seconds = (await loadAudio(cut, { ffmpeg: false })).length / 16_000;
    if (seconds > first[1] + 0.1 && seconds < second[0] - 0.1) return cut;
  }
  throw new Error("no such place was found");
}

/** The digits in three formats that are decoded natively. */
const formats: [string, () => Buffer][] = [
  ["WAV", () => readFileSync(testAudio("en-digits.wav"))],
  ["FLAC", () => readFileSync(testAudio("en-digits.flac"))],
  [
    "MP3",
    () => {
      const path = join(temporaryFolder(), "a.mp3");
      // Of constant bit rate, without a tag: so it also begins with a frame.
      convert("en-digits.wav", path, ..."-b:a 64k -id3v2_version 0 -write_xing 0".split(" "));
      return readFileSync(path);
    },
  ],
];

describe.each(formats)("a %s file that is cut off", (format, make) => {
  it("gives the words of the part that is there", async (test) => {
    test.skip(format === "MP3" && !hasFfmpeg, "made with ffmpeg");
    const file = make();
    expect(await words(file)).toBe(TEXT);
    expect(await words(await cutAfterFirstPhrase(file))).toBe(phrases[0]?.[2]);
  });

  it("within its header is an error with a code", async (test) => {
    test.skip(format === "MP3" && !hasFfmpeg, "made with ffmpeg");
    const file = make();
    for (const length of [1, 4, 10, 20, 30, 44]) {
      const { code } = await rejection(words(file.subarray(0, length)));
      expect(code).toMatch(/^ERR_WHISPER_AUDIO_(INVALID|UNSUPPORTED)$/);
    }
  });
});

describe("a file with samples that are no numbers", () => {
  it.each([Number.NaN, Number.POSITIVE_INFINITY])("such as %s, names the first", async (value) => {
    const samples = digits.slice();
    samples.fill(value, 12_345, 12_350);
    await expectFailure(
      state.transcribe(wavBytes(samples, 16_000)),
      "ERR_WHISPER_AUDIO_INVALID",
      /sample 12345/,
    );
    expect(await words(wavBytes(digits, 16_000))).toBe(TEXT);
  });
});

describe("memory whose job waits for others", () => {
  const samples = Int16Array.from(digits, (sample) => sample * 32_768);
  const inputs: [string, () => Uint8Array<ArrayBuffer> | Int16Array<ArrayBuffer>][] = [
    ["WAV", () => new Uint8Array(readFileSync(testAudio("en-digits.wav")))],
    ["Ogg, for ffmpeg", () => new Uint8Array(readFileSync(testAudio("en-digits.ogg")))],
    ["samples", () => samples.slice()],
  ];

  it.each(inputs)("has to stay where it is: %s", async (_, make) => {
    const memory = make();
    const described = memory instanceof Int16Array ? { sampleRate: 16_000, channels: 1 } : {};
    const before = [1, 2, 3].map(() => state.transcribe(digits, { threads: 1 }));
    const job = state.transcribe(memory, { threads: 1, ...described });
    transferAway(memory);
    const error = await expectFailure(job, "ERR_WHISPER_INVALID_ARG", /^audio .*transferred away/);
    expect(error).toBeInstanceOf(WhisperArgumentError);
    await Promise.all(before);
  });
});

describe.skipIf(!hasFfmpeg)("the sound of a video", () => {
  it.each([
    ["mp4", ["-c:v", "mpeg4", "-c:a", "aac"]],
    ["webm", ["-c:v", "libvpx", "-c:a", "libopus"]],
  ])("in %s gives the same words as alone", async (extension, codecs) => {
    const video = ["-f", "lavfi", "-i", "testsrc=size=64x48:rate=5", "-shortest"];
    const path = join(temporaryFolder(), `a.${extension}`);
    convert("en-digits.wav", path, ...video, ...codecs);
    expect(await words(path, true)).toBe(TEXT);
    expect(await words(readFileSync(path), true)).toBe(TEXT);
  });
});
