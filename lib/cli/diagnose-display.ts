import cliProgress from "cli-progress";
import type { DiagnosisProgress } from "../diagnose/diagnose-options.js";
import type { Verdict } from "../diagnose/diagnosis.js";
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

/** From so many jobs on it is worth a word if more than this share of them has waited: the run may be for nothing. */
const ENOUGH_JOBS = 14;
const MUCH_WAITED = 0.5;

const ANSWERS: Readonly<Record<Exclude<Verdict, "undetermined">, string>> = {
  supported: "yes",
  refuted: "no",
};

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

/** What is new since the last look, in lines. */
class News {
  readonly #fixed: boolean;
  readonly #verdicts = new Map<string, Verdict>();
  #estimated = false;
  #warned = false;

  /** @param fixed The number of blocks is given; else verdicts may end the run earlier. */
  constructor(fixed: boolean) {
    this.#fixed = fixed;
  }

  of({ block, blocks, jobs, waited, leftMs, interim }: DiagnosisProgress): string[] {
    const lines: string[] = [];
    if (!this.#warned && jobs >= ENOUGH_JOBS && waited > MUCH_WAITED * jobs) {
      this.#warned = true;
      lines.push(
        `${waited} of ${jobs} jobs don't count, as they waited for a processor: other programs keep this machine busy.`,
      );
    }
    if (!this.#estimated && leftMs !== undefined) {
      this.#estimated = true;
      const left = `bout ${duration(leftMs)} left, to block ${blocks}`;
      lines.push(
        this.#fixed ? `A${left}.` : `At most a${left}; less if there are verdicts earlier.`,
      );
    }
    const changed = interim.filter(
      ({ id, verdict }) => (this.#verdicts.get(id) ?? "undetermined") !== verdict,
    );
    for (const { id, verdict } of interim) this.#verdicts.set(id, verdict);
    if (changed.length > 0) {
      const verdicts = changed.map(({ id, verdict }) => `${id} ${verdict}`).join(", ");
      lines.push(`Block ${block}, so far: ${verdicts}.`);
    }
    return lines;
  }
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
    this.#bar = new cliProgress.SingleBar({
      stream,
      format: "[{bar}] {status}",
      barCompleteChar: "=",
      barIncompleteChar: "-",
      barsize: BAR_CHARS,
      clearOnComplete: true,
      linewrap: true, // long lines are cut at the edge
      hideCursor: null,
      // The command itself listens to signals and stops the bar.
      gracefulExit: false,
    });
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

function status(progress: DiagnosisProgress): string {
  const { phase, block, blocks, jobs, elapsedMs, leftMs } = progress;
  if (phase !== "measuring") return `${phase}, ${duration(elapsedMs)}`;
  const left = leftMs === undefined ? "" : `, ${duration(leftMs)} left`;
  return `block ${block}/${blocks}, ${jobs} jobs, ${duration(elapsedMs)}${left}${verdicts(progress)}`;
}

/** "; H1 yes, H2 no, 4 open"; nothing before the first look. */
function verdicts({ interim }: DiagnosisProgress): string {
  if (interim.length === 0) return "";
  const answered = interim.flatMap(({ id, verdict }) =>
    verdict === "undetermined" ? [] : [`${id} ${ANSWERS[verdict]}`],
  );
  const open = interim.length - answered.length;
  return `; ${[...answered, ...(open > 0 ? [`${open} open`] : [])].join(", ")}`;
}

/** "45 s", "12 min", "1 h 40 min" */
export function duration(ms: number): string {
  const seconds = Math.round(Math.max(0, ms) / 1000);
  if (seconds < 120) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 120 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
