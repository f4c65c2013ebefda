// Other programs that keep all cores busy, now and then.

import { spawn } from "node:child_process";
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";

/** Jobs from one beginning to the next, and how many of these are disturbed. */
const PERIOD = 50;
const BUSY = 20;

const program = fileURLToPath(new URL("./busy.mjs", import.meta.url));

export class Contention {
  /** How many jobs have ended beside them. */
  disturbed = 0;
  #children = [];

  /** To be called after each job, with how many there have been. */
  see(jobs) {
    if (this.#children.length > 0) this.disturbed += 1;
    const busy = jobs % PERIOD >= PERIOD - BUSY;
    if (busy && this.#children.length === 0) this.#begin();
    if (!busy) this.end();
  }

  end() {
    for (const child of this.#children.splice(0)) child.kill("SIGKILL");
  }

  #begin() {
    this.#children = Array.from({ length: availableParallelism() }, () =>
      spawn(process.execPath, [program], { stdio: ["pipe", "ignore", "ignore"] }),
    );
  }
}
