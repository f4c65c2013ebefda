import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { expect, test } from "vitest";
import { lockFile } from "../../lib/models/file-lock.js";
import { until } from "../support/until.js";
import { useFolder } from "./support/folder.js";

const folder = useFolder();
const timing = { heartbeatMs: 20, silentMs: 400, pollMs: 5, settleMs: 50 };
const lock = (onWait?: () => void, signal = new AbortController().signal) =>
  lockFile(join(folder.path, "x.lock"), { signal, timing, ...(onWait ? { onWait } : {}) });

/** Who holds the lock, rewritten. */
function forge(change: Record<string, unknown>): void {
  const path = join(folder.path, "x.lock");
  writeFileSync(path, JSON.stringify({ ...JSON.parse(readFileSync(path, "utf8")), ...change }));
}

test("one at a time, and the next as soon as it is free", async () => {
  let inside = 0;
  let most = 0;
  const turns = Array.from({ length: 8 }, async () => {
    const held = await lock();
    most = Math.max(most, ++inside);
    await delay(5);
    inside--;
    await held.release();
  });
  await Promise.all(turns);
  expect(most).toBe(1);
  expect(await folder.files()).toEqual([]);
});

test("an owner that lives keeps the lock, however long that takes", async () => {
  const held = await lock();
  let waits = 0;
  let taken = false;
  const second = lock(() => {
    waits++;
  }).then((next) => {
    taken = true;
    return next;
  });
  const begin = performance.now();
  await until(() => performance.now() - begin > 3 * timing.silentMs);
  expect(taken).toBe(false);
  expect(waits).toBeGreaterThan(0);
  expect(held.lost.aborted).toBe(false);
  await held.release();
  const next = await second;
  expect(next.ownerMayLive).toBe(false);
  await next.release();
});

test("a dead owner is replaced without waiting for its silence", async () => {
  const { pid } = spawnSync(process.execPath, ["-e", ""]);
  const held = await lock();
  await held.release();
  const path = join(folder.path, "x.lock");
  const first = await lock();
  forge({ pid, id: "dead" });
  const patient = { ...timing, silentMs: 1e9 };
  const { signal } = new AbortController();
  const next = await lockFile(path, { signal, timing: patient });
  expect(next.ownerMayLive).toBe(false);
  expect(first.lost.aborted).toBe(true);
  await next.release();
});

test.each([
  ["on another machine", { host: "elsewhere", id: "1" }],
  ["of this process id in an earlier life", { id: "2" }],
  ["that says nonsense", { host: undefined, pid: "no", id: "3" }],
])("an owner %s is replaced when it has been silent, and may live", async (_who, change) => {
  const first = await lock();
  forge(change);
  await until(() => first.lost.aborted);
  const next = await lock();
  expect(next.ownerMayLive).toBe(true);
  // Releasing what one has lost must not free the other's lock.
  await first.release();
  expect(existsSync(join(folder.path, "x.lock"))).toBe(true);
  await next.release();
});

test("an empty lock file, as a crash leaves it, doesn't block for ever", async () => {
  writeFileSync(join(folder.path, "x.lock"), "");
  const held = await lock();
  expect(held.ownerMayLive).toBe(true);
  await held.release();
});

test("several that wait for a dead owner: still one at a time", async () => {
  const { pid } = spawnSync(process.execPath, ["-e", ""]);
  await lock();
  forge({ pid, id: "dead" });
  let inside = 0;
  let most = 0;
  const turns = Array.from({ length: 6 }, async () => {
    const held = await lock();
    most = Math.max(most, ++inside);
    await delay(20);
    inside--;
    await held.release();
  });
  await Promise.all(turns);
  expect(most).toBe(1);
  expect(await folder.files()).toEqual([]);
});

test("the owner notices when its lock is deleted", async () => {
  const held = await lock();
  rmSync(join(folder.path, "x.lock"));
  await until(() => held.lost.aborted);
  await held.release();
});

test("a signal ends the wait", async () => {
  const held = await lock();
  const controller = new AbortController();
  const waiting = lock(() => controller.abort(new Error("enough")), controller.signal);
  await expect(waiting).rejects.toThrow("enough");
  await held.release();
});
