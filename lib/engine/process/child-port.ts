import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { Writable } from "node:stream";
import { WhisperEngineError } from "../../errors.js";
import { packageRoot } from "../../package-root.js";
import { packageHooks } from "../../plug-n-play.js";
import { withResolvers } from "../../with-resolvers.js";
import { BLOB_FD } from "./blob-frames.js";
import { BlobSender } from "./blob-sender.js";
import { engineEnvironment, engineFolder } from "./environment.js";
import { LastLines } from "./last-lines.js";
import type { ChildMessage, HostMessage } from "./protocol.js";

/** What an engine's process runs. */
export const CHILD_SCRIPT = join(packageRoot, "dist", "engine", "process", "child.js");

/** How long a child that was asked to end may take; and how long its last words may after it has ended. In ms. */
const CLOSE_MS = 5000;
const LAST_WORDS_MS = 500;

function start(script: string, env: Record<string, string>): ChildProcess {
  try {
    return spawn(process.execPath, [...packageHooks(), script], {
      cwd: engineFolder(),
      env,
      // stdin and stdout are nobody's; stderr holds its last words.
      stdio: ["ignore", "ignore", "pipe", "ipc", "pipe"],
      serialization: "advanced",
      windowsHide: true,
    });
  } catch (cause) {
    throw notStarted(cause as Error); // most failures are told by an event, but not all: an environment that is too large
  }
}

function notStarted(cause: Error): WhisperEngineError {
  return new WhisperEngineError(`the engine's process could not be started: ${cause.message}`, {
    cause,
  });
}

/** A child process and the two channels to it. It ends in one way, once, and says how. */
export class ChildPort {
  readonly blobs: BlobSender;
  /** Resolves when it has ended and all that it had said has arrived. Never rejects. */
  readonly ended: Promise<WhisperEngineError>;
  readonly #child: ChildProcess;
  readonly #ended = withResolvers<WhisperEngineError>();
  readonly #stderr = new LastLines();
  /** Why it was killed by us. */
  #verdict: string | undefined;
  #gone = false;
  #closing: Promise<void> | undefined;

  /** @throws {WhisperEngineError} `ERR_WHISPER_ENGINE_CRASHED`: there is no such script, or it can't be started */
  constructor(
    env: Readonly<Record<string, string>>,
    script: string,
    onMessage: (message: ChildMessage) => void,
    onGone: () => void,
  ) {
    if (!existsSync(script)) {
      throw new WhisperEngineError(
        `the engine's script ${script} is missing (was the package bundled?); use isolation "thread"`,
      );
    }
    const child = start(script, engineEnvironment(process.env, env));
    this.#child = child;
    this.ended = this.#ended.promise;
    // Without file descriptors to be had there are no channels either.
    this.blobs = new BlobSender((child.stdio?.[BLOB_FD] as Writable) ?? new Writable().destroy());
    child.stderr?.setEncoding("utf8").on("data", (text: string) => this.#stderr.push(text));
    child.on("message", (message: ChildMessage) => onMessage(message));
    this.#watchEnd(onGone);
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** Whether it has ended, or is about to. */
  get gone(): boolean {
    return this.#gone;
  }

  /** What it says to one that has gone is lost; `ended` tells. */
  send(message: HostMessage): void {
    if (this.#child.connected) this.#child.send(message, () => {});
  }

  /** Ends it at once. */
  kill(verdict: string): void {
    this.#verdict ??= verdict;
    this.#child.kill("SIGKILL");
  }

  /** Asks it to end, and makes it. Resolves when it has ended. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.send({ close: true });
    const timer = setTimeout(() => this.kill("didn't end when it was asked to"), CLOSE_MS);
    await this.ended;
    clearTimeout(timer);
  }

  #watchEnd(onGone: () => void): void {
    const child = this.#child;
    const gone = () => {
      if (this.#gone) return;
      this.#gone = true;
      onGone();
    };
    child.on("error", (cause) => {
      if (child.pid !== undefined) return; // signals or messages that came too late
      gone();
      this.#ended.resolve(notStarted(cause));
    });
    // Without the channel it can't be asked for anything any more.
    child.once("disconnect", () => {
      gone();
      child.kill("SIGKILL");
    });
    child.once("exit", (exitCode, signal) => {
      gone();
      const end = () => this.#ended.resolve(this.#death(exitCode, signal));
      // "close" comes when its channels are read to their ends; a process that it has started may keep one open.
      const timer = setTimeout(end, LAST_WORDS_MS);
      child.once("close", () => {
        clearTimeout(timer);
        end();
      });
    });
  }

  #death(exitCode: number | null, signal: NodeJS.Signals | null): WhisperEngineError {
    const how = signal ? `was ended by ${signal}` : `ended with exit code ${exitCode}`;
    const why = this.#verdict ? `${this.#verdict}, and ${how}` : how;
    const log = this.#stderr.lines;
    const last = log.findLast((line) => !/^Node\.js v|^\s+at /.test(line)); // of an uncaught error, its text
    return new WhisperEngineError(
      `the engine's process ${why}${last ? `; its last line: ${last}` : ""}`,
      { exitCode: exitCode ?? undefined, signal: signal ?? undefined, log },
    );
  }
}
