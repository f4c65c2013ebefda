// Histories: calls in any order on contexts and states that are freed, cancelled and forgotten meanwhile.

import fc from "fast-check";
import { WhisperContext } from "../../dist/index.js";
import { spoken } from "./audio.mjs";
import { call } from "./calls.mjs";
import { transcribeOptions } from "./options.mjs";

const SLOTS = 3;
const slot = fc.nat(SLOTS - 1);
const job = { threads: 1, maxTokens: 4, audioContext: 16 };

const step = fc.oneof(
  { weight: 2, arbitrary: fc.tuple(fc.constant("create"), slot) },
  { weight: 4, arbitrary: fc.tuple(fc.constant("createState"), slot, slot) },
  { weight: 8, arbitrary: fc.tuple(fc.constant("transcribe"), slot) },
  { weight: 3, arbitrary: fc.tuple(fc.constant("transcribe"), slot, transcribeOptions) },
  { weight: 1, arbitrary: fc.tuple(fc.constant("detect"), slot) },
  { weight: 3, arbitrary: fc.tuple(fc.constant("cancel"), fc.nat(5)) },
  { weight: 2, arbitrary: fc.tuple(fc.constant("abort"), slot) },
  { weight: 3, arbitrary: fc.tuple(fc.constant("reset"), slot) },
  { weight: 2, arbitrary: fc.tuple(fc.constant("freeState"), slot) },
  { weight: 1, arbitrary: fc.tuple(fc.constant("freeContext"), slot) },
  { weight: 2, arbitrary: fc.tuple(fc.constant("info"), slot) },
  { weight: 1, arbitrary: fc.tuple(fc.constant("memory"), slot) },
  { weight: 1, arbitrary: fc.tuple(fc.constant("forget"), slot) },
  { weight: 2, arbitrary: fc.tuple(fc.constant("collect")) },
  { weight: 4, arbitrary: fc.tuple(fc.constant("pause"), fc.constantFrom(0, 1, 5, 20)) },
);

export const input = fc.array(step, { minLength: 5, maxLength: 30 });

export async function run(steps) {
  const history = new History();
  for (const [name, ...args] of [["create", 0], ["createState", 0, 0], ...steps]) {
    await history[name](...args);
  }
  await history.end();
}

class History {
  #contexts = [];
  #states = [];
  #jobs = [];
  #settling = [];

  #start(what, start) {
    this.#settling.push(call(what, start));
  }

  #on(slots, index, what, start) {
    const handle = slots[index];
    if (handle !== undefined) this.#start(what, async () => start(handle));
  }

  async create(index) {
    const options = { backend: "cpu", onLog: index === 1 ? () => {} : undefined };
    const made = await call("create()", () => WhisperContext.create(undefined, options));
    const before = this.#contexts[index];
    this.#contexts[index] = made;
    if (before !== undefined) this.#start("free()", () => before.free());
  }

  async createState(context, index) {
    const handle = this.#contexts[context];
    if (handle === undefined) return;
    this.#states[index] = await call("createState()", async () => handle.createState());
  }

  transcribe(index, options = job) {
    this.#on(this.#states, index, "transcribe()", (state) => {
      const running = state.transcribe(spoken.slice(0, 3200), options);
      running.catch(() => {});
      this.#jobs.push(running);
      return running;
    });
  }

  abort(index) {
    const controller = new AbortController();
    this.#on(this.#states, index, "transcribe()", (state) => {
      const running = state.transcribe(spoken, { ...job, signal: controller.signal });
      setImmediate(() => controller.abort());
      return running;
    });
  }

  detect(index) {
    this.#on(this.#states, index, "detectLanguage()", (state) =>
      state.detectLanguage(spoken, { threads: 1 }),
    );
  }

  cancel(index) {
    this.#jobs.at(-1 - index)?.cancel();
  }

  reset(index) {
    this.#on(this.#states, index, "reset()", (state) => state.reset());
  }

  freeState(index) {
    this.#on(this.#states, index, "state.free()", (state) => state.free());
  }

  freeContext(index) {
    this.#on(this.#contexts, index, "context.free()", (context) => context.free());
  }

  info(index) {
    this.#on(this.#states, index, "info", (state) => state.info);
  }

  memory(index) {
    this.#on(this.#contexts, index, "deviceMemory()", (context) => context.deviceMemory());
  }

  forget(index) {
    delete this.#states[index];
    if (index === 0) this.#jobs = [];
  }

  collect() {
    globalThis.gc?.();
  }

  pause(ms) {
    return new Promise((resolve) => setTimeout(resolve, ms));
  }

  async end() {
    for (const [index] of this.#contexts.entries()) this.freeContext(index);
    const ends = await Promise.allSettled(this.#settling);
    const failed = ends.find(({ status }) => status === "rejected");
    if (failed) throw failed.reason;
  }
}
