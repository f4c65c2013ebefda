import type { LoadFailure } from "../native/load-failure.js";
import type { SystemInfo } from "../system.js";
import type { DeviceMemory } from "../types.js";
import type { ProbeError } from "./facts.js";

/** What a process is to look at. */
export type ProbeTask =
  /** Whether a file can be loaded as an addon. */
  | { task: "load"; path: string }
  /** What the library says of the machine, and makes of the sample on the CPU. */
  | { task: "use" }
  /** What a GPU makes of the sample. */
  | { task: "device"; backend: string; device: number }
  /** Whether a file is a whole model. */
  | { task: "model"; path: string };

/** What it has found: a part at a time, as it goes. */
export interface ProbeAnswers {
  loads?: true;
  failure?: LoadFailure;
  availableBytes?: number | undefined;
  system?: SystemInfo;
  memory?: DeviceMemory;
  text?: string;
  checked?: true;
  error?: ProbeError;
}
