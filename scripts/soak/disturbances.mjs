// What goes on around the jobs: recycles of every rung, canaries, other numbers of slots, processes that are killed.

import { setTimeout } from "node:timers/promises";
import { enginePids } from "../../bench/support/engines.mjs";

/** Longest wait of a disturbance from the submission of its job, in ms. */
const MOST_DELAY_MS = 150;

/** Errors that whoever kills processes has to expect. */
const OF_CRASHES = ["ERR_WHISPER_ENGINE_CRASHED", "ERR_WHISPER_FREED"];

export class Disturbances {
  /** When processes were killed, in ms since the epoch. */
  kills = [];
  #pool;
  #slots;
  #write;
  #running = new Set();

  /** `write` gets a line for each, after its end. */
  constructor(pool, slots, write) {
    this.#pool = pool;
    this.#slots = slots;
    this.#write = write;
    // Also those that the pool makes by itself. One line for each recycle, whoever asked for it.
    pool.on("recycle", ({ rung, reason, outcome, stopped, totalMs, error }) => {
      const end = Date.now();
      const how = { reason, outcome, stopped, code: error?.code };
      this.#add({ what: `recycle ${rung}`, start: end - totalMs, end, ...how });
    });
    pool.on("crash", () => this.#add({ what: "crash", start: Date.now(), end: Date.now() }));
    pool.on("growth", ({ bytesPerJob }) => {
      this.#add({ what: "growth", start: Date.now(), end: Date.now(), bytesPerJob });
    });
  }

  /** Begins what belongs to a job. */
  begin({ disturbance, disturbanceShare }) {
    if (!disturbance) return;
    const work = this.#disturb(disturbance, disturbanceShare);
    this.#running.add(work);
    work.finally(() => this.#running.delete(work));
  }

  /** Resolves when none is under way. */
  async quiet() {
    while (this.#running.size > 0) await Promise.all(this.#running);
  }

  async #disturb(what, share) {
    await setTimeout(MOST_DELAY_MS * share);
    const start = Date.now();
    try {
      await this.#act(what, share);
    } catch (error) {
      const { code, message } = error;
      const expected = OF_CRASHES.includes(code) && this.killedSince(start - 5000) > 0;
      const end = Date.now();
      this.#add({ what, start, end, code, ...(!expected && { problem: "failed", message }) });
    }
  }

  async #act(what, share) {
    const pool = this.#pool;
    const start = Date.now();
    if (what === "crash") {
      const pids = enginePids(pool);
      const pid = pids[Math.floor(share * pids.length)];
      if (pid === undefined || !kill(pid)) return; // it has just been killed
      this.kills.push(start);
      this.#add({ what: "kill", start, end: Date.now() });
    } else if (what === "resize") {
      const slots = Math.max(1, this.#slots - 1 + Math.floor(3 * share));
      await pool.resize(slots);
      await setTimeout(1000 * share);
      await pool.resize(this.#slots);
      this.#add({ what, start, end: Date.now(), slots });
    } else if (what === "canary") {
      await pool.recycle({ slots: [0] });
      await setTimeout(500 * share);
      await pool.recycle({ onto: "newest" });
    } else {
      await pool.recycle({ rung: what });
    }
  }

  killedSince(time) {
    return this.kills.filter((kill) => kill >= time).length;
  }

  #add(line) {
    this.#write({ kind: "disturbance", ...line });
  }
}

/** Whether it was still there. */
function kill(pid) {
  try {
    return process.kill(pid, "SIGKILL");
  } catch (error) {
    if (error.code === "ESRCH") return false;
    throw error;
  }
}
