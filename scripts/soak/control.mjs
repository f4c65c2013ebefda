// What the machine makes of the same job in a new process: the control for the latency of a pool that has served for long.

import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const program = fileURLToPath(new URL("./control-process.mjs", import.meta.url));

export class Control {
  #write;
  #running;

  constructor(write) {
    this.#write = write;
  }

  /** Measures once, beside the pool's jobs, unless that is still being done. */
  begin() {
    this.#running ??= this.#measure().finally(() => {
      this.#running = undefined;
    });
  }

  quiet() {
    return this.#running;
  }

  async #measure() {
    const start = Date.now();
    const { stdout } = await promisify(execFile)(process.execPath, [program]);
    this.#write({ kind: "control", start, end: Date.now(), ...JSON.parse(stdout) });
  }
}
