import type cliProgress from "cli-progress";
import type { DiagnosisProgress } from "../diagnose/diagnose-options.js";
import { passingBar } from "./bar.js";
import { News, status } from "./diagnose-news.js";
import type { Terminal } from "./io.js";

/** Shows how far an experiment is, for a person or for a log. */
export interface DiagnosisDisplay {
  update(progress: DiagnosisProgress): void;
  /** A line of its own. */
  note(text: string): void;
  /** Takes away what isn't to stay. */
  stop(): void;
}

/** In a log: often enough to see that it goes on, seldom enough for an hour's run. */
const LINE_EVERY_MS = 30_000;

/** Short enough for a terminal of 80 columns: what doesn't fit is cut, so the verdicts come last. */
const BAR_CHARS = 10;

/**
 * A bar on a terminal, a line every 30 s on anything else; on both a line for what is new: the time that it may take, once
 * that can be told, and verdicts that have changed. Nothing at all unless `wanted`.
 */
export function createDisplay(
  stream: Terminal,
  { wanted, fixed }: { wanted: boolean; fixed: boolean },
): DiagnosisDisplay {
  if (!wanted) return { update() {}, note() {}, stop() {} };
  return stream.isTTY === true ? new BarDisplay(stream, fixed) : new LineDisplay(stream, fixed);
}

class LineDisplay implements DiagnosisDisplay {
  readonly #stream: Terminal;
  readonly #news: News;
  #saidAtMs = 0;

  constructor(stream: Terminal, fixed: boolean) {
    this.#stream = stream;
    this.#news = new News(fixed);
  }

  update(progress: DiagnosisProgress): void {
    for (const line of this.#news.of(progress)) this.note(line);
    if (progress.elapsedMs - this.#saidAtMs < LINE_EVERY_MS) return;
    this.#saidAtMs = progress.elapsedMs;
    this.note(status(progress));
  }

  note(text: string): void {
    this.#stream.write(`${text}\n`);
  }

  stop(): void {}
}

class BarDisplay implements DiagnosisDisplay {
  readonly #stream: Terminal;
  readonly #news: News;
  readonly #bar: cliProgress.SingleBar;
  #latest: DiagnosisProgress | undefined;

  constructor(stream: Terminal, fixed: boolean) {
    this.#stream = stream;
    this.#news = new News(fixed);
    this.#bar = passingBar(stream, "[{bar}] {status}", BAR_CHARS);
  }

  update(progress: DiagnosisProgress): void {
    this.#latest = progress;
    for (const line of this.#news.of(progress)) this.note(line);
    if (this.#bar.isActive) this.#bar.update(progress.block, payload(progress));
    else this.#show(progress);
  }

  note(text: string): void {
    // Stopped, not only erased: the bar remembers the row on which it started, and printing scrolls the rows.
    this.stop();
    this.#stream.write(`${text}\n`);
    if (this.#latest) this.#show(this.#latest);
  }

  stop(): void {
    this.#bar.stop();
  }

  #show(progress: DiagnosisProgress): void {
    this.#bar.start(progress.blocks, progress.block, payload(progress));
  }
}

function payload(progress: DiagnosisProgress): { status: string } {
  return { status: status(progress) };
}
