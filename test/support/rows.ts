import type { WhisperContext, WhisperErrorCode, WhisperState } from "../../lib/index.js";
import { type ChildEnd, type ChildOptions, type Outcome, runInChild, type Tools } from "./child.js";

/** One thing that is tried in a child process, on a state that all rows share. */
export interface Row {
  title: string;
  run: (tools: RowTools) => unknown;
  /** The error that it must end with; left out: it must give a result. */
  code?: WhisperErrorCode;
  /** What the message must say. */
  says?: string;
  /** What the result must be, as plain data. */
  gives?: unknown;
}

export interface RowTools extends Tools {
  context: WhisperContext;
  state: WhisperState;
  /** "four" */
  speech: Float32Array;
}

export interface RowOutcome {
  result: Outcome;
  /** Text that the state gave afterwards for `speech`. */
  after: Outcome;
}

/** Runs rows one after the other in one child. `reports[i]` is a {@link RowOutcome}. */
export function runRows(rows: readonly Row[], options: ChildOptions = {}): Promise<ChildEnd> {
  return runInChild(
    async (tools, sources: string[]) => {
      const context = await tools.lib.WhisperContext.create(undefined, { backend: "cpu" });
      const state = await context.createState();
      const speech = tools.samplesOf("en-00.wav");
      for (const source of sources) {
        // biome-ignore lint/security/noGlobalEval: functions cross as their source text
        const body = globalThis.eval(`(${source})`) as (tools: RowTools) => unknown;
        const result = await tools.outcome(
          Promise.resolve().then(() => body({ ...tools, context, state, speech })),
        );
        const after = await tools.outcome(
          state
            .reset()
            .then(() => state.transcribe(speech, { threads: 1 }))
            .then(({ text }) => text),
        );
        tools.report({ result, after });
      }
      await context.free();
    },
    { ...options, args: rows.map(({ run }) => run.toString()) },
  );
}
