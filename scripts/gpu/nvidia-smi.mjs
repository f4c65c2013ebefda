// What the driver's own tool says of the GPU while something runs: how busy it was, and how much of its memory was in use.

import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { mean, quantile } from "../../bench/support/statistics.mjs";
import { nvidiaId } from "../../dist/diagnose/experiment/device/gpu-load.js";
import { round } from "./part.mjs";

const FIELDS = ["utilization.gpu", "utilization.memory", "memory.used"];
const EVERY_MS = 100;
/** The tool's first line can take seconds, where the driver has to wake up. */
const FIRST_LINE_MS = 10_000;

/** One line of the tool's CSV. A field that this GPU or driver doesn't tell ("[N/A]") is NaN. Undefined: not a line of it. */
export function parseSample(line) {
  const values = line.split(",").map((field) => field.trim());
  if (values.length !== FIELDS.length) return undefined;
  const [gpuPercent, memoryPercent, usedMiB] = values.map((value) =>
    /^\d+(\.\d+)?$/.test(value) ? Number(value) : Number.NaN,
  );
  return { gpuPercent, memoryPercent, usedMiB };
}

/**
 * Mean, 95th percentile and most of each field.
 * @param {{ gpuPercent: number, memoryPercent: number, usedMiB: number }[]} samples
 */
export function summarise(samples) {
  const figures = (name) => {
    const values = samples.map((sample) => sample[name]).filter(Number.isFinite);
    if (values.length === 0) return null;
    return {
      mean: round(mean(values), 1),
      p95: round(quantile(values, 0.95), 1),
      max: round(Math.max(...values), 1),
    };
  };
  return {
    samples: samples.length,
    gpuPercent: figures("gpuPercent"),
    memoryPercent: figures("memoryPercent"),
    usedMiB: figures("usedMiB"),
  };
}

/** Samples of one GPU from `start()` on. Where there is no such tool, or it fails, every answer says so. */
export class GpuSampler {
  #child;
  #samples = [];
  #failure;
  #errors = "";

  /** Resolves when samples come, or none will. */
  static async start(command = "nvidia-smi") {
    const sampler = new GpuSampler();
    await sampler.#start(command);
    return sampler;
  }

  async #start(command) {
    const args = [
      `--id=${nvidiaId(0)}`,
      `--query-gpu=${FIELDS.join(",")}`,
      "--format=csv,noheader,nounits",
      `--loop-ms=${EVERY_MS}`,
    ];
    const child = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"] });
    this.#child = child;
    child.stderr.on("data", (chunk) => {
      this.#errors = (this.#errors + chunk).slice(-500);
    });
    await new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.#failure = `${command} printed nothing in ${FIRST_LINE_MS / 1000} s`;
        child.kill();
        resolve();
      }, FIRST_LINE_MS);
      const settled = () => {
        clearTimeout(timer);
        resolve();
      };
      createInterface({ input: child.stdout }).on("line", (line) => {
        const sample = parseSample(line);
        if (sample) {
          this.#samples.push({ at: performance.now(), ...sample });
          settled();
        } else {
          this.#errors = (this.#errors + line).slice(-500); // it will end, and then say how
        }
      });
      child.once("error", (error) => {
        const why = error.code === "ENOENT" ? "not found" : error.message;
        this.#failure ??= `${command}: ${why}`;
        settled();
      });
      child.once("close", (code, signal) => {
        const how = signal ? `was ended by ${signal}` : `exited with code ${code}`;
        this.#failure ??= `${command} ${how}: ${this.#errors.trim() || "it said nothing"}`;
        settled();
      });
    });
  }

  /** Of the samples from `from` to `to` (performance.now()); more than one span is taken together. */
  between(spans) {
    const samples = this.#samples.filter(({ at }) =>
      spans.some(([from, to]) => from <= at && at <= to),
    );
    if (samples.length > 0) return summarise(samples);
    return { samples: 0, notSampled: this.#failure ?? "the span is shorter than a sample" };
  }

  stop() {
    this.#failure ??= "stopped";
    this.#child.kill();
  }
}
