import { execFile, spawnSync } from "node:child_process";
import { join } from "node:path";
import { packageRoot } from "../package-root.js";
import type { DeviceInfo, GpuBackend } from "../types.js";
import type { GpuBackendFile } from "./binding.js";
import { CHILD_ENVIRONMENT } from "./child-environment.js";
import { explainTrial, type TrialEnd } from "./gpu-trial-failure.js";

const SCRIPT = join(packageRoot, "dist", "native", "gpu-trial.js");

/** Drivers that start for the first time after boot compile their kernels; one that takes longer hangs. */
const TIMEOUT_MS = 60_000;
/** A process that waits for a driver inside the kernel can't even be killed: it is left alone then. */
const LEFT_ALONE_MS = 2000;
const OUTPUT_BYTES = 1 << 20;

export interface TriedGpuBackend extends GpuBackend {
  /** Of this backend; none if it isn't usable. */
  readonly devices: readonly DeviceInfo[];
}

/** Has another process load a GPU backend and compute on each of its devices. Never rejects. */
export function tryGpuBackend(
  addon: string,
  file: GpuBackendFile,
  timeoutMs = TIMEOUT_MS,
): Promise<TriedGpuBackend> {
  return new Promise((resolve) => {
    try {
      const child = execFile(...command(addon, file, timeoutMs), (error, stdout, stderr) => {
        clearTimeout(stuck);
        const end = { stdout, stderr, error: null as Error | null, signal: null as string | null };
        if (error) {
          const { killed, signal, code } = error;
          end.signal = signal ?? null;
          if (killed) end.error = hung(timeoutMs);
          else if (typeof code === "string") end.error = error;
        }
        resolve(judge(file, end));
      });
      const stuck = setTimeout(() => {
        child.unref();
        child.stdout?.destroy();
        child.stderr?.destroy();
        resolve(judge(file, failed(hung(timeoutMs))));
      }, timeoutMs + LEFT_ALONE_MS);
    } catch (error) {
      resolve(judge(file, failed(error as Error))); // no process to be had
    }
  });
}

/** The same, while everything else in this thread waits: for ever, if the child can't be killed. */
export function tryGpuBackendSync(addon: string, file: GpuBackendFile): TriedGpuBackend {
  const [program, args, options] = command(addon, file, TIMEOUT_MS);
  let ended: ReturnType<typeof spawnSync>;
  try {
    ended = spawnSync(program, args, options);
  } catch (error) {
    return judge(file, failed(error as Error));
  }
  const { stdout, stderr, signal, error } = ended;
  const late = (error as NodeJS.ErrnoException | undefined)?.code === "ETIMEDOUT";
  return judge(file, {
    stdout: String(stdout ?? ""),
    stderr: String(stderr ?? ""),
    signal,
    error: late ? hung(TIMEOUT_MS) : (error ?? null),
  });
}

function command(addon: string, file: GpuBackendFile, timeout: number) {
  const options = {
    encoding: "utf8",
    timeout,
    killSignal: "SIGKILL",
    maxBuffer: OUTPUT_BYTES,
    windowsHide: true,
    env: { ...process.env, ...CHILD_ENVIRONMENT, NODE_OPTIONS: "" },
  } as const;
  return [process.execPath, [SCRIPT, addon, file.path], options] as const;
}

function failed(error: Error): TrialEnd & { stdout: string } {
  return { stdout: "", stderr: "", signal: null, error };
}

function hung(timeoutMs: number): Error {
  return new Error(`it was stopped after ${timeoutMs / 1000} s`);
}

type TrialAnswer = { devices: DeviceInfo[] } | { message: string };

function judge(file: GpuBackendFile, end: TrialEnd & { stdout: string }): TriedGpuBackend {
  const { backend, path } = file;
  const answer = parse(end.stdout);
  if (answer && "devices" in answer && !end.error) {
    return { backend, path, usable: true, devices: answer.devices };
  }
  const message = answer && "message" in answer ? answer.message : undefined;
  return { backend, path, usable: false, ...explainTrial(file, end, message), devices: [] };
}

/** The last line is the trial's; a driver may have written before. */
function parse(stdout: string): TrialAnswer | undefined {
  const line = stdout.trimEnd().split("\n").at(-1) ?? "";
  try {
    const answer: unknown = JSON.parse(line);
    return typeof answer === "object" && answer !== null ? (answer as TrialAnswer) : undefined;
  } catch {
    return undefined; // it ended before it could answer
  }
}
