import { copyFileSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { MODELS } from "../../lib/models/registry.js";
import { parseSrt, parseVtt } from "../format/parse.js";
import { micro } from "../support/micro.js";
import { randomModel } from "../support/random-model.js";
import { run, temporaryFolder, testAudio } from "./cli.js";
import { resized } from "./resized-model.js";

const DIGITS = testAudio("en-digits.wav");
const { text: words, phrases } = JSON.parse(readFileSync(testAudio("refs.json"), "utf8"))[
  "en-digits.wav"
] as { text: string; phrases: [number, number, string][] };
const flat = (text: string) => text.split(/\s+/).filter(Boolean).join(" ");

describe("one file", () => {
  it("prints its text on stdout and nothing on stderr", async () => {
    const { code, stdout, stderr } = await run(["transcribe", DIGITS]);
    expect({ code, stderr, text: flat(stdout) }).toEqual({ code: 0, stderr: "", text: words });
    expect(stdout.split("\n")).toHaveLength(phrases.length + 1);
  });

  it("prints the same text with as many threads as it takes by itself", async () => {
    const { code, stdout, stderr } = await run(["transcribe", DIGITS], { defaultThreads: true });
    expect({ code, stderr, text: flat(stdout) }).toEqual({ code: 0, stderr: "", text: words });
  });

  it.each(["srt", "vtt"])("prints its subtitles with --format %s", async (format) => {
    const { code, stdout, stderr } = await run(["transcribe", DIGITS, "--format", format]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const cues = (format === "srt" ? parseSrt : parseVtt)(stdout);
    expect(cues.map((cue) => cue.text)).toEqual(phrases.map(([, , text]) => text));
    for (const [index, cue] of cues.entries()) {
      const startMs = (phrases[index]?.[0] ?? 0) * 1000;
      expect(Math.abs(cue.startMs - startMs)).toBeLessThan(500);
      expect(cue.endMs).toBeGreaterThan(cue.startMs);
    }
  });

  it("prints whisper-cli's JSON with --format json", async () => {
    const { code, stdout } = await run(["transcribe", DIGITS, "--format", "json", "--full"]);
    expect(code).toBe(0);
    const { systeminfo, model, params, result, transcription } = JSON.parse(stdout);
    expect(systeminfo).toMatch(/^whisper\.cpp \d+\.\d+\.\d+ \| /);
    expect(model).toMatchObject({ multilingual: true, vocab: 51_865, text: { layer: 3 } });
    expect(params).toEqual({ model: "micro", language: "en", translate: false });
    expect(result).toEqual({ language: "en" });
    expect(flat(transcription.map((one: { text: string }) => one.text).join(""))).toBe(words);
    expect(transcription[0].tokens[0]).toMatchObject({
      text: expect.any(String),
      id: expect.any(Number),
      p: expect.any(Number),
    });
  });

  it("prints lyrics with --format lrc", async () => {
    const { code, stdout } = await run(["transcribe", DIGITS, "-f", "lrc"]);
    expect(code).toBe(0);
    expect(flat(stdout.replaceAll(/^\[.*?\]/gm, ""))).toBe(words);
  });

  it("comes from stdin as -", async () => {
    const { code, stdout } = await run(["transcribe", "-"], { input: readFileSync(DIGITS) });
    expect({ code, text: flat(stdout) }).toEqual({ code: 0, text: words });
  });

  it("is silent about silence", async () => {
    const silence = await run(["transcribe", testAudio("silence-5s.wav")]);
    expect(silence).toEqual({ code: 0, signal: null, stdout: "", stderr: "" });
  });

  it("has one segment for each word with --word-timestamps", async () => {
    const { stdout } = await run(["transcribe", DIGITS, "--word-timestamps", "-f", "srt"]);
    expect(parseSrt(stdout).map((cue) => cue.text)).toEqual(words.split(" "));
  });

  it("has the language that was detected", async () => {
    const german = testAudio("de-00.wav");
    const { stdout } = await run(["transcribe", german, "-l", "auto", "-f", "json"]);
    expect(JSON.parse(stdout).result.language).toBe("de");
  });

  it("logs what whisper.cpp does with --verbose, on stderr", async () => {
    const { code, stdout, stderr } = await run(["transcribe", DIGITS, "--verbose"]);
    expect({ code, text: flat(stdout) }).toEqual({ code: 0, text: words });
    expect(stderr).toMatch(/whisper/);
  });
});

describe("--model", () => {
  it("takes the path of a file", async () => {
    const path = join(temporaryFolder(), "mine.bin");
    copyFileSync(micro.q8_0, path);
    const args = ["transcribe", "--model", path, DIGITS, "-f", "json"];
    const { code, stdout, stderr } = await run(args);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const { model, params, transcription } = JSON.parse(stdout);
    expect(flat(transcription.map((one: { text: string }) => one.text).join(""))).toBe(words);
    // The embedded one is q5_0.
    expect([model.quantization, params.model]).toEqual(["q8_0", path]);
  });

  it("takes a name, whose file is in the cache", async () => {
    const cache = temporaryFolder();
    const listed = MODELS.find(({ name }) => name === "tiny");
    writeFileSync(
      join(cache, "ggml-tiny.bin"),
      resized(readFileSync(randomModel("tiny")), listed?.sizeBytes ?? 0),
    );
    // What random weights make of it doesn't matter, and need not take long.
    const brief = ["--max-tokens", "1", "--no-fallback", "--audio-context", "64"];
    const args = ["transcribe", "--model", "tiny", ...brief, DIGITS, "-f", "json"];
    const { code, stdout, stderr } = await run(args, { env: { STEADY_WHISPER_CACHE: cache } });
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const { model, params } = JSON.parse(stdout);
    expect(params.model).toBe("tiny");
    expect(model).toMatchObject({ type: "tiny", audio: { state: 384 }, text: { layer: 4 } });
  });
});

describe("several files", () => {
  it("are printed in order, each as if it were the only one", async () => {
    const files = ["en-00.wav", "en-digits.wav", "en-00.wav", "en-03.wav", "en-digits.wav"].map(
      testAudio,
    );
    // Sampling at a high temperature: each result depends on the state's random numbers, too.
    const args = ["transcribe", "-f", "json", "--full", "--temperature", "0.8", "--no-fallback"];
    const together = await run([...args, ...files]);
    expect(together.code).toBe(0);
    const alone = await Promise.all(files.map((file) => run([...args, file])));
    expect(together.stdout).toBe(alone.map(({ stdout }) => stdout).join(""));
  });

  it("don't stop at one that fails, which has its line on stderr", async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, "empty.wav"), "");
    const { code, stdout, stderr } = await run([
      "transcribe",
      "none.wav",
      DIGITS,
      join(folder, "empty.wav"),
      folder,
      DIGITS,
    ]);
    expect(code).toBe(1);
    expect(flat(stdout)).toBe(`${words} ${words}`);
    const lines = stderr.trimEnd().split("\n");
    expect(lines).toHaveLength(3);
    expect(lines[0]).toMatch(/^steady-whisper: none\.wav: .*\[ERR_WHISPER_AUDIO_NOT_FOUND\]$/);
    expect(lines[1]).toMatch(/empty\.wav: .*\[ERR_WHISPER_AUDIO_INVALID\]$/);
    expect(lines[2]).toMatch(/\[ERR_WHISPER_AUDIO_READ\]$/);
  });

  it("each fail for their own reasons: an offset behind the end of one is none for the other", async () => {
    const { code, stdout, stderr } = await run([
      "transcribe",
      "--offset-ms",
      "10000",
      DIGITS,
      testAudio("long-75s.wav"),
    ]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/en-digits\.wav: .*offset/);
    expect(stderr.trimEnd().split("\n")).toHaveLength(1);
    expect(flat(stdout)).not.toBe("");
  });
});

