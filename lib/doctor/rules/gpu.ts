import { basename } from "node:path";
import { formatBytes } from "../../format-bytes.js";
import type { GpuBackend } from "../../types.js";
import type { DoctorFacts, GpuDeviceFacts, GpuFacts } from "../facts.js";
import { type Finding, findingsOf } from "../finding.js";
import { SAMPLE } from "../sample.js";
import { deathWords, sentence } from "../words.js";
import { judgeBuild } from "./build-advice.js";

const { ok, note, problem } = findingsOf("GPU");

/** GPUs, the backends for them, and whether these work. */
export function judgeGpu({ gpu, addon, build, platform }: DoctorFacts): Finding[] {
  const backends = addon.use?.system?.gpuBackends ?? [];
  const findings = backends.map(judgeBackend);
  for (const device of gpu.devices) findings.push(judgeDevice(device));
  if (gpu.nvidiaDriver !== undefined) findings.push(ok("NVIDIA", `driver ${gpu.nvidiaDriver}`));
  const have = new Set(
    [...backends, ...gpu.devices.map(({ device }) => device)].map(({ backend }) => backend),
  );
  if (backends.some(({ usable }) => usable) || gpu.devices.length > 0) return findings;
  if (gpu.present.includes("nvidia")) {
    if (!have.has("cuda")) {
      const nvidia = judgeUnusedNvidia(gpu, platform.libc?.name);
      findings.push(nvidia);
      if (nvidia.remedy?.includes("--cuda")) {
        findings.unshift(...judgeBuild("GPU", build, platform.folder, "cuda", "note"));
      }
    }
  } else if (gpu.present.includes("apple")) {
    if (!have.has("metal")) findings.push(unused("Apple's GPU", "Metal", "metal"));
  } else if (gpu.present.includes("amd")) {
    if (!have.has("vulkan")) findings.push(unused("An AMD GPU", "Vulkan", "vulkan"));
  } else if (gpu.present.includes("intel") && !have.has("vulkan")) {
    // Most are part of the processor, and no faster than it.
    const build = "`npx steady-whisper build --vulkan`";
    findings.push(ok("Intel", `a GPU is there; ${build} makes a backend for it`));
  }
  if (findings.length === 0) findings.push(ok("GPU", "none found; the CPU does the work"));
  return findings;
}

function judgeBackend({ backend, path, usable, reason, remedy }: GpuBackend): Finding {
  const file = basename(path);
  if (usable) return ok(backend, `${file}: works`);
  return problem(
    backend,
    `${file} can't be used. ${sentence(reason ?? "It doesn't say why")}`,
    `Contexts with backend "auto" do without it, those with "${backend}" fail.`,
    sentence(remedy ?? "Remove the file, or build it again"),
  );
}

function judgeDevice({ device, memory, text, error, death }: GpuDeviceFacts): Finding {
  const { name, description, backend } = device;
  const size =
    memory && `, ${formatBytes(memory.freeBytes)} free of ${formatBytes(memory.totalBytes)}`;
  const shown = `${description}${size ?? ""}`;
  if (text === SAMPLE.words) return ok(name, `${shown}: the sample gives its words`);
  const what =
    text !== undefined
      ? `the sample gives ${JSON.stringify(text)} instead of ${JSON.stringify(SAMPLE.words)}`
      : death
        ? `a process that used it ${deathWords(death)}`
        : (error?.message ?? "the test run ended without an answer");
  return problem(
    name,
    `${sentence(`${shown}: ${what}`)}`,
    "What runs there can't be trusted.",
    `Update the GPU's driver and build the backend again: \`npx steady-whisper build --${backend} --force\`; until then use backend "cpu".`,
  );
}

function judgeUnusedNvidia(
  { nvidiaGpus, nvidiaDriver }: GpuFacts,
  libc: string | undefined,
): Finding {
  const name = nvidiaGpus[0] ?? "An NVIDIA GPU";
  if (nvidiaGpus.length === 0) {
    const [missing, first] =
      nvidiaDriver === undefined
        ? ["its driver isn't", "Install the driver (https://www.nvidia.com/drivers), or give"]
        : ["can't be used from here", "Give"];
    return note(
      "NVIDIA",
      `${name} is there, and ${missing}.`,
      "The CPU does the work.",
      `${first} the container the GPU (\`docker run --gpus all\`), then ${buildFor(libc)}.`,
    );
  }
  return note(
    "NVIDIA",
    `${name} is there, and no CUDA backend beside the addon.`,
    "The CPU does the work.",
    `${buildFor(libc)}.`,
  );
}

/** NVIDIA's libraries are for glibc. */
function buildFor(libc: string | undefined): string {
  return `\`npx steady-whisper build --${libc === "musl" ? "vulkan" : "cuda"}\``;
}

function unused(gpu: string, name: string, flag: string): Finding {
  return note(
    name,
    `${gpu} is there, and no ${name} backend beside the addon.`,
    "The CPU does the work.",
    `\`npx steady-whisper build --${flag}\`.`,
  );
}
