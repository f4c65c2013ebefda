import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { LastLines, lastTold } from "../engine/process/last-lines.js";
import { WhisperError } from "../errors.js";
import { CHILD_ENVIRONMENT } from "../native/child-environment.js";
import { packageRoot } from "../package-root.js";
import { packageHooks } from "../plug-n-play.js";
import type { ProbeDeath } from "./facts.js";
import type { ProbeAnswers, ProbeTask } from "./probe-protocol.js";

const SCRIPT = join(packageRoot, "dist", "doctor", "probe.js");

/**
 * Enough for what takes seconds at most, on a machine that has other things to do. In ms. "use" and "device" wait for trials
 * of GPU backends, which have a limit of their own.
 */
const TIMEOUT_MS = { load: 30_000, use: 240_000, device: 240_000, model: 300_000 };

/** How long a process that has answered may take to end. */
const LAST_WORDS_MS = 500;

export interface ProbeOutcome extends ProbeAnswers {
  /** It died before it was through. */
  death?: ProbeDeath;
}

/** How doctor has things looked at that may crash or hang. */
export type Probe = (task: ProbeTask) => Promise<ProbeOutcome>;

/** Looks at something in a process of its own. Never rejects because of what becomes of that: only when `signal` aborts. */
export async function runProbe(
  task: ProbeTask,
  options: { timeoutMs?: number; signal?: AbortSignal | undefined } = {},
): Promise<ProbeOutcome> {
  const { timeoutMs = TIMEOUT_MS[task.task], signal } = options;
  if (!existsSync(SCRIPT)) {
    throw new WhisperError("ERR_WHISPER_INTERNAL", `${SCRIPT} is missing: the package isn't whole`);
  }
  signal?.throwIfAborted();
  const child = spawn(process.execPath, [...packageHooks(), SCRIPT, JSON.stringify(task)], {
    cwd: process.cwd(),
    env: { ...process.env, ...CHILD_ENVIRONMENT, NODE_OPTIONS: "" },
    stdio: ["ignore", "ignore", "pipe", "ipc"],
    serialization: "advanced",
    windowsHide: true,
  });
  const kill = () => void child.kill("SIGKILL");
  signal?.addEventListener("abort", kill, { once: true });
  try {
    const outcome = await outcomeOf(child, timeoutMs);
    signal?.throwIfAborted();
    return outcome;
  } finally {
    signal?.removeEventListener("abort", kill);
  }
}

function outcomeOf(child: ChildProcess, timeoutMs: number): Promise<ProbeOutcome> {
  const answers: ProbeAnswers = {};
  const stderr = new LastLines();
  child.on("message", (message: ProbeAnswers) => void Object.assign(answers, message));
  child.stderr?.setEncoding("utf8").on("data", (text: string) => stderr.push(text));
  return new Promise((resolve) => {
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      child.kill("SIGKILL");
    }, timeoutMs);
    const end = (death: ProbeDeath | undefined) => {
      clearTimeout(timer);
      resolve({ ...answers, ...(death && { death }) });
    };
    child.once("error", (error) => {
      if (child.pid === undefined) end({ lastLine: `it could not be started: ${error.message}` });
    });
    child.once("exit", (exitCode, signal) => {
      const died = () => {
        if (exitCode === 0) return end(undefined);
        end({
          ...(signal ? { signal } : { exitCode: exitCode ?? undefined }),
          ...(late && { timeoutMs }),
          lastLine: lastTold(stderr.lines),
        });
      };
      // Its channels may have more to say than it had time for; what it has started may keep one open.
      const wait = setTimeout(died, LAST_WORDS_MS);
      child.once("close", () => {
        clearTimeout(wait);
        died();
      });
    });
  });
}
