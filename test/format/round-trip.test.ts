import { spawnSync } from "node:child_process";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { toJson, toLrc, toSrt, toTxt, toVtt } from "../../lib/format/index.js";
import type { Segment } from "../../lib/types.js";
import { parseSrt, parseVtt } from "./parse.js";
import { segment } from "./sample.js";

const nasty = fc.constantFrom(
  "\n",
  "\r\n",
  "\n\n",
  " ",
  "\u2028",
  "-->",
  "&amp;",
  "<b>",
  "1",
  "WEBVTT",
);
const text = fc
  .array(fc.oneof(fc.string({ unit: "grapheme" }), nasty), { maxLength: 8 })
  .map((pieces) => pieces.join(""));
const times = fc
  .tuple(fc.nat(400 * 3_600_000), fc.nat(60_000))
  .map(([startMs, lengthMs]) => ({ startMs, endMs: startMs + lengthMs }));
const segments: fc.Arbitrary<Segment[]> = fc.array(
  fc.tuple(times, text).map(([{ startMs, endMs }, words]) => segment(startMs, endMs, words)),
  { maxLength: 12 },
);

/** The words of a text: what has to survive, however a format breaks its lines. */
const words = (value: string) => value.split(/[\s\u0085]+/).filter((word) => word !== "");

function expectSameCues(
  parsed: { startMs: number; endMs: number; text: string }[],
  all: Segment[],
) {
  const expected = all.filter((one) => words(one.text).length > 0);
  expect(parsed.map(({ startMs, endMs }) => [startMs, endMs])).toEqual(
    expected.map(({ startMs, endMs }) => [startMs, endMs]),
  );
  expect(parsed.map((cue) => words(cue.text))).toEqual(expected.map((one) => words(one.text)));
}

describe("what is written can be read back", () => {
  it("srt: same times, same words", () => {
    fc.assert(
      fc.property(segments, (all) => expectSameCues(parseSrt(toSrt({ segments: all })), all)),
    );
  });
  it("vtt: same times, same words", () => {
    fc.assert(
      fc.property(segments, (all) => {
        const written = all.map((one) => ({ ...one, text: one.text.replaceAll("\0", "\uFFFD") }));
        expectSameCues(parseVtt(toVtt({ segments: all })), written);
      }),
    );
  });
  it("json: same times, the very same text", () => {
    fc.assert(
      fc.property(segments, (all) => {
        const { transcription } = JSON.parse(toJson({ language: "en", segments: all }));
        expect(transcription.map((one: { text: string }) => one.text)).toEqual(
          all.map((one) => one.text),
        );
        expect(transcription.map((one: { offsets: object }) => one.offsets)).toEqual(
          all.map(({ startMs, endMs }) => ({ from: startMs, to: endMs })),
        );
      }),
    );
  });
  it("txt and lrc: one line per segment with text, same words", () => {
    fc.assert(
      fc.property(segments, (all) => {
        const expected = all.map((one) => words(one.text)).filter((list) => list.length > 0);
        const txt = toTxt({ segments: all }).split("\n").slice(0, -1);
        expect(txt.map(words)).toEqual(expected);
        const lrc = toLrc({ segments: all }).split("\n").slice(1, -1);
        expect(lrc.map((line) => words(line.replace(/^\[\d{2,}:\d{2}\.\d{2}\]/, "")))).toEqual(
          expected,
        );
      }),
    );
  });
});

const hasFfmpeg = spawnSync("ffmpeg", ["-version"]).status === 0;

describe.skipIf(!hasFfmpeg)("an independent reader (ffmpeg) agrees", () => {
  const all = [
    segment(0, 1_340, " zero one"),
    segment(61_007, 62_000, "two\n\n\nthree"),
    segment(3_600_000, 3_601_000, "a -- b & c"),
  ];
  it.each([
    ["srt", toSrt],
    ["webvtt", toVtt],
  ] as const)("%s", (demuxer, write) => {
    const run = spawnSync(
      "ffmpeg",
      ["-nostdin", "-loglevel", "error", "-f", demuxer, "-i", "pipe:0", "-f", "srt", "pipe:1"],
      { input: write({ segments: all }), encoding: "utf8" },
    );
    expect(run.stderr).toBe("");
    expectSameCues(parseSrt(`${run.stdout.trimEnd()}\n\n`), all);
  });
});
