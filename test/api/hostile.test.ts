// Every input that crashed, hung or silently misled whisper.cpp when it was given to it directly: through the public
// API each is a coded error or a right result, and the same state works afterwards.

import { execFileSync, spawnSync } from "node:child_process";
import { beforeAll, describe, expect, it } from "vitest";
import { type ChildEnd, isLinux, runInChild } from "../support/child.js";
import { reference } from "../support/micro.js";
import { type Row, type RowOutcome, runRows } from "../support/rows.js";

const INVALID = "ERR_WHISPER_INVALID_ARG";
const AUDIO_INVALID = "ERR_WHISPER_AUDIO_INVALID";
const FOUR = reference("en-00.wav").text;

/** A child that hangs is killed after this; all rows together take a fraction. */
const HANG_MS = 150_000;

const threadsAndDecoders: Row[] = [
  ...[0, -1, 20_000, 1_000_000].map((threads) => ({
    title: `threads ${threads}`,
    code: INVALID as typeof INVALID,
    says: "threads",
    run: optionsRow("threads", threads),
  })),
  ...[-1, 0, 9].flatMap((value) =>
    ["beamSize", "bestOf"].map((name) => ({
      title: `${name} ${value}`,
      code: INVALID as typeof INVALID,
      says: name,
      run: optionsRow(name, value),
    })),
  ),
  row("temperature above 1, with fallback", INVALID, "temperature", ({ state, speech }) =>
    state.transcribe(speech, { temperature: 1.5, temperatureIncrement: 0.2 }),
  ),
  row("temperature NaN, with fallback", INVALID, "temperature", ({ state, speech }) =>
    state.transcribe(speech, { temperature: Number.NaN, temperatureIncrement: 0.2 }),
  ),
  row("temperature above 1 on a state that has a result", INVALID, "temperature", async (t) => {
    await t.state.transcribe(t.speech, { threads: 1 });
    return t.state.transcribe(t.speech, { temperature: 1.01 });
  }),
  row("temperatureIncrement 1e-9", INVALID, "temperatureIncrement", ({ state, speech }) =>
    state.transcribe(speech, { temperatureIncrement: 1e-9 }),
  ),
  row("maxInitialTimestampS 1e10", INVALID, "maxInitialTimestampS", ({ state, speech }) =>
    state.transcribe(speech, { maxInitialTimestampS: 1e10 }),
  ),
  row("maxInitialTimestampS Infinity", INVALID, "maxInitialTimestampS", ({ state, speech }) =>
    state.transcribe(speech, { maxInitialTimestampS: Number.POSITIVE_INFINITY }),
  ),
];

const text: Row[] = [
  row("suppressRegex that is no expression", INVALID, "suppressRegex", ({ state, speech }) =>
    state.transcribe(speech, { suppressRegex: "(" }),
  ),
  {
    title: "suppressRegex (.*)*b, which takes for ever by backtracking",
    gives: FOUR,
    run: ({ state, speech }) =>
      state.transcribe(speech, { suppressRegex: "(.*)*b", threads: 1 }).then((r) => r.text),
  },
  row("maxTextContext 1 with carryPrompt", INVALID, "maxTextContext", ({ state, speech }) =>
    state.transcribe(speech, { maxTextContext: 1, carryPrompt: true, prompt: "one" }),
  ),
  {
    title: "maxTextContext 16, the least, with carryPrompt",
    run: ({ state, speech }) =>
      state
        .transcribe(speech, {
          maxTextContext: 16,
          carryPrompt: true,
          prompt: "one two",
          threads: 1,
        })
        .then(() => null),
  },
  row("prompt of 100 kB in one word", INVALID, "prompt", ({ state, speech }) =>
    state.transcribe(speech, { prompt: "a".repeat(100_000) }),
  ),
  row("prompt of 4096 bytes in one word", INVALID, "prompt", ({ state, speech }) =>
    state.transcribe(speech, { prompt: "a".repeat(4096) }),
  ),
  {
    title: "prompt of 4096 bytes in words of 256",
    run: ({ state, speech }) =>
      state
        .transcribe(speech, { prompt: `${"a".repeat(255)} `.repeat(16), threads: 1 })
        .then(() => null),
  },
  ...[51_865, 1e9, 2 ** 31, -1].flatMap((id) =>
    ["promptTokens", "suppressTokens"].map((name) => ({
      title: `${name} with id ${id}`,
      code: INVALID as typeof INVALID,
      says: name,
      run: optionsRow(name, [id]),
    })),
  ),
  ...["xx", "EN", "german", "", "e", "auto "].map((language) => ({
    title: `language ${JSON.stringify(language)}`,
    code: INVALID as typeof INVALID,
    says: "language",
    run: optionsRow("language", language),
  })),
  ...Object.entries({
    "a rule that isn't there": "root ::= missing",
    "no start rule": 'other ::= "one"',
    "left recursion": 'root ::= root "one" | "two"',
    "indirect left recursion": 'root ::= a "x"\na ::= b\nb ::= a "y" | "z"',
    "no end": 'root ::= ("one"',
  }).map(([what, grammar]) => ({
    title: `grammar with ${what}`,
    code: INVALID as typeof INVALID,
    says: "grammar",
    run: optionsRow("grammar", grammar),
  })),
];

