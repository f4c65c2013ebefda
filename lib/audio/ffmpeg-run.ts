import { type ChildProcess, spawn } from "node:child_process";
import { WhisperAudioError, type WhisperError } from "../errors.js";
import { abortedBy, onAbort } from "./abort.js";
import { ByteCollector } from "./byte-collector.js";
import { tooLong, WHISPER_SAMPLE_RATE } from "./validate.js";

const BYTES_PER_SAMPLE = Float32Array.BYTES_PER_ELEMENT;
const STDERR_TAIL_CHARS = 2_000;

/** What ffmpeg may need to start at all; nothing else of this process's environment is its business. */
const PASSED_ON = ["PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "SystemRoot", "TEMP", "TMPDIR"];

/** Limits of one run. */
export interface FfmpegLimits {
  signal?: AbortSignal | undefined;
  /** Longest audio, in ms: more output than that ends the run with ERR_WHISPER_AUDIO_TOO_LONG. */
  maxDurationMs: number;
  /** Longest time without any output, in ms: ERR_WHISPER_AUDIO_READ. */
  idleTimeoutMs: number;
}

/** One input of ffmpeg: `url` with its protocol, `stdin` the bytes behind `pipe:0`, `name` for messages. */
export interface FfmpegInput {
  url: string;
  stdin?: Uint8Array | undefined;
  name: string;
}

/**
 * Runs ffmpeg once and returns mono 16 kHz float32 samples. Settles when the child is gone, whatever happened: it is
 * killed on abort, beyond a limit, and when it falls silent.
 */
export async function runFfmpeg(
  executable: string,
  args: readonly string[],
  input: FfmpegInput,
  limits: FfmpegLimits,
): Promise<Float32Array> {
  const { signal, maxDurationMs, idleTimeoutMs } = limits;
  const maxBytes = Math.floor((maxDurationMs * WHISPER_SAMPLE_RATE) / 1000) * BYTES_PER_SAMPLE;
  const output = new ByteCollector();
  const child = start(executable, args, input);
  let tail = "";
  let over = false;
  let failure: WhisperError | undefined;
  const end = (error: WhisperError) => {
    failure ??= error;
    kill(child);
  };
  const idle = setTimeout(() => {
    // If this process was held up, output may be waiting: let it in before judging.
    const before = output.length;
    setImmediate(() =>
      setImmediate(() => {
        if (over) return;
        if (output.length === before) end(stuck(input.name, idleTimeoutMs, tail));
        else idle.refresh();
      }),
    );
  }, idleTimeoutMs);
  const unlisten = onAbort(signal, () => end(abortedBy(signal)));

  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    tail = (tail + text).slice(-STDERR_TAIL_CHARS);
  });
  child.stdout?.on("data", (chunk: Buffer) => {
    if (failure !== undefined) return;
    idle.refresh();
    if (output.length + chunk.length > maxBytes) {
      end(tooLong("longer", maxDurationMs));
      return;
    }
    try {
      output.push(chunk);
    } catch (error) {
      end(error as WhisperError);
    }
  });
  // ffmpeg may end before it has read everything.
  child.stdin?.on("error", () => {});
  child.stdin?.end(input.stdin);

  try {
    const { code, by } = await settled(child, executable);
    if (failure !== undefined) throw failure;
    if (code !== 0) throw failed(input.name, by === null ? `exit code ${code}` : by, tail);
  } finally {
    over = true;
    clearTimeout(idle);
    unlisten();
  }
  const samples = Math.floor(output.length / BYTES_PER_SAMPLE);
  if (samples === 0) throw failed(input.name, "it found no sound", tail);
  return new Float32Array(output.take().buffer, 0, samples);
}

function start(executable: string, args: readonly string[], input: FfmpegInput): ChildProcess {
  const env: NodeJS.ProcessEnv = { AV_LOG_FORCE_NOCOLOR: "1", LC_ALL: "C" };
  for (const name of PASSED_ON) {
    if (process.env[name] !== undefined) env[name] = process.env[name];
  }
  try {
    return spawn(executable, args, {
      stdio: [input.stdin === undefined ? "ignore" : "pipe", "pipe", "pipe"],
      env,
      windowsHide: true,
    });
  } catch (cause) {
    throw notStarted(executable, cause);
  }
}

function settled(
  child: ChildProcess,
  executable: string,
): Promise<{ code: number | null; by: NodeJS.Signals | null }> {
  return new Promise((resolve, reject) => {
    child.once("error", (cause) => reject(notStarted(executable, cause)));
    child.once("close", (code, by) => resolve({ code, by }));
  });
}

function kill(child: ChildProcess): void {
  child.kill("SIGKILL");
  // "close" waits for the pipes, which a wrapper script's own child may hold open for ever.
  for (const stream of child.stdio) stream?.destroy();
}

function notStarted(executable: string, cause: unknown): WhisperAudioError {
  return new WhisperAudioError(
    "ERR_WHISPER_AUDIO_READ",
    `${executable} could not be started: ${(cause as Error).message}`,
    { cause },
  );
}

function stuck(name: string, idleTimeoutMs: number, tail: string): WhisperAudioError {
  return new WhisperAudioError(
    "ERR_WHISPER_AUDIO_READ",
    `ffmpeg decoded nothing of ${name} for ${idleTimeoutMs} ms and was killed${lastWords(tail)}`,
  );
}

function failed(name: string, how: string, tail: string): WhisperAudioError {
  return new WhisperAudioError(
    "ERR_WHISPER_AUDIO_INVALID",
    `ffmpeg could not decode ${name} (${how})${lastWords(tail)}`,
  );
}

/** They quote names and tags from the file: no control character of theirs shall reach a terminal. */
function lastWords(tail: string): string {
  const said = tail.replaceAll(/[^\P{Cc}\n\t]/gu, "\u{FFFD}").trim();
  return said === "" ? "" : `: ${said}`;
}
