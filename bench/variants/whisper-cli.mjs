// Upstream's whisper-cli as an arm. It loads its model each time it is started; so a job is what a run with some more files
// takes more than a run with one, divided by their number. What is done once for a process isn't counted, as with
// the arms that stay.

import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import { root } from "../support/environment.mjs";

const MORE_FILES = 3;

/** Node doesn't tell what a child took, and /proc knows hundredths of a second only. Bash asks the kernel for the child's usage. */
const TIMED = `LC_ALL=C; TIMEFORMAT='%3U %3S'; time "$@" 2>/dev/null`;

export class WhisperCliArm {
  info = {};
  #program;
  #args;
  #audio;

  /** @param {import("./arm-worker.mjs").Request} request  of which preset "equal" is meant */
  constructor({ model, audio, threads }) {
    const folder =
      process.env.STEADY_WHISPER_TEST_PROGRAMS ?? path.join(root, "build-tests/Release");
    this.#program = path.join(folder, "whisper-cli");
    if (!existsSync(this.#program)) {
      throw new Error(
        `${this.#program} is not built: build it with \`node scripts/test-native.mjs --build-only\``,
      );
    }
    const greedy = ["--beam-size", "1", "--best-of", "1", "--no-fallback", "--language", "en"];
    const quiet = ["--no-gpu", "--no-prints"];
    this.#args = ["--model", model, "--threads", String(threads), ...greedy, ...quiet];
    this.#audio = audio;
  }

  /** A job's CPU and wall time. */
  async run() {
    const one = await this.#timed(1);
    const more = await this.#timed(1 + MORE_FILES);
    const texts = new Set([...one.texts, ...more.texts]);
    if (texts.size !== 1)
      throw new Error(`whisper-cli's results differ: ${[...texts].join(" | ")}`);
    return {
      text: one.texts[0],
      cpuMs: (more.cpuMs - one.cpuMs) / MORE_FILES,
      wallMs: (more.wallMs - one.wallMs) / MORE_FILES,
      /** All of a run with one file: the model's load, too. */
      wholeCpuMs: one.cpuMs,
    };
  }

  async stop() {}

  async #timed(count) {
    const files = Array.from({ length: count }, () => this.#audio);
    const startedAt = performance.now();
    const { stdout, stderr } = await promisify(execFile)("bash", [
      ...["-c", TIMED, "bash", this.#program, ...this.#args, ...files],
    ]);
    const wallMs = performance.now() - startedAt;
    const texts = parseTranscripts(stdout);
    if (texts.length !== count) throw new Error(`whisper-cli gave no result: ${stdout}`);
    return { texts, wallMs, cpuMs: parseCpuMs(stderr) };
  }
}

/** User and system time in seconds, as `TIMED` prints them. */
export function parseCpuMs(text) {
  const match = /^(\d+\.\d{3}) (\d+\.\d{3})$/m.exec(text);
  if (!match) throw new Error(`bash's time keyword printed "${text}"`);
  return 1000 * (Number(match[1]) + Number(match[2]));
}

/** The text of each file: an empty line comes before the segments of each, which have their times in front. */
export function parseTranscripts(text) {
  return text
    .split(/\n\n+/)
    .map((block) =>
      [...block.matchAll(/^\[[\d:.]+ --> [\d:.]+\](.*)$/gm)]
        .map(([, said]) => said.replace(/^ {2}/, ""))
        .join("")
        .trim(),
    )
    .filter((said) => said !== "");
}
