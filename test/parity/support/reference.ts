import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { DecodingOptions } from "../../../lib/index.js";
import { testProgram } from "./programs.js";

/** What whisper_full() gives: times in centiseconds, junk included. */
export interface ReferenceResult {
  language: string;
  cpuMs: number[];
  wallMs: number[];
  segments: ReferenceSegment[];
}

export interface ReferenceSegment {
  t0: number;
  t1: number;
  text: string;
  noSpeechProb: number;
  tokens: { id: number; p: number; t0: number; t1: number; dtw: number; text: string }[];
}

/** What whisper_lang_auto_detect() gives: every language that upstream has a code for, in the order of their ids. */
export interface ReferenceLanguages {
  language: string;
  probabilities: [code: string, p: number][];
}

/** Upstream's names of options that are plain numbers or flags. */
const fields = {
  threads: "n_threads",
  bestOf: "greedy.best_of",
  beamSize: "beam_search.beam_size",
  translate: "translate",
  temperature: "temperature",
  temperatureIncrement: "temperature_inc",
  entropyThreshold: "entropy_thold",
  logprobThreshold: "logprob_thold",
  noSpeechThreshold: "no_speech_thold",
  lengthPenalty: "length_penalty",
  maxInitialTimestampS: "max_initial_ts",
  carryPrompt: "carry_initial_prompt",
  noContext: "no_context",
  maxTextContext: "n_max_text_ctx",
  offsetMs: "offset_ms",
  durationMs: "duration_ms",
  maxTokens: "max_tokens",
  audioContext: "audio_ctx",
  noTimestamps: "no_timestamps",
  singleSegment: "single_segment",
  tokenTimestamps: "token_timestamps",
  timestampThreshold: "thold_pt",
  timestampSumThreshold: "thold_ptsum",
  maxLength: "max_len",
  splitOnWord: "split_on_word",
  suppressBlank: "suppress_blank",
  suppressNonSpeech: "suppress_nst",
} as const satisfies Partial<Record<keyof DecodingOptions, string>>;

const texts = {
  strategy: "strategy",
  language: "language",
  prompt: "prompt",
  suppressRegex: "suppress_regex",
} as const satisfies Partial<Record<keyof DecodingOptions, string>>;

const lists = {
  promptTokens: "prompt_tokens",
  suppressTokens: "suppress_tokens",
} as const satisfies Partial<Record<keyof DecodingOptions, string>>;

/** The options that the reference program understands. */
export type ReferenceOptions = Pick<
  DecodingOptions,
  keyof typeof fields | keyof typeof texts | keyof typeof lists
>;

export interface ReferenceContext {
  flashAttention?: boolean | undefined;
  dtwHeads?: readonly { layer: number; head: number }[] | undefined;
}

/** The running C++ program (native/test/parity.cc) with one model. */
export class Reference {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #folder = mkdtempSync(join(tmpdir(), "steady-whisper-parity-"));
  readonly #lines: AsyncIterator<string>;
  readonly #files = new Map<Float32Array, string>();
  #stderr = "";

  constructor(model: string, { flashAttention = true, dtwHeads }: ReferenceContext = {}) {
    const flags = flashAttention ? [] : ["--no-flash-attention"];
    if (dtwHeads) {
      flags.push("--dtw-heads", dtwHeads.map(({ layer, head }) => `${layer}:${head}`).join(","));
    }
    this.#child = spawn(testProgram("parity"), [model, ...flags]);
    this.#child.stderr.on("data", (data) => {
      this.#stderr += data;
    });
    this.#child.stdin.on("error", () => {}); // the end of its output tells more
    this.#lines = createInterface(this.#child.stdout)[Symbol.asyncIterator]();
  }

  /** whisper_full() on a new context with its default state, or on the one of earlier jobs with the same `keep`. */
  transcribe(
    samples: Float32Array,
    options: ReferenceOptions,
    more: { keep?: string } = {},
  ): Promise<ReferenceResult> {
    return this.#ask(samples, options, { ...more }) as Promise<ReferenceResult>;
  }

  /** Probability of no speech in the window at `offsetMs`, after `previous` text and a start-of-transcript token. */
  async noSpeechProb(
    samples: Float32Array,
    offsetMs: number,
    previous: readonly number[] = [],
  ): Promise<number> {
    const options = { threads: 1, offsetMs, promptTokens: previous };
    const answer = await this.#ask(samples, options, { kind: "no-speech" });
    return (answer as { noSpeechProb: number }).noSpeechProb;
  }

  /** whisper_lang_auto_detect() on the first window. */
  languages(samples: Float32Array, threads: number): Promise<ReferenceLanguages> {
    return this.#ask(samples, { threads }, { kind: "languages" }) as Promise<ReferenceLanguages>;
  }

  close(): void {
    this.#child.stdin.end();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #ask(samples: Float32Array, options: ReferenceOptions, more: Record<string, string> = {}) {
    const pairs = Object.entries({ pcm: this.#fileOf(samples), ...more });
    for (const [name, value] of Object.entries(options)) {
      if (name in fields) pairs.push([fields[name as keyof typeof fields], `${Number(value)}`]);
      else if (name in texts) pairs.push([texts[name as keyof typeof texts], `${value}`]);
      else if (name in lists) pairs.push([lists[name as keyof typeof lists], `${value}`]);
      else throw new Error(`the reference program has no option ${name}`);
    }
    this.#child.stdin.write(`${pairs.map(([key, value]) => `${key}=${value}`).join("\t")}\n`);
    const { value, done } = await this.#lines.next();
    if (done) throw new Error(`the reference program ended: ${this.#stderr}`);
    return JSON.parse(value);
  }

  /** Raw 32-bit floats, as the program reads them. */
  #fileOf(samples: Float32Array): string {
    let file = this.#files.get(samples);
    if (file === undefined) {
      file = join(this.#folder, `${this.#files.size}.f32`);
      writeFileSync(file, new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength));
      this.#files.set(samples, file);
    }
    return file;
  }
}
