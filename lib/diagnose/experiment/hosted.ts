import type { Engine, EngineHost, PreparedAudio } from "../../engine/engine.js";
import type { Clip } from "./clips.js";

/** An engine with the clips that have been sent to it, which it keeps: sending them for each job would move its memory. */
export class HostedEngine {
  readonly engine: Engine;
  readonly #clips = new Map<string, Promise<PreparedAudio>>();

  private constructor(engine: Engine) {
    this.engine = engine;
  }

  static async start(host: EngineHost, signal: AbortSignal): Promise<HostedEngine> {
    return new HostedEngine(await host.start(signal));
  }

  audioOf({ name, samples }: Clip): Promise<PreparedAudio> {
    const audio = this.#clips.get(name) ?? this.engine.prepareAudio(samples, {});
    this.#clips.set(name, audio);
    return audio;
  }

  /** What is in it has been freed. */
  async close(): Promise<void> {
    for (const audio of await Promise.allSettled(this.#clips.values())) {
      if (audio.status === "fulfilled") audio.value.release();
    }
    await this.engine.close();
  }
}
