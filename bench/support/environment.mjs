// What a measurement has to say about where it was made.

import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { availableParallelism, cpus, loadavg, totalmem } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("../..", import.meta.url));

export function machine() {
  return {
    cpu: cpus()[0]?.model.trim() ?? "unknown",
    cores: availableParallelism(),
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    platform: `${process.platform}-${process.arch}`,
    node: process.version,
    load: loadavg().map((load) => Number(load.toFixed(2))),
  };
}

/** How the addon that is measured was built, as far as its build folder tells. */
export function buildProfile(systemInfo) {
  const addon =
    process.env.STEADY_WHISPER_ADDON ?? path.join(root, "build/Release/steady_whisper.node");
  const cache = path.join(path.dirname(addon), "..", "CMakeCache.txt");
  const text = existsSync(cache) ? readFileSync(cache, "utf8") : "";
  const value = (name) => text.match(new RegExp(`^${name}:[A-Z]+=(.*)$`, "m"))?.[1] || undefined;
  return {
    type: value("CMAKE_BUILD_TYPE"),
    layout: value("STEADY_LAYOUT"),
    openmp: value("GGML_OPENMP") ?? "ON",
    whisper: systemInfo.whisperVersion,
    cpuFeatures: systemInfo.cpuFeatures.join(" "),
  };
}

export function commit() {
  const git = (...args) =>
    execFileSync("git", args, { cwd: root, stdio: ["ignore", "pipe", "ignore"] })
      .toString()
      .trim();
  try {
    return git("rev-parse", "--short", "HEAD") + (git("status", "--porcelain") ? "+changes" : "");
  } catch {
    return "unknown";
  }
}
