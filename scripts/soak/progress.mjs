// Lines for whoever watches: every 100 jobs, or half a minute.

import { performance } from "node:perf_hooks";

const EVERY_JOBS = 100;
const EVERY_MS = 30_000;
/** Problems that are shown as they come. */
const MOST_PROBLEMS = 10;

export class Progress {
  #jobs;
  #done;
  /** Whether engines have processes of their own. */
  #engines;
  #say;
  #problems = 0;
  #startedAt = performance.now();
  #saidAt = performance.now();
  #own = 0;

  /** `done`: jobs of earlier runs. `say` prints a line. */
  constructor({ jobs, isolation }, done, say) {
    this.#jobs = jobs;
    this.#engines = isolation === "process";
    this.#done = done;
    this.#say = say;
  }

  /** A line of the journal. */
  see(line) {
    if (line.problem) {
      this.#problems += 1;
      if (this.#problems <= MOST_PROBLEMS) this.#say(`${line.problem}: ${JSON.stringify(line)}`);
    }
    if (line.kind !== "job") return;
    this.#done += 1;
    this.#own += 1;
    const late = performance.now() - this.#saidAt > EVERY_MS;
    if (this.#done % EVERY_JOBS !== 0 && !late) return;
    this.#saidAt = performance.now();
    const seconds = (this.#saidAt - this.#startedAt) / 1000;
    const mib = (bytes) => Math.round(bytes / 2 ** 20);
    this.#say(
      `${this.#done} of ${this.#jobs} jobs, ${(this.#own / seconds).toFixed(1)} per second; ${this.#problems} problems; ` +
        `RSS ${mib(line.hostRssBytes)} MiB${this.#engines ? `, engine's ${mib(line.engineRssBytes ?? 0)}` : ""}`,
    );
  }
}
