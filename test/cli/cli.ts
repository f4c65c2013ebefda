import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";

const main = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));

/**
 * The command line that starts the built program. Transcription runs with one thread unless `defaultThreads` is set:
 * OpenMP's threads wait for each other by spinning, which takes ten times as long where other test files use the same
 * cores.
 */
export function commandLine(
  args: readonly string[],
  { defaultThreads = false } = {},
): [string, ...string[]] {
  const oneThread = args[0] === "transcribe" && !args.includes("--threads") && !defaultThreads;
  const options = oneThread ? ["transcribe", "--threads", "1", ...args.slice(1)] : args;
  return [process.execPath, main, ...options];
}

if (!existsSync(main)) throw new Error(`${main} is missing: run \`npm run build:ts\``);

export interface Outcome {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

/** A started program; `outcome` resolves when it has ended and its output has been read. */
export interface Running {
  child: ChildProcess;
  outcome: Promise<Outcome>;
  /** What has come on stdout so far. */
  stdout(): string;
}

export interface StartOptions {
  env?: Record<string, string>;
  cwd?: string;
  /** "pipe" leaves stdin open for the test; the default is no stdin. */
  stdin?: "pipe" | "ignore";
  /** As many threads as for a user who doesn't say how many. */
  defaultThreads?: boolean;
}

/** Starts the program with pipes instead of a terminal. It is killed when the test ends first. */
export function start(args: readonly string[], options: StartOptions = {}): Running {
  const [program, ...rest] = commandLine(args, options);
  const child = spawn(program, rest, {
    cwd: options.cwd,
    env: { ...process.env, ...options.env },
    stdio: [options.stdin ?? "ignore", "pipe", "pipe"],
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  let stdout = "";
  let stderr = "";
  child.stdout?.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
  });
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  const outcome = new Promise<Outcome>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code, signal) => resolve({ code, signal, stdout, stderr }));
  });
  return { child, outcome, stdout: () => stdout };
}

/** Runs the program to its end; `input` becomes its stdin. */
export function run(
  args: readonly string[],
  options: StartOptions & { input?: Uint8Array } = {},
): Promise<Outcome> {
  const { input, ...rest } = options;
  const running = start(args, { ...rest, stdin: input === undefined ? "ignore" : "pipe" });
  running.child.stdin?.on("error", () => {});
  running.child.stdin?.end(input);
  return running.outcome;
}

export function testAudio(name: string): string {
  return fileURLToPath(new URL(`../../models/micro/test-audio/${name}`, import.meta.url));
}

/** Ten minutes of speech as WAV: one recording again and again. No test waits for its end. */
export function longWav(): Buffer {
  const clip = readFileSync(testAudio("long-75s.wav"));
  const samples = clip.subarray(44);
  const data = Buffer.concat(Array.from({ length: 8 }, () => samples));
  const header = Buffer.from(clip.subarray(0, 44));
  header.writeUInt32LE(36 + data.length, 4);
  header.writeUInt32LE(data.length, 40);
  return Buffer.concat([header, data]);
}

/** A folder that is gone after the test. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "cli-test-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