const timesAndSizes: Row[] = [
  ...[-2e9, -1000, -1].map((offsetMs) => ({
    title: `offsetMs ${offsetMs}`,
    code: INVALID as typeof INVALID,
    says: "offsetMs",
    run: optionsRow("offsetMs", offsetMs),
  })),
  row("offsetMs at the audio's end", INVALID, "offsetMs", ({ state, speech }) =>
    state.transcribe(speech, { offsetMs: Math.ceil(speech.length / 16) }),
  ),
  row("offsetMs far past it", INVALID, "offsetMs", ({ state, speech }) =>
    state.transcribe(speech, { offsetMs: 86_400_000 }),
  ),
  row("durationMs below 0", INVALID, "durationMs", ({ state, speech }) =>
    state.transcribe(speech, { durationMs: -1 }),
  ),
  row("durationMs INT_MAX", INVALID, "durationMs", ({ state, speech }) =>
    state.transcribe(speech, { durationMs: 2 ** 31 - 1 }),
  ),
  {
    title: "durationMs of a day, on two seconds of audio: one window",
    gives: [FOUR, 1],
    run: ({ state, speech }) =>
      state
        .transcribe(speech, { durationMs: 86_400_000, threads: 1 })
        .then((r) => [r.text, r.timing.windows]),
  },
  row("audioContext 1501", INVALID, "audioContext", ({ state, speech }) =>
    state.transcribe(speech, { audioContext: 1501 }),
  ),
];

const audio: Row[] = [
  ...["null", "undefined", "{}", "[]", "42", "Symbol()", "new Float64Array(9)"].map((source) => ({
    title: `audio ${source}`,
    code: INVALID as typeof INVALID,
    says: "audio",
    run: evaluated(`({ state }) => state.transcribe(${source})`),
  })),
  row("no samples", AUDIO_INVALID, "samples", ({ state }) => state.transcribe(new Float32Array(0))),
  ...["NaN", "Infinity", "-Infinity", "1e30", "32767"].map((value) => ({
    title: `a sample of ${value}`,
    code: AUDIO_INVALID as typeof AUDIO_INVALID,
    says: "16000",
    run: evaluated(
      `({ state }) => state.transcribe(new Float32Array(32000).fill(${value}, 16000, 16001))`,
    ),
  })),
  ...[1, 199, 200, 399, 1599].map((length) => ({
    title: `${length} samples: no segments`,
    gives: ["", 0, "en"],
    run: evaluated(
      `({ state, speech }) => state.transcribe(speech.slice(0, ${length}), { threads: 1 }).then((r) => [r.text, r.segments.length, r.language])`,
    ),
  })),
  {
    title: "1 sample with language auto",
    gives: ["", ""],
    run: ({ state }) =>
      state.transcribe(new Float32Array(1), { language: "auto" }).then((r) => [r.text, r.language]),
  },
  row("1 sample for detectLanguage()", AUDIO_INVALID, "100 ms", ({ state }) =>
    state.detectLanguage(new Float32Array(1)),
  ),
  {
    title: "reused state, then no samples: never the text of the job before",
    gives: [FOUR, "ERR_WHISPER_AUDIO_INVALID", "", ""],
    run: async ({ state, speech, outcome }) => {
      const before = await state.transcribe(speech, { threads: 1 });
      const none = await outcome(state.transcribe(new Float32Array(0), { threads: 1 }));
      const few = await state.transcribe(new Float32Array(300), { threads: 1 });
      const silent = await state.transcribe(new Float32Array(32_000), { threads: 1 });
      return [before.text, none.ok ? "" : none.code, few.text, silent.text];
    },
  },
  {
    title: "an hour of audio: a result, and memory comes back with reset()",
    gives: [3_600_000, true, true],
    run: async ({ state }) => {
      const result = await state.transcribe(new Float32Array(3600 * 16_000), {
        ...{ threads: 2, audioContext: 64, maxTokens: 1, temperatureIncrement: 0 },
      });
      const before = state.info.hostBytes;
      await state.reset();
      const hundredMb = before - state.info.hostBytes > 100e6;
      return [result.audioDurationMs, result.timing.windows >= 120, hundredMb];
    },
  },
];

