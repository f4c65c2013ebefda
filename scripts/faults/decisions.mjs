// What the pool's detector decides during a run, with the number of jobs that had ended by then.

const NAMES = ["regression", "verified", "gave-up", "budget"];

export class Decisions {
  list = [];

  /** `count()`: jobs that have ended. */
  constructor(pool, count) {
    for (const name of NAMES) pool.on(name, (report) => this.#add(name, count(), report));
    pool.on("recycle", (report) => {
      if (report.reason === "regression") this.#add("recycle", count(), report);
    });
  }

  /**
   * How many jobs had ended at the last decision, or at its end, if there has been a verdict from the `since`th job on that nothing
   * more should follow but what it brings along; otherwise undefined.
   */
  settledAt(since) {
    const settled = this.list.some(
      ({ name, after, helped }) =>
        after >= since && (name === "gave-up" || (name === "verified" && helped)),
    );
    return settled ? this.list.at(-1).after : undefined;
  }

  #add(name, after, report) {
    const plain = Object.entries(report).filter(([, value]) => !(value instanceof Error));
    this.list.push({ ...Object.fromEntries(plain), name, after, at: Date.now() });
  }
}
