/** What has to be undone, in the opposite order: also after a failure, and whatever of it fails. */
export class Teardown {
  readonly #steps: (() => Promise<void>)[] = [];

  /** `value`, which `undo` ends. */
  keep<Value>(value: Value, undo: (value: Value) => Promise<void>): Value {
    this.#steps.push(() => undo(value));
    return value;
  }

  /** Undoes everything that hasn't been. Rejects with the first failure, after the last step. */
  async run(): Promise<void> {
    const failures: unknown[] = [];
    for (let step = this.#steps.pop(); step !== undefined; step = this.#steps.pop()) {
      await step().catch((error: unknown) => failures.push(error));
    }
    if (failures.length > 0) throw failures[0];
  }
}
