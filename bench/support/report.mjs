// How every benchmark ends: a line of JSON, and an exit code.

import { buildProfile, commit, machine } from "./environment.mjs";

export const round = (value, digits = 3) => Number(value.toFixed(digits));

/** Bounds that figures have to keep. */
export class Bounds {
  failures = [];

  // Not ">" and "<": no figure at all is no proof.
  atMost(what, value, bound) {
    if (!(value <= bound)) this.failures.push(`${what}: ${round(value)} is above ${bound}`);
  }

  atLeast(what, value, bound) {
    if (!(value >= bound)) this.failures.push(`${what}: ${round(value)} is below ${bound}`);
  }
}

/** One run of a benchmark. Made before anything is measured, as it notes the machine's load. */
export class Run {
  bounds = new Bounds();
  #name;
  #complete;
  #machine = machine();

  /** `complete`: long enough for its figures to mean something. */
  constructor(name, complete) {
    this.#name = name;
    this.#complete = complete;
  }

  progress(text) {
    console.error(`${this.#name}: ${text}`);
  }

  /** Prints the figures. The process will fail if a bound did, in a complete run. */
  end({ systemInfo, ...figures }) {
    const { failures } = this.bounds;
    console.log(
      JSON.stringify({
        benchmark: this.#name,
        time: new Date().toISOString(),
        commit: commit(),
        machine: this.#machine,
        build: buildProfile(systemInfo),
        ...figures,
        boundsChecked: this.#complete,
        failures,
      }),
    );
    if (this.#complete && failures.length > 0) {
      for (const failure of failures) this.progress(failure);
      process.exitCode = 1;
    }
  }
}
