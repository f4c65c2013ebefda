import { cpus, totalmem } from "node:os";
import { usableCores } from "../../machine/cores.js";
import { native } from "../../native/load.js";
import { packageVersion } from "../../package-version.js";
import type { MachineFacts } from "../diagnosis.js";

/** @throws {WhisperError} as `systemInfo()` */
export function machineFacts(): MachineFacts {
  return {
    platform: `${process.platform}-${process.arch}`,
    cpu: cpus()[0]?.model.trim() ?? "unknown",
    cores: usableCores(),
    memoryBytes: totalmem(),
    node: process.version,
    version: packageVersion(),
    whisperVersion: native().systemInfo().whisperVersion,
  };
}