const dtw: Row[] = [
  row("dtw with flashAttention: true", INVALID, "dtw", ({ lib, micro }) =>
    lib.WhisperContext.create(micro.q5_0, { dtw: { topLayers: 1 }, flashAttention: true }),
  ),
  ...["none", "NONE", "99", "", "large.v3", "tiny", "base.en"].map((preset) => ({
    title: `dtw preset ${JSON.stringify(preset)} on a model that it doesn't fit`,
    code: INVALID as typeof INVALID,
    says: "dtw",
    run: evaluated(
      `({ lib, micro }) => lib.WhisperContext.create(micro.q5_0, { dtw: ${JSON.stringify(preset)} })`,
    ),
  })),
  row("dtw with a head that isn't there", INVALID, "dtw", ({ lib, micro }) =>
    lib.WhisperContext.create(micro.q5_0, { dtw: { heads: [{ layer: 1, head: 2 }] } }),
  ),
  row("dtw with more layers than there are", INVALID, "dtw", ({ lib, micro }) =>
    lib.WhisperContext.create(micro.q5_0, { dtw: { topLayers: 4 } }),
  ),
  row("dtw with audioContext 256 and 11 s of audio", INVALID, "audioContext", async (tools) => {
    const context = await tools.lib.WhisperContext.create(tools.micro.q5_0, {
      dtw: { heads: [{ layer: 1, head: 0 }] },
    });
    try {
      const state = await context.createState();
      return await state.transcribe(tools.samplesOf("en-digits.wav"), { audioContext: 256 });
    } finally {
      await context.free();
    }
  }),
  {
    title: "freed twice, state and context",
    run: async ({ lib }) => {
      const context = await lib.WhisperContext.create();
      const state = await context.createState();
      await Promise.all([state.free(), state.free(), context.free(), context.free()]);
      await state.free();
      await context.free();
      return null;
    },
  },
];

describe.each([
  ["threads, decoders and temperatures", threadsAndDecoders],
  ["prompts, languages and expressions", text],
  ["times and sizes", timesAndSizes],
  ["audio", audio],
  ["dtw and handles", dtw],
])("%s", (_, rows) => {
  let end: ChildEnd;
  beforeAll(async () => {
    end = await runRows(rows, { timeoutMs: HANG_MS });
  }, HANG_MS + 10_000);

  it.each(rows.map((one, index) => [one.title, one, index] as const))("%s", (title, one, index) => {
    const found = end.reports[index] as RowOutcome | undefined;
    if (!found) {
      throw new Error(
        `the process ended (${end.signal ?? end.code}) before or in "${title}": ${end.stderr}`,
      );
    }
    const { result, after } = found;
    if (one.code) {
      expect(result).toMatchObject({ ok: false, code: one.code });
      expect(result.ok || result.message).toContain(one.says);
      if (one.code === INVALID) expect(result).toMatchObject({ name: "WhisperArgumentError" });
    } else {
      expect(result).toMatchObject({ ok: true });
      if (one.gives !== undefined) expect(result).toEqual({ ok: true, value: one.gives });
    }
    expect(after).toEqual({ ok: true, value: FOUR });
  });

  it("the process ended in order and printed nothing", () => {
    expect(end).toMatchObject({ code: 0, signal: null, stdout: "", stderr: "" });
  });
});

