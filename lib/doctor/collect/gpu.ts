import { readdirSync, readFileSync } from "node:fs";
import type { DeviceInfo } from "../../types.js";
import type { GpuDeviceFacts, GpuFacts, GpuMaker } from "../facts.js";
import type { Probe } from "../run-probe.js";
import { outputOf } from "./run-tool.js";

/** Display controllers; 3D controllers are NVIDIA's without a screen. */
const GPU_CLASS = /^0x03/;

const MAKERS: Readonly<Record<string, GpuMaker>> = {
  "0x10de": "nvidia",
  "0x1002": "amd",
  "0x8086": "intel",
};

/** Which GPUs there are, and each that the addon offers, tried in a process of its own. */
export async function collectGpu(devices: readonly DeviceInfo[], probe: Probe): Promise<GpuFacts> {
  const tried: GpuDeviceFacts[] = [];
  for (const device of devices.filter(({ gpu }) => gpu)) {
    const task = { task: "device", backend: device.backend, device: device.device } as const;
    const { memory, text, error, death } = await probe(task);
    tried.push({ device, memory, text, error, death });
  }
  const nvidiaGpus = await listNvidia();
  const driver = nvidiaDriver();
  const present = new Set(makersOnBus());
  // Containers and WSL may hide the bus.
  if (driver !== undefined || nvidiaGpus.length > 0) present.add("nvidia");
  // Every Mac with Apple's processors has one.
  if (process.platform === "darwin" && process.arch === "arm64") present.add("apple");
  return { devices: tried, present: [...present], nvidiaDriver: driver, nvidiaGpus };
}

/** Makers of the GPUs on the PCI bus. `root` is for tests: the folder that holds sys/. */
export function makersOnBus(root = ""): GpuMaker[] {
  const folder = `${root}/sys/bus/pci/devices`;
  let names: string[];
  try {
    names = readdirSync(folder);
  } catch {
    return []; // no Linux, or no bus
  }
  const makers = names
    .filter((name) => GPU_CLASS.test(read(`${folder}/${name}/class`) ?? ""))
    .map((name) => MAKERS[read(`${folder}/${name}/vendor`) ?? ""])
    .filter((maker) => maker !== undefined);
  return [...new Set(makers)];
}

/** "GPU 0: NVIDIA H100 80GB HBM3 (UUID: ...)", a line each. */
async function listNvidia(): Promise<string[]> {
  const list = (await outputOf("nvidia-smi", ["-L"])) ?? "";
  return [...list.matchAll(/^GPU \d+: (.+?)(?: \(UUID.*)?$/gm)].map((match) => match[1] as string);
}

/** The driver tells it in /proc: also where nvidia-smi isn't installed. */
function nvidiaDriver(): string | undefined {
  return read("/proc/driver/nvidia/version")?.match(/Kernel Module.*?\s(\d+\.[\d.]+)\s/)?.[1];
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8").trim();
  } catch {
    return undefined;
  }
}
