// worker.mjs, seen from the process that starts it.

import { fork } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { root } from "./environment.mjs";

export class WorkerProcess {
  /** CPU time of the process, from its start to its last answer, in ms. */
  cpuMs = 0;
  #child;
  #gone;

  /** Resolves when it is ready for jobs. */
  static async start(model) {
    const worker = new WorkerProcess();
    worker.#child = fork(path.join(root, "bench/support/worker.mjs"), [model]);
    worker.#gone = once(worker.#child, "exit");
    await worker.#answer();
    return worker;
  }

  async run(file, options) {
    this.#child.send({ file, options });
    return this.#answer();
  }

  /** Resolves when the process has ended. */
  async stop() {
    this.#child.send("stop");
    await this.#answer();
    await this.#gone;
  }

  async #answer() {
    const ended = this.#gone.then(([code, signal]) => {
      throw new Error(`the worker process ended: ${signal ?? code}`);
    });
    const [answer] = await Promise.race([once(this.#child, "message"), ended]);
    this.cpuMs = (answer.cpu.user + answer.cpu.system) / 1000;
    return answer;
  }
}
