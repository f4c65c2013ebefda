import { createRequire } from "node:module";
import { WhisperContext } from "../context.js";
import { fromNative } from "../native/errors.js";
import { native } from "../native/load.js";
import { explainLoadFailure } from "../native/load-failure.js";
import { availableMemory, systemInfo } from "../system.js";
import type { ProbeAnswers, ProbeTask } from "./probe-protocol.js";
import { SAMPLE } from "./sample.js";

// The program of a process that touches native code on doctor's behalf: it may die of it. Its host knows what it had said.

/** OpenMP's threads wait for each other by spinning: more would take longer where other programs are busy. */
const THREADS = 1;

type Tell = (answers: ProbeAnswers) => void;

const tell: Tell = (answers) => void process.send?.(answers);

const tasks: { [Name in ProbeTask["task"]]: (task: ProbeTask & { task: Name }) => unknown } = {
  load({ path }) {
    try {
      createRequire(import.meta.url)(path);
      tell({ loads: true });
    } catch (error) {
      tell({ failure: explainLoadFailure(error, path) });
    }
  },

  async use() {
    tell({ availableBytes: availableMemory() });
    tell({ system: systemInfo() });
    await transcribeSample("cpu", 0);
  },

  async device({ backend, device }) {
    await transcribeSample(backend, device);
  },

  async model({ path }) {
    await native().checkModelFile(path);
    tell({ checked: true });
  },
};

async function transcribeSample(backend: string, device: number): Promise<void> {
  const context = await WhisperContext.create(undefined, { backend: backend as "cpu", device });
  try {
    const memory = await context.deviceMemory();
    if (memory !== undefined) tell({ memory });
    const state = await context.createState();
    const { text } = await state.transcribe(SAMPLE.path, { threads: THREADS });
    tell({ text });
  } finally {
    await context.free();
  }
}

async function main(): Promise<void> {
  const task = JSON.parse(process.argv[2] as string) as ProbeTask;
  try {
    await tasks[task.task](task as never);
  } catch (error) {
    const { code, message } = fromNative(error);
    tell({ error: { code, message } });
  }
  process.disconnect?.();
}

await main();
