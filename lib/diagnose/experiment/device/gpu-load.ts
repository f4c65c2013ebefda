import { type ChildProcess, spawn } from "node:child_process";

/** The program that tells, and its arguments up to the device's; for tests. */
export type LoadCommand = readonly string[];

const EVERY_MS = 250;

const NVIDIA_SMI: LoadCommand = [
  ...["nvidia-smi", "--query-gpu=utilization.gpu", "--format=csv,noheader,nounits"],
  `--loop-ms=${EVERY_MS}`,
];

/** Longest that the program may take to end, in ms. */
const END_MS = 2000;

/** Samples that are kept at most: more of a long run say nothing new. */
const MOST_SAMPLES = 100_000;

/**
 * Samples how busy a GPU is while jobs run, by the program of its driver's maker. Without that program there are no samples:
 * it never fails.
 */
export class GpuLoad {
  /** Shares of the time in which the GPU computed, 0 to 1, of moments at which a job ran. */
  readonly samples: number[] = [];
  /** Whether a job runs. */
  jobRuns = false;
  readonly #child: ChildProcess | undefined;
  readonly #ended: Promise<void>;

  /** `id`: the GPU's index or name for the program. */
  constructor(id: string, command: LoadCommand = NVIDIA_SMI) {
    const [program = "", ...args] = command;
    try {
      const child = spawn(program, [...args, "-i", id], {
        stdio: ["ignore", "pipe", "ignore"],
        windowsHide: true,
      });
      this.#child = child;
      this.#ended = new Promise((resolve) => {
        child.once("error", () => resolve()); // there is no such program
        child.once("close", () => resolve());
      });
      this.#listen(child);
    } catch {
      this.#ended = Promise.resolve();
    }
  }

  async close(): Promise<void> {
    const child = this.#child;
    child?.kill();
    const timer = setTimeout(() => child?.kill("SIGKILL"), END_MS);
    await this.#ended;
    clearTimeout(timer);
  }

  #listen(child: ChildProcess): void {
    let rest = "";
    child.stdout?.setEncoding("utf8").on("data", (text: string) => {
      const lines = (rest + text).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) this.#sample(line.trim());
    });
  }

  #sample(line: string): void {
    if (!this.jobRuns || this.samples.length >= MOST_SAMPLES || !/^\d+$/.test(line)) return;
    this.samples.push(Number(line) / 100);
  }
}

/** How the driver's program calls a GPU of CUDA's: CUDA counts those that it is allowed to see. */
export function nvidiaId(device: number, visible = process.env.CUDA_VISIBLE_DEVICES): string {
  return visible?.split(",")[device]?.trim() || String(device);
}
