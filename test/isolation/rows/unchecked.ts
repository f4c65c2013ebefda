import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { serialize } from "node:v8";
import { ProcessEngineHost } from "../../../lib/engine/process/process-engine.js";
import type { EngineOptions } from "../../../lib/engine/process/settings.js";
import { type PoolOptions, WhisperPool } from "../../../lib/index.js";

const ADDON = fileURLToPath(
  new URL("../../../build-unchecked/Release/steady_whisper.node", import.meta.url),
);
const CHILD = fileURLToPath(new URL("unchecked-child.mjs", import.meta.url));
const MARKER = "order: ";

/** What native code gets instead of what the job says. */
export interface Order {
  /** As in `DecodingOptions`, but with any value. */
  params?: Readonly<Record<string, unknown>>;
  samples?: Float32Array;
}

/** Pools whose processes check nothing. */
export class Unchecked {
  readonly #folder = mkdtempSync(join(tmpdir(), "steady-whisper-rows-"));

  /** @throws if the addon for it hasn't been built */
  constructor(orders: ReadonlyMap<string, Order>) {
    if (!existsSync(ADDON)) {
      throw new Error(
        `${ADDON} is missing; build it with \`npm run build:native -- --unchecked\` (\`npm test\` does)`,
      );
    }
    writeFileSync(join(this.#folder, "orders"), serialize({ marker: MARKER, orders }));
    writeFileSync(join(this.#folder, "reached"), "");
  }

  pool(options: PoolOptions, engine: EngineOptions = {}): Promise<WhisperPool> {
    const env = {
      STEADY_WHISPER_ADDON: ADDON,
      STEADY_TEST_ORDERS: join(this.#folder, "orders"),
      STEADY_TEST_REACHED: join(this.#folder, "reached"),
    };
    return WhisperPool.over(
      ({ model, context, engine: settings }) =>
        new ProcessEngineHost(model, context, settings, undefined, CHILD),
      {
        ...{ isolation: "process", backend: "cpu", slots: 1, threadsPerSlot: 1 },
        ...options,
        engine: { ...engine, env },
      },
    );
  }

  /** How often native code has been given this order, or "load". */
  reached(what: string): number {
    const lines = readFileSync(join(this.#folder, "reached"), "utf8").split("\n");
    return lines.filter((line) => line === what).length;
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** The prompt of a job that is to be run as this order says. */
export function ordering(name: string): { prompt: string } {
  return { prompt: `${MARKER}${name}` };
}

/** What the addon says of itself: in a process of its own, as this one has the other addon. */
export function uncheckedInfo(): { unchecked?: true } {
  const program = `const addon = require(process.argv[1]);
    addon.loadBackends(require("node:path").dirname(process.argv[1]));
    console.log(JSON.stringify(addon.systemInfo()));`;
  return JSON.parse(execFileSync(process.execPath, ["-e", program, ADDON], { encoding: "utf8" }));
}

/** Address space in bytes that the process of a pool has had at most. Linux. */
export function peakAddressSpace(pool: WhisperPool): number {
  const pid = pool.stats().engines[0]?.pid;
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  return Number(/^VmPeak:\s*(\d+) kB$/m.exec(status)?.[1]) * 1024;
}
