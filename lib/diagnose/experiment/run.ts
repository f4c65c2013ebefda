import { WhisperError } from "../../errors.js";
import type { Transcription } from "../../transcription.js";
import { analyse, isLook } from "../analysis/analyse.js";
import type { Freed } from "../analysis/findings.js";
import { undecided } from "../analysis/undecided.js";
import { ARMS } from "../arms.js";
import type { Analysis, Diagnosis, MachineFacts, StopReason } from "../diagnosis.js";
import type { Measurement } from "../measurement.js";
import { Blocks } from "./blocks.js";
import { DeviceWatch } from "./device/watch.js";
import type { ExperimentHosts } from "./hosts.js";
import { diagnosisOf } from "./outcome.js";
import { type Prepared, prepare } from "./prepare.js";
import { Progress } from "./progress.js";
import { readAll } from "./reader.js";
import type { DiagnoseSettings } from "./settings.js";
import { Teardown } from "./teardown.js";
import { Units } from "./units.js";

/** What the experiment takes from its surroundings. */
export interface Surroundings {
  readonly hosts: ExperimentHosts;
  readonly machine: MachineFacts;
  readonly gpuSigns: readonly string[];
  /** Monotonic, in ms. */
  readonly now: () => number;
  readonly date: () => Date;
}

/** One start of an experiment. */
export class Run {
  readonly #settings: DiagnoseSettings;
  readonly #surroundings: Surroundings;
  readonly #units: Units;
  readonly #watch: DeviceWatch;
  readonly #progress: Progress;
  readonly #measurements: Measurement[] = [];
  readonly #unread: Transcription[] = [];
  #startedAt: string;
  #prepared: Prepared | undefined;
  #blocks: Blocks | undefined;
  #freed: Freed | undefined;

  constructor(settings: DiagnoseSettings, surroundings: Surroundings) {
    const { context, timeLimitMs, onProgress } = settings;
    const { hosts, gpuSigns, now, date } = surroundings;
    this.#settings = settings;
    this.#surroundings = surroundings;
    this.#units = new Units(hosts, settings);
    this.#watch = new DeviceWatch(context.backend ?? "auto", gpuSigns);
    this.#progress = new Progress({ blocks: this.#mostBlocks, timeLimitMs }, onProgress, now);
    this.#startedAt = date().toISOString();
  }

  /**
   * Measures, and judges. When it settles, everything that was started has ended. Rejects with what can't be prepared, and
   * with what three jobs in a row have failed with.
   */
  async result(): Promise<Diagnosis> {
    const teardown = new Teardown();
    let stopped: StopReason = "interrupted";
    try {
      teardown.keep(this.#units, (units) => units.close());
      await this.#prepare(teardown);
      stopped = await this.#measure();
      await this.#finish(stopped);
    } catch (error) {
      if (!this.#endedBySignal(error)) throw error;
    } finally {
      await teardown.run();
    }
    return this.#diagnosis(stopped);
  }

  get #mostBlocks(): number {
    return this.#settings.blocks ?? this.#settings.maxBlocks;
  }

  async #prepare(teardown: Teardown): Promise<void> {
    this.#tell();
    const { hosts, machine } = this.#surroundings;
    const { node, version, whisperVersion } = machine;
    const settings = this.#settings;
    const prepared = await prepare(settings, {
      ...{ hosts, units: this.#units, warmth: settings, startedAt: this.#startedAt },
      versions: { node, version, whisperVersion },
    });
    const { clips, earlier, seed, readerPauseMs, journal } = prepared;
    if (journal) teardown.keep(journal, (open) => open.close());
    const clip = clips.find(({ clipClass }) => clipClass === "medium");
    if (clip) {
      const parts = { units: this.#units, cpu: hosts.cpu, clip, warmth: settings };
      await this.#watch.begin(prepared.device, parts, teardown);
    }
    this.#prepared = prepared;
    this.#startedAt = prepared.startedAt;
    this.#measurements.push(...earlier);
    this.#blocks = new Blocks({
      ...{ seed, clips, earlier },
      arms: ARMS.filter((arm) => arm !== "other" || hosts.other !== undefined),
      tools: {
        ...{ units: this.#units, warmth: settings, readerPauseMs, meter: this.#watch },
        unread: this.#unread,
      },
    });
  }

  /** Runs blocks until there is a reason to stop. */
  async #measure(blocks = this.#blocks as Blocks): Promise<StopReason> {
    const { signal, timeLimitMs } = this.#settings;
    this.#progress.measure(blocks.done);
    for (;;) {
      if (this.#isDecided(blocks.done)) return "verdicts";
      if (signal.aborted) return "interrupted";
      if (blocks.done >= this.#mostBlocks) return "blocks";
      if (this.#progress.elapsedMs >= timeLimitMs) return "time";
      const jobs = await blocks.run((measurement) => {
        this.#measurements.push(measurement);
        this.#tell();
      });
      if (jobs === undefined) return "interrupted";
      await this.#prepared?.journal?.add(jobs);
      this.#progress.blockEnded(blocks.done);
    }
  }

  /** Looks at the verdicts, where it is time to: a run of no fixed length ends with the last of them. */
  #isDecided(blocks: number): boolean {
    if (!isLook(blocks)) return false;
    const analysis = this.#analysis();
    this.#progress.judged(analysis);
    return this.#settings.blocks === undefined && undecided(analysis).length === 0;
  }

  async #finish(stopped: StopReason): Promise<void> {
    this.#progress.phase = "finishing";
    this.#tell();
    for (const handle of this.#unread) await readAll(handle);
    if (stopped === "interrupted") return;
    const aged = await this.#units.aged();
    this.#freed = await aged.free(this.#settings);
  }

  #analysis(): Analysis {
    const { blocks, compareWith } = this.#settings;
    return analyse(this.#measurements, {
      mode: blocks === undefined ? "sequential" : "fixed",
      maxBlocks: this.#mostBlocks,
      device: this.#watch.judgedBy(this.#measurements),
      ...{ compareWith, freed: this.#freed },
    });
  }

  #diagnosis(stopped: StopReason): Diagnosis {
    const { seed, clips, skippedFiles } = this.#prepared ?? {};
    return diagnosisOf(this.#settings, {
      startedAt: this.#startedAt,
      finishedAt: this.#surroundings.date().toISOString(),
      blocks: this.#blocks?.done ?? 0,
      ...{ stopped, seed: seed ?? this.#settings.seed ?? 0 },
      ...{ clips: clips ?? [], skippedFiles: skippedFiles ?? 0 },
      machine: this.#surroundings.machine,
      device: this.#watch.findings(this.#measurements),
      measurements: this.#measurements,
      analysis: this.#analysis(),
    });
  }

  #tell(): void {
    this.#progress.tell(this.#blocks?.done ?? 0, this.#measurements);
  }

  #endedBySignal(error: unknown): boolean {
    const { signal } = this.#settings;
    return signal.aborted && error instanceof WhisperError && error.code === "ERR_WHISPER_ABORTED";
  }
}
