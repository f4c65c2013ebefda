import { randomUUID } from "node:crypto";
import { readlinkSync } from "node:fs";
import { open, readFile, rename, rm, stat, unlink, utimes } from "node:fs/promises";
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
  /** Looks now, not only with the next heartbeat; rejects when the lock is lost, or can't be read. */
  confirm(): Promise<void>;
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
    // What can't be read now may be readable at the next look.
    const seen = await look(path).catch(() => undefined);
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
  const file = await open(path, "wx").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "EEXIST") return undefined;
    throw error;
  });
  if (!file) return false;
  try {
    try {
      await file.writeFile(me);
    } finally {
      await file.close();
    }
    return true;
  } catch (error) {
    // On a full disk the file is there, but empty: nobody could tell that its owner has given up.
    await rm(path, { force: true }).catch(() => {});
    throw error;
  }
}

/** Who has the lock; undefined when nobody has. Rejects when that can't be read. */
async function look(path: string): Promise<{ owner: string; beat: number } | undefined> {
  try {
    return { owner: await readFile(path, "utf8"), beat: (await stat(path)).mtimeMs };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

// Two waiters may both find the owner gone. The last rename wins, and each looks afterwards who that was.
async function takeOver(path: string, gone: string, me: string, timing: LockTiming) {
  const mine = `${path}.${randomUUID()}`;
  await create(mine, me);
  try {
    if ((await look(path))?.owner !== gone) return false;
    await rename(mine, path);
  } finally {
    await rm(mine, { force: true }).catch(() => {});
  }
  await delay(timing.settleMs);
  return (await look(path))?.owner === me;
}

function hold(path: string, me: string, timing: LockTiming, ownerMayLive: boolean): FileLock {
  const lost = new AbortController();
  const confirm = async () => {
    const seen = await inCache(dirname(path), () => look(path));
    if (seen?.owner === me) return;
    lost.abort(new Error("another process has taken over"));
    throw lost.signal.reason;
  };
  const beat = async () => {
    await confirm();
    const now = new Date();
    await utimes(path, now, now);
  };
  // A lock that can't be read or touched for a moment is not lost: confirm() knows.
  const timer = setInterval(() => beat().catch(() => {}), timing.heartbeatMs);
  timer.unref();
  return {
    lost: lost.signal,
    ownerMayLive,
    confirm,
    async release() {
      clearInterval(timer);
      // If that fails, the lock is silent from now on, and so taken over.
      const seen = await look(path).catch(() => undefined);
      if (seen?.owner === me) await unlink(path).catch(() => {});
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
