import type { EngineContext, EngineHost, EngineState } from "../../engine/engine.js";
import type { Freed } from "../analysis/findings.js";
import type { Arm } from "../arms.js";
import type { HostedEngine } from "./hosted.js";
import { Teardown } from "./teardown.js";
import { newContext, newProcess, newState, type Warmth, warmState } from "./warmth.js";

/** Arms whose states are kept for as long as the process is. */
export const KEPT_ARMS = ["kept", "at-once", "slowly"] as const satisfies readonly Arm[];

export type KeptArm = (typeof KEPT_ARMS)[number];

export function isKept(arm: Arm): arm is KeptArm {
  return (KEPT_ARMS as readonly Arm[]).includes(arm);
}

/** The process that is kept, with a context and states that are. */
export class AgedProcess {
  readonly hosted: HostedEngine;
  readonly context: EngineContext;
  readonly states: Readonly<Record<KeptArm, EngineState>>;
  readonly #teardowns: { states: Teardown; context: Teardown; process: Teardown };

  private constructor(
    hosted: HostedEngine,
    context: EngineContext,
    states: Readonly<Record<KeptArm, EngineState>>,
    teardowns: { states: Teardown; context: Teardown; process: Teardown },
  ) {
    this.hosted = hosted;
    this.context = context;
    this.states = states;
    this.#teardowns = teardowns;
  }

  static async start(host: EngineHost, warmth: Warmth): Promise<AgedProcess> {
    const teardowns = {
      states: new Teardown(),
      context: new Teardown(),
      process: new Teardown(),
    };
    try {
      const hosted = await newProcess(host, warmth, teardowns.process);
      const context = await newContext(hosted, warmth, teardowns.context);
      const states: Partial<Record<KeptArm, EngineState>> = {};
      for (const arm of KEPT_ARMS) {
        const state = await newState(context, teardowns.states);
        await warmState({ hosted, context, state }, warmth);
        states[arm] = state;
      }
      return new AgedProcess(hosted, context, states as Record<KeptArm, EngineState>, teardowns);
    } catch (error) {
      await closeAll(teardowns);
      throw error;
    }
  }

  /** Frees the states, then the context, and tells what came back. Only `close()` may follow. */
  async free(warmth: Warmth): Promise<Required<Freed>> {
    const teardown = new Teardown();
    try {
      // Somebody has to be there to be asked.
      const witness = await newContext(this.hosted, warmth, teardown);
      const rss = async () => (await witness.memory()).rssBytes;
      const all = await rss();
      await this.#teardowns.states.run();
      const withoutStates = await rss();
      await this.#teardowns.context.run();
      const withoutContext = await rss();
      return { statesBytes: all - withoutStates, contextBytes: withoutStates - withoutContext };
    } finally {
      await teardown.run();
    }
  }

  async close(): Promise<void> {
    await closeAll(this.#teardowns);
  }
}

async function closeAll(teardowns: {
  states: Teardown;
  context: Teardown;
  process: Teardown;
}): Promise<void> {
  const all = new Teardown();
  all.keep(teardowns.process, (steps) => steps.run());
  all.keep(teardowns.context, (steps) => steps.run());
  all.keep(teardowns.states, (steps) => steps.run());
  await all.run();
}