describe("--output", () => {
  it("writes one whole file for each input, and nothing else", async () => {
    const parent = temporaryFolder();
    const folder = join(parent, "made", "here");
    const files = ["en-00.wav", "en-digits.wav"].map(testAudio);
    const { code, stdout, stderr } = await run(["transcribe", ...files, "-f", "srt", "-o", folder]);
    expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: "", stderr: "" });
    expect(readdirSync(folder).sort()).toEqual(["en-00.srt", "en-digits.srt"]);
    const printed = await run(["transcribe", DIGITS, "-f", "srt"]);
    expect(readFileSync(join(folder, "en-digits.srt"), "utf8")).toBe(printed.stdout);
  });

  it("replaces what was there, except when the file fails", async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, "en-digits.txt"), "old");
    writeFileSync(join(folder, "none.txt"), "old");
    writeFileSync(join(folder, "stdin.txt"), "old");
    const args = ["transcribe", "none.wav", DIGITS, "-", "-o", folder];
    const { code } = await run(args, { input: readFileSync(testAudio("en-00.wav")) });
    expect(code).toBe(1);
    expect(readdirSync(folder).sort()).toEqual(["en-digits.txt", "none.txt", "stdin.txt"]);
    const written = (name: string) => flat(readFileSync(join(folder, name), "utf8"));
    expect(written("en-digits.txt")).toBe(words);
    expect(written("none.txt")).toBe("old");
    expect(written("stdin.txt")).not.toBe("old");
  });

  it("that can't be written is a failure of each file, with the system's code", async () => {
    const blocked = join(temporaryFolder(), "file");
    writeFileSync(blocked, "");
    const { code, stdout, stderr } = await run(["transcribe", DIGITS, "-o", blocked]);
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toMatch(
      /^steady-whisper: [^\n]*: the result could not be written: [^\n]* \[EEXIST\]\n$/,
    );
  });

  it("takes names as long as the file system does", async () => {
    const [folder, name] = [temporaryFolder(), "n".repeat(240)];
    const audio = join(folder, `${name}.wav`);
    copyFileSync(DIGITS, audio);
    const { code, stderr } = await run(["transcribe", audio, "-o", folder]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(flat(readFileSync(join(folder, `${name}.txt`), "utf8"))).toBe(words);
    expect(readdirSync(folder)).toHaveLength(2);
  });
});
