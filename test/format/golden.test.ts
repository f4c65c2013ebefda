import { describe, expect, it } from "vitest";
import { WhisperArgumentError } from "../../lib/errors.js";
import {
  formatTranscript,
  TRANSCRIPT_FORMATS,
  type TranscriptFormat,
  toJson,
  toLrc,
  toSrt,
  toTxt,
  toVtt,
} from "../../lib/format/index.js";
import { sample, segment } from "./sample.js";

const one = (startMs: number, endMs: number, text: string) => ({
  language: "en",
  segments: [segment(startMs, endMs, text)],
});

describe("txt", () => {
  it("is one line per segment", () => {
    expect(toTxt(sample)).toBe('zero one\n"two" <b> & three --> four\\\n');
  });
  it("keeps a segment's line breaks out", () => {
    expect(toTxt(one(0, 1, " a\r\n\r\nb\rc\n"))).toBe("a b c\n");
  });
  it("is empty without text", () => {
    expect(toTxt({ segments: [] })).toBe("");
    expect(toTxt(one(0, 1, "  \n "))).toBe("");
  });
});

describe("srt", () => {
  it("numbers its cues and uses commas", () => {
    expect(toSrt(sample)).toBe(
      "1\n00:00:00,000 --> 00:00:01,340\nzero one\n\n" +
        '2\n01:02:03,004 --> 01:02:05,678\n"two" <b> & three --> four\\\n\n',
    );
  });
  it("has no blank line inside a cue", () => {
    expect(toSrt(one(0, 10, "a\n\n \r\n2\r\rb"))).toBe(
      "1\n00:00:00,000 --> 00:00:00,010\na\n2\nb\n\n",
    );
  });
  it("skips empty segments and keeps counting without a gap", () => {
    const { segments } = { segments: [segment(0, 1, " "), segment(5, 6, "b"), segment(7, 8, "c")] };
    expect(toSrt({ segments }).match(/^\d+$/gm)).toEqual(["1", "2"]);
  });
  it("clamps negative, reversed and meaningless times", () => {
    expect(toSrt(one(-1_007_280, 500, "a"))).toContain("00:00:00,000 --> 00:00:00,500");
    expect(toSrt(one(2000, 1000, "a"))).toContain("00:00:02,000 --> 00:00:02,000");
    expect(toSrt(one(Number.NaN, Number.POSITIVE_INFINITY, "a"))).toContain(
      "00:00:00,000 --> 00:00:00,000",
    );
  });
  it("carries rounding into the next second", () => {
    expect(toSrt(one(999.6, 59_999.9, "a"))).toContain("00:00:01,000 --> 00:01:00,000");
  });
  it("grows beyond 99 hours", () => {
    expect(toSrt(one(0, 123 * 3_600_000 + 1, "a"))).toContain("--> 123:00:00,001");
  });
});

describe("vtt", () => {
  it("has a header, points, and escapes", () => {
    expect(toVtt(sample)).toBe(
      "WEBVTT\n\n00:00:00.000 --> 00:00:01.340\nzero one\n\n" +
        '01:02:03.004 --> 01:02:05.678\n"two" &lt;b&gt; &amp; three --&gt; four\\\n\n',
    );
  });
  it("escapes an escape once", () => {
    expect(toVtt(one(0, 1, "&lt;"))).toContain("\n&amp;lt;\n");
  });
  it("is only a header without segments", () => {
    expect(toVtt({ segments: [] })).toBe("WEBVTT\n\n");
  });
});

describe("lrc", () => {
  it("has minutes, seconds and hundredths", () => {
    expect(toLrc(sample)).toBe(
      '[by:whisper.cpp]\n[00:00.00]zero one\n[62:03.00]"two" <b> & three --> four\\\n',
    );
  });
  it("cuts hundredths instead of rounding them", () => {
    expect(toLrc(one(1_999, 3_000, "a"))).toContain("[00:01.99]a");
  });
  it("sets text in brackets off", () => {
    expect(toLrc(one(0, 1, " [Music]"))).toContain("[00:00.00] [Music]\n");
  });
});

describe("json", () => {
  it("has whisper-cli's keys and the untouched text", () => {
    expect(JSON.parse(toJson(sample))).toEqual({
      result: { language: "en" },
      transcription: [
        {
          timestamps: { from: "00:00:00,000", to: "00:00:01,340" },
          offsets: { from: 0, to: 1340 },
          text: " zero one",
        },
        {
          timestamps: { from: "01:02:03,004", to: "01:02:05,678" },
          offsets: { from: 3_723_004, to: 3_725_678 },
          text: ' "two" <b> & three --> four\\',
        },
      ],
    });
  });
  it("adds tokens when asked, with times where there are any", () => {
    expect(JSON.parse(toJson(sample, { full: true })).transcription[0].tokens).toEqual([
      {
        text: " zero",
        timestamps: { from: "00:00:00,000", to: "00:00:00,700" },
        offsets: { from: 0, to: 700 },
        id: 257,
        p: 0.5,
        t_dtw: 32,
      },
      { text: " one", id: 258, p: 0.25, t_dtw: -1 },
    ]);
  });
  it("adds system, model and parameters in whisper-cli's order", () => {
    const json = toJson(sample, {
      params: { model: "m.bin", language: "en", translate: false },
      model: { type: "tiny" },
      systemInfo: "AVX",
    });
    const parsed = JSON.parse(json);
    expect(Object.keys(parsed)).toEqual([
      "systeminfo",
      "model",
      "params",
      "result",
      "transcription",
    ]);
    expect(parsed.params).toEqual({ model: "m.bin", language: "en", translate: false });
  });
  it("is indented with tabs, as whisper-cli's is", () => {
    expect(toJson({ language: "en", segments: [] })).toBe(
      '{\n\t"result": {\n\t\t"language": "en"\n\t},\n\t"transcription": []\n}\n',
    );
  });
  it("marks speaker turns", () => {
    const turn = { language: "en", segments: [segment(0, 1, "a", { speakerTurnNext: true })] };
    expect(JSON.parse(toJson(turn)).transcription[0].speaker_turn_next).toBe(true);
  });
});

describe("formatTranscript", () => {
  it("goes to the writer of each format", () => {
    const all = TRANSCRIPT_FORMATS.map((format) => formatTranscript(sample, format));
    expect(all).toEqual([
      toTxt(sample),
      toSrt(sample),
      toVtt(sample),
      toJson(sample),
      toLrc(sample),
    ]);
  });
  it("names an unknown format and the known ones", () => {
    const act = () => formatTranscript(sample, "docx" as TranscriptFormat);
    expect(act).toThrow(WhisperArgumentError);
    expect(act).toThrow(/"txt".*received "docx"/);
  });
});
