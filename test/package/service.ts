// Drives the service in test/package/service.mjs.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { copyFile } from "node:fs/promises";
import { join } from "node:path";
import type { PoolStats } from "../../lib/index.js";

/** A running service, in a folder where the library and fastify are installed. */
export class Service {
  readonly #child: ChildProcess;
  readonly #address: string;
  output = "";

  private constructor(child: ChildProcess, address: string) {
    this.#child = child;
    this.#address = address;
  }

  static async start(project: string, env: NodeJS.ProcessEnv): Promise<Service> {
    const file = join(project, "service.mjs");
    await copyFile(new URL("service.mjs", import.meta.url), file);
    const child = spawn(process.execPath, [file], {
      cwd: project,
      env,
      stdio: ["ignore", "pipe", "inherit"],
    });
    const [line] = (await once(child.stdout, "data")) as [Buffer];
    const service = new Service(child, String(line).trim());
    child.stdout.on("data", (text) => {
      service.output += text;
    });
    return service;
  }

  /** Status and body of the answer. */
  async transcribe(wav: Uint8Array<ArrayBuffer>, signal?: AbortSignal) {
    const answer = await fetch(`${this.#address}/transcribe`, {
      method: "POST",
      headers: { "content-type": "audio/wav" },
      body: wav,
      ...(signal ? { signal } : {}),
    });
    const body = (await answer.json()) as { text?: string; code?: string };
    return { status: answer.status, retryAfter: answer.headers.get("retry-after"), body };
  }

  async stats(): Promise<PoolStats> {
    const answer = await fetch(`${this.#address}/stats`);
    return (await answer.json()) as PoolStats;
  }

  /** Resolves when the pool is as it is wanted. */
  async until(holds: (stats: PoolStats) => boolean): Promise<PoolStats> {
    for (;;) {
      const stats = await this.stats();
      if (holds(stats)) return stats;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Exit code, or signal. */
  async end(): Promise<number | NodeJS.Signals | null> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      await once(this.#child, "close");
    }
    return this.#child.exitCode ?? this.#child.signalCode;
  }
}
