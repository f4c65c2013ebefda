// The processes that host a pool's engines, and what they take.

import { existsSync, readFileSync } from "node:fs";

/** None of them is this process: with isolation "thread" there are none. */
export function enginePids(pool) {
  const { engines = [] } = pool.stats();
  return engines.map(({ pid }) => pid).filter((pid) => pid !== process.pid);
}

/** CPU time of a process since its start, in ms, in steps of 10; 0 where the platform doesn't tell. */
export function cpuMsOf(pid) {
  const file = `/proc/${pid}/stat`;
  if (!existsSync(file)) return 0;
  // The name may hold spaces; after it come the state, and with the 12th and 13th value from there user and system time.
  const values = readFileSync(file, "utf8")
    .replace(/^.*\) /s, "")
    .split(" ");
  return 10 * (Number(values[11]) + Number(values[12]));
}

/** Resident memory of a process in bytes; undefined where the platform doesn't tell. */
export function rssBytesOf(pid) {
  return statusBytes(pid, "VmRSS");
}

/** A value of /proc/<pid>/status in bytes. */
export function statusBytes(pid, name) {
  const file = `/proc/${pid}/status`;
  if (!existsSync(file)) return undefined;
  const [, kib] =
    readFileSync(file, "utf8").match(new RegExp(`^${name}:\\s+(\\d+) kB$`, "m")) ?? [];
  return kib === undefined ? undefined : 1024 * Number(kib);
}
