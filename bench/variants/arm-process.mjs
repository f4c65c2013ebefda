// arm-worker.mjs, seen from the process that starts it.

import { fork } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { root } from "../support/environment.mjs";

export class ArmProcess {
  /** What the engine says about itself. */
  info;
  #child;
  #gone;

  /**
   * Resolves when it is ready for jobs; rejects with what keeps the engine from loading.
   *
   * @param {string} engine  a module in engines/
   * @param {import("./arm-worker.mjs").Request} request
   * @param {NodeJS.ProcessEnv} [env]
   */
  static async start(engine, request, env = {}) {
    const arm = new ArmProcess();
    const worker = path.join(root, "bench/variants/arm-worker.mjs");
    arm.#child = fork(worker, [engine, JSON.stringify(request)], {
      env: { ...process.env, ...env },
      // Some engines tell a lot.
      stdio: ["ignore", "ignore", "ignore", "ipc"],
    });
    arm.#gone = once(arm.#child, "exit");
    arm.info = (await arm.#answer()).info;
    return arm;
  }

  /** One job. */
  async run() {
    this.#child.send("run");
    return this.#answer();
  }

  /** Engines of others may keep a process from ending, or crash at its end. */
  async stop() {
    this.#child.kill("SIGKILL");
    await this.#gone;
  }

  async #answer() {
    const ended = this.#gone.then(([code, signal]) => {
      throw new Error(`the engine's process ended: ${signal ?? code}`);
    });
    const [answer] = await Promise.race([once(this.#child, "message"), ended]);
    if (answer.error !== undefined) throw new Error(answer.error);
    return answer;
  }
}
