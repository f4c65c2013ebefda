import { lastTold } from "../engine/process/last-lines.js";
import type { GpuBackendFile } from "./binding.js";
import { explainLoadFailure } from "./load-failure.js";

/** How the process ended that tried a GPU backend. */
export interface TrialEnd {
  readonly stderr: string;
  /** The signal that ended it, such as "SIGABRT". */
  readonly signal: string | null;
  /** It could not be started, or gave no answer in time. */
  readonly error: Error | null;
}

const LOOK = {
  cuda: "`nvidia-smi` should list a GPU; CUDA_VISIBLE_DEVICES may hide it, and a container has to be given it (`docker run --gpus all`)",
  vulkan: "`vulkaninfo --summary` should list a GPU; GGML_VK_VISIBLE_DEVICES may hide it",
  metal: "a Mac with Metal is needed, and its virtual machines often have none",
} as const;

/**
 * Why a GPU backend isn't used, and what to do about it: a sentence each.
 *
 * @param message what the trial said, if it came to that
 */
export function explainTrial(
  file: GpuBackendFile,
  end: TrialEnd,
  message?: string,
): { reason: string; remedy: string } {
  const check = `Check the GPU and its driver: ${LOOK[file.backend]}.`;
  const everything = `${message ?? ""}\n${end.stderr}`;
  if (/no kernel image|invalid device function|PTX.*unsupported toolchain/i.test(everything)) {
    return {
      reason: "It was compiled for other GPUs than the one of this machine.",
      remedy: "Build it here: `npx steady-whisper build --cuda --arch native --force`.",
    };
  }
  if (/driver version is insufficient/i.test(everything)) {
    return {
      reason: "The NVIDIA driver is older than the CUDA toolkit that it was built with.",
      remedy:
        "Update the driver, or build with an older toolkit: `npx steady-whisper build --cuda --force`.",
    };
  }
  const notLoaded = message?.match(/ could not be loaded: ([\s\S]*)/)?.[1];
  if (notLoaded !== undefined) {
    const { reason, remedy } = explainLoadFailure(new Error(notLoaded), file.path);
    return { reason, remedy };
  }
  if (message !== undefined && / no backend of this version/.test(message)) {
    return {
      reason: `${message}.`,
      remedy: `Build it with this version of the package: \`npx steady-whisper build --${file.backend} --force\`.`,
    };
  }
  if (message !== undefined && / finds no device/.test(message)) {
    const words = message.split(" finds no device: ")[1];
    return {
      reason: `It finds no device${words === undefined ? "" : ` (${words})`}.`,
      remedy: check,
    };
  }
  if (message !== undefined) return { reason: `${message}.`, remedy: check };
  const how = end.error?.message ?? `it was ended by ${end.signal ?? "an error"}`;
  const said = lastWords(end.stderr);
  return {
    reason: `The process that tried it gave no answer: ${how}${said === "" ? "" : ` (${said})`}.`,
    remedy: check,
  };
}

/** What it said last; ggml says first what went wrong ("CUDA error: out of memory"), and then where. */
function lastWords(stderr: string): string {
  const lines = stderr.split("\n").filter((line) => line.trim() !== "");
  const told = lines.findLast((line) => /\berror: /i.test(line)) ?? lastTold(lines);
  return told?.trim() ?? "";
}
