import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { clipShapes } from "../../../lib/diagnose/experiment/clip-shapes.js";
import { cutClips } from "../../../lib/diagnose/experiment/clips.js";
import { joined, lengthOf, type Piece, piecesOf } from "../../../lib/diagnose/experiment/pieces.js";
import { readRecordings } from "../../../lib/diagnose/experiment/recordings.js";
import { audioPath } from "../../support/micro.js";
import { withFolder } from "./support.js";

const S = 16_000;
const never = new AbortController().signal;

/** Pieces of so many seconds, one after the other. */
function pieces(count: number, seconds: number): Piece[] {
  return Array.from({ length: count }, (_, index) => ({
    ...{ source: 0, start: index * seconds * S, end: (index + 1) * seconds * S },
  }));
}

describe("pieces", () => {
  it("are segments with the pauses around them, and never overlap", () => {
    const found = piecesOf(2, 20 * S, [
      { startMs: 3000, endMs: 5000 },
      { startMs: 5500, endMs: 7000 },
      { startMs: 7000, endMs: 20_500 }, // the last one may reach past the end
    ]);
    expect(found.map(({ source, start, end }) => [source, start / S, end / S])).toEqual([
      [2, 2, 5.25],
      [2, 5.25, 7],
      [2, 7, 13.5], // too long for one
      [2, 13.5, 20],
    ]);
  });

  it("are even where there is no speech, and none where there is nothing", () => {
    const even = piecesOf(0, 10 * S, []);
    expect(even).toHaveLength(3);
    expect(even[0]?.start).toBe(0);
    expect(even.at(-1)?.end).toBe(10 * S);
    expect(piecesOf(0, 100, [])).toEqual([]);
  });

  it("are joined with silence between them", () => {
    const source = Float32Array.from({ length: 10 * S }, (_, index) => index);
    const two = [pieces(10, 1)[7]!, pieces(10, 1)[2]!];
    const samples = joined(two, [source]);
    expect(samples.length).toBe(lengthOf(two));
    expect([samples[0], samples[S - 1]]).toEqual([7 * S, 8 * S - 1]);
    const second = samples.indexOf(2 * S);
    expect(new Set(samples.subarray(S, second))).toEqual(new Set([0]));
    expect(samples.at(-1)).toBe(3 * S - 1);
  });
});

describe("clips", () => {
  it.each([
    ["plenty of speech", pieces(60, 4), [1, 3, 10]],
    ["little speech, which is repeated", pieces(2, 2), [1, 3, 17]],
    ["a single word", pieces(1, 0.5), [2, 8, 48]],
    ["long segments", pieces(12, 12), [1, 2, 5]],
  ])("have about 1, 3 and 10 segments, and two windows, of %s", (_, given, counts) => {
    const shapes = clipShapes(given);
    const of = (name: string) => shapes.filter(({ clipClass }) => clipClass === name);
    expect(["short", "medium", "long"].map((name) => of(name)[0]?.pieces.length)).toEqual(counts);
    expect(of("sine")).toHaveLength(1);
    for (const { pieces: taken } of of("long")) {
      expect(lengthOf(taken)).toBeGreaterThan(32 * S);
    }
    expect(new Set(shapes.map(({ name }) => name)).size).toBe(shapes.length);
    const same = shapes.map(({ pieces: taken }) => JSON.stringify(taken));
    expect(new Set(same).size).toBe(same.length);
  });

  it("say where they come from", () => {
    const recordings = ["a.wav", "b.wav"].map((name) => ({
      ...{ name, samples: new Float32Array(20 * S) },
    }));
    const found = [...pieces(1, 4), ...pieces(1, 4).map((piece) => ({ ...piece, source: 1 }))];
    const clips = cutClips(clipShapes(found), recordings);
    expect(clips.map(({ name, source }) => [name, source])).toEqual([
      ["sine", "a tone of 440 Hz"],
      ["short-1", "a.wav"],
      ["short-2", "b.wav"],
      ["medium-1", "a.wav, b.wav"],
      ["medium-2", "b.wav, a.wav"],
      ["long-1", "a.wav, b.wav"],
    ]);
    for (const { audioSeconds, samples } of clips) expect(audioSeconds).toBe(samples.length / S);
  });
});

describe("audio that is given", () => {
  it("is files and what lies in folders, of which what isn't audio is counted", () =>
    withFolder(async (folder) => {
      await mkdir(join(folder, "inner"));
      await writeFile(join(folder, "notes.txt"), "no audio");
      await writeFile(join(folder, ".hidden"), "no audio");
      await writeFile(join(folder, "b.wav"), await readFile(audioPath("en-01.wav")));
      await writeFile(join(folder, "a.wav"), await readFile(audioPath("en-00.wav")));
      const { recordings, skipped } = await readRecordings([audioPath("en-02.wav"), folder], never);
      expect(recordings.map(({ name }) => name)).toEqual(["en-02.wav", "a.wav", "b.wav"]);
      expect(skipped).toBe(1);
    }));

  it("is refused with its code where a file that is named can't be read, or there is none", () =>
    withFolder(async (folder) => {
      await writeFile(join(folder, "notes.txt"), "no audio");
      const code = (paths: string[]) =>
        readRecordings(paths, never).then(
          () => "none",
          (error) => error.code,
        );
      expect(await code([join(folder, "missing.wav")])).toBe("ERR_WHISPER_AUDIO_NOT_FOUND");
      expect(await code([join(folder, "notes.txt")])).toMatch(/AUDIO_(UNSUPPORTED|INVALID)$/);
      expect(await code([folder])).toBe("ERR_WHISPER_AUDIO_NOT_FOUND");
    }));
});
