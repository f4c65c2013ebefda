import { randomUUID } from "node:crypto";
import { readlinkSync } from "node:fs";
import { readFile, rename, rm, stat, unlink, utimes, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { dirname } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { inCache } from "./cache-errors.js";

/** Times in milliseconds. */
export interface LockTiming {
  /** How often the owner shows that it is alive. */
  heartbeatMs: number;
  /** An owner that has not shown itself for this long has lost the lock. */
  silentMs: number;
  /** How often a waiter looks. */
  pollMs: number;
  /** How long a waiter that took over looks whether another one did, too. */
  settleMs: number;
}

const TIMING: LockTiming = { heartbeatMs: 2000, silentMs: 20_000, pollMs: 200, settleMs: 100 };

/** A lock between processes, held until `release()`. */
export interface FileLock {
  /** Aborts when another process has taken the lock: whatever it protects must not be touched. */
  readonly lost: AbortSignal;
  /** True when the previous owner fell silent without being known to be dead. */
  readonly ownerMayLive: boolean;
  release(): Promise<void>;
}

/**
 * Waits for an exclusive lock: a file that names its owner and whose modification time is its heartbeat.
 *
 * A dead owner on this machine is replaced at once; one that can't be asked (another machine, another
 * container) when its heartbeat has stood still for `silentMs` of the waiter's own clock, so clocks that
 * differ don't matter. Rejects with the signal's reason, or with
 * ERR_WHISPER_CACHE_WRITE.
 */
export async function lockFile(
  path: string,
  options: {
    signal: AbortSignal;
    onWait?: () => Promise<void> | void;
    timing?: Partial<LockTiming>;
  },
): Promise<FileLock> {
  const timing = { ...TIMING, ...options.timing };
  const me = JSON.stringify({ pid: process.pid, host: machine(), id: randomUUID() });
  let last: { owner: string; beat: number } | undefined;
  let silenceMs = 0;
  let lookedAt = performance.now();
  for (;;) {
    options.signal.throwIfAborted();
    if (await inCache(dirname(path), () => create(path, me))) return hold(path, me, timing, false);
    const seen = await look(path);
    const sinceLookMs = performance.now() - lookedAt;
    lookedAt += sinceLookMs;
    // A pause of this process, or of the whole machine, is not the owner's silence.
    silenceMs += Math.min(sinceLookMs, 5 * timing.pollMs);
    if (seen?.owner !== last?.owner || seen?.beat !== last?.beat) silenceMs = 0;
    last = seen;
    if (seen) {
      const dead = isDead(seen.owner);
      const gone = dead || silenceMs > timing.silentMs;
      if (gone && (await inCache(dirname(path), () => takeOver(path, seen.owner, me, timing)))) {
        return hold(path, me, timing, !dead);
      }
    }
    await options.onWait?.();
    await delay(timing.pollMs, undefined, { signal: options.signal }).catch(() => {});
  }
}

async function create(path: string, me: string): Promise<boolean> {
  try {
    await writeFile(path, me, { flag: "wx" });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    // On a full disk the file is there, but empty: nobody could tell that its owner has given up.
    await rm(path, { force: true }).catch(() => {});
    throw error;
  }
}

async function look(path: string): Promise<{ owner: string; beat: number } | undefined> {
  try {
    return { owner: await readFile(path, "utf8"), beat: (await stat(path)).mtimeMs };
  } catch {
    return undefined; // Released in this moment.
  }
}

// Two waiters may both find the owner gone. The last rename wins, and each looks afterwards who that was.
async function takeOver(path: string, gone: string, me: string, timing: LockTiming) {
  const mine = `${path}.${randomUUID()}`;
  await create(mine, me);
  if ((await look(path))?.owner !== gone) {
    await rm(mine, { force: true });
    return false;
  }
  await rename(mine, path);
  await delay(timing.settleMs);
  return (await look(path))?.owner === me;
}

function hold(path: string, me: string, timing: LockTiming, ownerMayLive: boolean): FileLock {
  const lost = new AbortController();
  const beat = async () => {
    const now = new Date();
    if ((await look(path))?.owner === me) await utimes(path, now, now);
    else throw new Error("another process has taken over");
  };
  const timer = setInterval(() => beat().catch((error) => lost.abort(error)), timing.heartbeatMs);
  timer.unref();
  return {
    lost: lost.signal,
    ownerMayLive,
    async release() {
      clearInterval(timer);
      if ((await look(path))?.owner === me) await unlink(path).catch(() => {});
    },
  };
}

function isDead(owner: string): boolean {
  try {
    const { pid, host } = JSON.parse(owner) as { pid: unknown; host: unknown };
    // 0 and negative numbers mean groups of processes.
    const known = host === machine() && Number.isInteger(pid) && (pid as number) > 0;
    if (known) process.kill(pid as number, 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ESRCH";
  }
}

// Process ids mean something only within one process namespace: containers can share a name and a folder.
function machine(): string {
  try {
    return `${hostname()} ${readlinkSync("/proc/self/ns/pid")}`;
  } catch {
    return hostname();
  }
}
