import type { DiagnosisProgress } from "../diagnose/diagnose-options.js";
import type { Verdict } from "../diagnose/diagnosis.js";

/** From so many jobs on it is worth a word if more than this share of them has waited: the run may be for nothing. */
const ENOUGH_JOBS = 14;
const MUCH_WAITED = 0.5;

const ANSWERS: Readonly<Record<Exclude<Verdict, "undetermined">, string>> = {
  supported: "yes",
  refuted: "no",
};

/** What is new since the last look, in lines. */
export class News {
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

/** "block 12/60, 84 jobs, 2 min, 5 min left; H1 yes, H2 no, 4 open" */
export function status(progress: DiagnosisProgress): string {
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
