import { readdirSync, readFileSync } from "node:fs";
import { availableParallelism } from "node:os";

/**
 * Physical cores that this process may use: at most `os.availableParallelism()`, without hyper-threads (Linux; whisper.cpp's
 * threads compute without waiting, so two on one core gain next to nothing), and within the CPU quota of the container's
 * control group, which Node 20 doesn't know.
 *
 * `root` is for tests: the folder that holds sys/.
 */
export function usableCores(root = "", parallelism = availableParallelism()): number {
  const most = Math.min(physicalCores(root) ?? parallelism, quotaCores(root) ?? parallelism);
  return Math.max(1, Math.min(parallelism, most));
}

/** Distinct cores among the CPUs that this process may use. Undefined where the system doesn't tell. */
function physicalCores(root: string): number | undefined {
  const folder = `${root}/sys/devices/system/cpu`;
  const allowed = allowedCpus(root);
  try {
    const siblings = readdirSync(folder)
      .filter((name) => /^cpu\d+$/.test(name) && (allowed?.has(Number(name.slice(3))) ?? true))
      .map((name) => read(`${folder}/${name}/topology/thread_siblings_list`))
      .filter((list) => list !== undefined);
    return siblings.length > 0 ? new Set(siblings).size : undefined;
  } catch {
    return undefined; // no Linux
  }
}

/** Numbers of the CPUs that the process's affinity, or its container's set, leaves it: "0-3,8". */
function allowedCpus(root: string): Set<number> | undefined {
  const list = read(`${root}/proc/self/status`)?.match(/^Cpus_allowed_list:\s*([\d,-]+)$/m)?.[1];
  if (list === undefined) return undefined;
  const cpus = new Set<number>();
  for (const range of list.split(",")) {
    const [first = Number.NaN, last = first] = range.split("-").map(Number);
    for (let cpu = first; cpu <= last; cpu++) cpus.add(cpu);
  }
  return cpus;
}

/** CPUs that the quota of the control group amounts to, version 2 or 1. A part of one counts as one. */
function quotaCores(root: string): number | undefined {
  const v2 = read(`${root}/sys/fs/cgroup/cpu.max`)?.split(" ");
  const v1 = ["quota", "period"].map((name) =>
    read(`${root}/sys/fs/cgroup/cpu/cpu.cfs_${name}_us`),
  );
  const [quota, period] = (v2 ?? v1).map(Number);
  if (quota === undefined || period === undefined) return undefined;
  return quota > 0 && period > 0 ? Math.ceil(quota / period) : undefined; // "max" and -1: no limit
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8").trim();
  } catch {
    return undefined;
  }
}