describe("memory that can't be had", () => {
  const canLimit = isLinux && spawnSync("prlimit", ["--version"]).status === 0;
  if (!canLimit) console.warn("no prlimit here: address-space limits are not tried");

  // Limits the child's address space from outside, to what it has plus so many MB, when it says "ready".
  const limitOnReport = (plusMb: number) => (value: unknown, pid: number | undefined) => {
    if (typeof value !== "object" || value === null || !("vmKb" in value)) return;
    const bytes = (Number(value.vmKb) + plusMb * 1024) * 1024;
    execFileSync("prlimit", ["--pid", String(pid), `--as=${bytes}:unlimited`]);
  };

  it.runIf(canLimit)(
    "an hour of audio: ERR_WHISPER_OUT_OF_MEMORY, and the state works on",
    async () => {
      const limit = limitOnReport(330);
      const end = await runInChild(
        async ({ lib, fs, samplesOf, outcome, report, sleep }) => {
          const context = await lib.WhisperContext.create();
          const state = await context.createState();
          const speech = samplesOf("en-00.wav");
          const hour = new Float32Array(3600 * 16_000);
          await state.transcribe(speech, { threads: 1 });
          const status = fs.readFileSync("/proc/self/status", "utf8");
          report({ vmKb: Number(/VmSize:\s+(\d+)/.exec(status)?.[1]) });
          await sleep(500);
          const failed = await outcome(state.transcribe(hour, { threads: 1 }));
          const after = await outcome(state.transcribe(speech, { threads: 1 }).then((r) => r.text));
          report([failed, after]);
          process.exit(0);
        },
        { onReport: (value, child) => limit(value, child.pid) },
      );
      expect(end).toMatchObject({ code: 0, signal: null, stderr: "" });
      expect(end.reports[1]).toMatchObject([
        { ok: false, code: "ERR_WHISPER_OUT_OF_MEMORY" },
        { ok: true, value: FOUR },
      ]);
    },
  );

  it.runIf(canLimit).each([40, 80, 120, 200])(
    "states until %i MB are used up: ERR_WHISPER_OUT_OF_MEMORY, and earlier ones work on",
    async (mb) => {
      const limit = limitOnReport(mb);
      const end = await runInChild(
        async ({ lib, fs, samplesOf, outcome, report, sleep }) => {
          const context = await lib.WhisperContext.create();
          const state = await context.createState();
          const speech = samplesOf("en-00.wav");
          await state.transcribe(speech, { threads: 1 });
          const status = fs.readFileSync("/proc/self/status", "utf8");
          report({ vmKb: Number(/VmSize:\s+(\d+)/.exec(status)?.[1]) });
          await sleep(500);
          const made = [];
          for (let i = 0; i < 10; i++) {
            const one = await outcome(context.createState().then(() => "made"));
            made.push(one.ok ? "made" : one.code);
          }
          const after = await outcome(state.transcribe(speech, { threads: 1 }).then((r) => r.text));
          report([made, after]);
          process.exit(0);
        },
        { onReport: (value, child) => limit(value, child.pid) },
      );
      expect(end).toMatchObject({ code: 0, signal: null, stderr: "" });
      const [made, after] = end.reports[1] as [string[], unknown];
      expect(made).toContain("ERR_WHISPER_OUT_OF_MEMORY");
      expect(made.filter((one) => one !== "made" && one !== "ERR_WHISPER_OUT_OF_MEMORY")).toEqual(
        [],
      );
      expect(after).toEqual({ ok: true, value: FOUR });
    },
  );
});

function row(title: string, code: Row["code"], says: string, run: Row["run"]): Row {
  return { title, says, run, ...(code && { code }) };
}

/** A row that transcribes speech with one option. */
function optionsRow(name: string, value: unknown): Row["run"] {
  return evaluated(
    `({ state, speech }) => state.transcribe(speech, ${JSON.stringify({ [name]: value })})`,
  );
}

/** A function of this source text, which is all that crosses to the child. */
function evaluated(source: string): Row["run"] {
  return { toString: () => source } as unknown as Row["run"];
}
