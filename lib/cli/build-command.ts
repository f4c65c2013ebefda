import { spawn } from "node:child_process";
import { join } from "node:path";
import type { Command, Option } from "commander";
import { packageRoot } from "../package-root.js";
import { option } from "./decoding-flags.js";
import { CommandExit, EXIT_FAILURE, EXIT_OK } from "./exit-codes.js";
import type { CliIo } from "./io.js";

interface Flags {
  cuda?: boolean;
  vulkan?: boolean;
  metal?: boolean;
  arch?: string;
  jobs?: string;
  force?: boolean;
  quiet?: boolean;
}

const BUILDER = join(packageRoot, "scripts", "build-native.mjs");

/**
 * Adds `build` to a program: compiles the addon from the source in this package, in a process of its own that writes to
 * this one's stdout and stderr. The action rejects with `CommandExit`, with that process's exit code, which has said why.
 */
export function registerBuildCommand(program: Command, io: CliIo): void {
  const command = program
    .command("build")
    .description("compile the native addon for this machine, from the source in this package");
  for (const option of options()) command.addOption(option);
  command.action(async (flags: Flags) => {
    const code = await runBuilder(builderArguments(flags), io);
    if (code !== EXIT_OK) throw new CommandExit(code);
  });
}

function options(): Option[] {
  return [
    option("--cuda", "with CUDA, for NVIDIA's GPUs"),
    option("--vulkan", "with Vulkan"),
    option("--metal", "with Metal (macOS)"),
    option(
      "--arch <list>",
      "for --cuda: native (the GPUs of this machine) or compute capabilities, such as 90 or 86,90",
    ),
    option("--jobs <n>", "compilers at a time (default: one per core, fewer where memory is short)"),
    option("--force", "build even if nothing has changed"),
    option("-q, --quiet", "one line instead of the compilers' output"),
  ];
}

function builderArguments(flags: Flags): string[] {
  const { arch, jobs, ...switches } = flags;
  return [
    ...Object.keys(switches).map((name) => `--${name}`),
    // With "=", so that a value with a dash isn't taken for an option.
    ...(arch === undefined ? [] : [`--arch=${arch}`]),
    ...(jobs === undefined ? [] : [`--jobs=${jobs}`]),
  ];
}

/** Resolves with the exit code; a signal that ends this process ends the build first. */
function runBuilder(args: string[], { signal }: CliIo): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [BUILDER, ...args], { stdio: "inherit" });
    const stop = () => child.kill(signal.reason as NodeJS.Signals);
    if (signal.aborted) stop();
    signal.addEventListener("abort", stop, { once: true });
    child.once("error", reject);
    child.once("close", (code) => {
      signal.removeEventListener("abort", stop);
      resolve(code ?? EXIT_FAILURE);
    });
  });
}
