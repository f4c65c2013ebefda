import type { EngineHost } from "../../engine/engine.js";
import type { DeviceInfo } from "../../types.js";
import type { Arm } from "../arms.js";
import { AgedProcess, isKept } from "./aged.js";
import type { HostedEngine } from "./hosted.js";
import { Teardown } from "./teardown.js";
import { newContext, newProcess, newState, type Place, type Warmth, warmState } from "./warmth.js";

/** What starts processes. */
export interface Hosts {
  readonly own: EngineHost;
  /** Of the other model or build. */
  readonly other: EngineHost | undefined;
}

/** A place for a job, and what making it took, in ms. */
export interface MadePlace extends Place {
  readonly setUpMs: number;
}

/** The other model or build, kept: its states are fresh. */
interface OtherProcess {
  readonly hosted: HostedEngine;
  readonly context: Place["context"];
  readonly teardown: Teardown;
}

/** Everything that jobs run in: what is kept, and what is made for each of them. */
export class Units {
  readonly #hosts: Hosts;
  readonly #warmth: Warmth;
  #aged: AgedProcess | undefined;
  #other: OtherProcess | undefined;

  constructor(hosts: Hosts, warmth: Warmth) {
    this.#hosts = hosts;
    this.#warmth = warmth;
  }

  /** Makes what is kept, so that what can't be made is known before anything is measured. */
  async start(): Promise<DeviceInfo> {
    const { context } = await this.aged();
    if (this.#hosts.other) await this.#otherProcess();
    return context.info.device;
  }

  /** The process that is kept; it is made when it is first asked for, or after {@link renew}. */
  async aged(): Promise<AgedProcess> {
    this.#aged ??= await AgedProcess.start(this.#hosts.own, this.#warmth);
    return this.#aged;
  }

  /** What an arm's job runs in; `teardown` gets what has been made for it. */
  async placeOf(arm: Arm, teardown: Teardown): Promise<MadePlace> {
    const warmth = this.#warmth;
    if (isKept(arm)) {
      const { hosted, context, states } = await this.aged();
      return { hosted, context, state: states[arm], setUpMs: 0 };
    }
    const base = arm === "fresh-process" ? undefined : await this.#baseOf(arm);
    const startedAt = performance.now();
    const hosted = base?.hosted ?? (await newProcess(this.#hosts.own, warmth, teardown));
    const context =
      base && arm !== "fresh-context" ? base.context : await newContext(hosted, warmth, teardown);
    const state = await newState(context, teardown);
    const setUpMs = performance.now() - startedAt;
    await warmState({ hosted, context, state }, warmth);
    return { hosted, context, state, setUpMs };
  }

  /** Gives up what an arm's job failed in: the next one gets another. */
  async renew(arm: Arm): Promise<void> {
    if (arm === "other") await this.#closeOther();
    else if (arm !== "fresh-process") await this.#closeAged();
  }

  async close(): Promise<void> {
    const all = new Teardown();
    all.keep(this, (units) => units.#closeAged());
    all.keep(this, (units) => units.#closeOther());
    await all.run();
  }

  #baseOf(arm: Arm): Promise<Pick<Place, "hosted" | "context">> {
    return arm === "other" ? this.#otherProcess() : this.aged();
  }

  async #otherProcess(): Promise<OtherProcess> {
    if (this.#other) return this.#other;
    const teardown = new Teardown();
    try {
      const host = this.#hosts.other as EngineHost;
      const hosted = await newProcess(host, this.#warmth, teardown);
      const context = await newContext(hosted, this.#warmth, teardown);
      this.#other = { hosted, context, teardown };
      return this.#other;
    } catch (error) {
      await teardown.run();
      throw error;
    }
  }

  async #closeAged(): Promise<void> {
    const aged = this.#aged;
    this.#aged = undefined;
    await aged?.close();
  }

  async #closeOther(): Promise<void> {
    const other = this.#other;
    this.#other = undefined;
    await other?.teardown.run();
  }
}
