// One build at a time per build folder: two Ninjas in one folder spoil each other's files.

import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

const WAIT_MS = 60 * 60_000;

/**
 * Runs `work` while holding `<folder>/.lock`. A lock whose process is gone is taken over.
 * @template T
 * @param {string} folder
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function withLock(folder, work) {
  mkdirSync(folder, { recursive: true });
  const file = path.join(folder, ".lock");
  const giveUpAt = performance.now() + WAIT_MS;
  for (let waited = false; !tryLock(file); waited = true) {
    const owner = Number(readOrEmpty(file));
    if (owner && !isAlive(owner)) {
      rmSync(file, { force: true });
      continue;
    }
    if (!waited) console.error(`another build of ${folder} is running (process ${owner}): waiting`);
    if (performance.now() > giveUpAt) {
      throw new Error(`${file} is still held by process ${owner} after an hour`);
    }
    await sleep(500);
  }
  const release = () => rmSync(file, { force: true });
  process.once("exit", release);
  try {
    return await work();
  } finally {
    process.off("exit", release);
    release();
  }
}

function tryLock(file) {
  try {
    writeFileSync(file, String(process.pid), { flag: "wx" });
    return true;
  } catch (error) {
    if (error.code === "EEXIST") return false;
    throw error;
  }
}

function readOrEmpty(file) {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === "EPERM";
  }
}
