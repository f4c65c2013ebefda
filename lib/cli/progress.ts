import type cliProgress from "cli-progress";
import { passingBar } from "./bar.js";
import type { Terminal } from "./io.js";

/** Progress of one job after the other, for a person to watch. */
export interface Progress {
  /** Starts a bar for this name. */
  start(name: string): void;
  /** `fraction` of the audio that is done, from 0 to 1. */
  update(fraction: number): void;
  /** Runs `print` with the bar out of its way: both may go to the same terminal. */
  aside(print: () => Promise<void>): Promise<void>;
  /** Takes the bar away. */
  stop(): void;
}

const NAME_CHARS = 30;

const NO_PROGRESS: Progress = {
  start() {},
  update() {},
  aside: (print) => print(),
  stop() {},
};

/** A bar on `stream` when that is a terminal; nothing at all when it is a file or a pipe. */
export function createProgress(stream: Terminal, wanted: boolean): Progress {
  return wanted && stream.isTTY === true ? new ProgressBar(stream) : NO_PROGRESS;
}

class ProgressBar implements Progress {
  readonly #bar: cliProgress.SingleBar;
  #name = "";
  #percent = 0;

  constructor(stream: Terminal) {
    this.#bar = passingBar(stream, "{name} [{bar}] {percentage}%");
  }

  start(name: string): void {
    this.stop();
    this.#name = shorten(name);
    this.#percent = 0;
    this.#show();
  }

  update(fraction: number): void {
    this.#percent = Math.floor(Math.min(1, Math.max(0, fraction)) * 100);
    this.#bar.update(this.#percent);
  }

  async aside(print: () => Promise<void>): Promise<void> {
    const shown = this.#bar.isActive;
    // Stopped, not only erased: the bar remembers the row on which it started, and printing scrolls the rows.
    this.stop();
    await print();
    if (shown) this.#show();
  }

  stop(): void {
    this.#bar.stop();
  }

  #show(): void {
    this.#bar.start(100, this.#percent, { name: this.#name });
  }
}

function shorten(name: string): string {
  const shown = name.replaceAll(/[^\P{Cc}]/gu, "?");
  return shown.length > NAME_CHARS ? `...${shown.slice(3 - NAME_CHARS)}` : shown;
}
