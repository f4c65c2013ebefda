import { existsSync, readdirSync, readFileSync } from "node:fs";

/** Where to look; for tests. */
export interface Surroundings {
  /** The folder that holds dev/, proc/ and sys/. */
  readonly root: string;
  readonly platform: NodeJS.Platform;
  readonly arch: string;
}

const HERE: Surroundings = { root: "", platform: process.platform, arch: process.arch };

/** The PCI vendor whose render nodes are graphics cards, not parts of a processor. */
const NVIDIA = "0x10de";

/**
 * Signs that the machine has a GPU that could compute, whether or not this build can use it: files of NVIDIA's and AMD's
 * drivers, WSL's device, Apple's processors. A render node alone says little: most processors bring one along.
 */
export function gpuSigns({ root, platform, arch }: Surroundings = HERE): string[] {
  if (platform === "darwin") return arch === "arm64" ? ["Apple silicon"] : [];
  if (platform === "win32") {
    return existsSync(`${root}/Windows/System32/nvcuda.dll`) ? ["nvcuda.dll"] : [];
  }
  const devices = namesIn(`${root}/dev`);
  const driver = read(`${root}/proc/driver/nvidia/version`);
  return [
    ...devices.filter((name) => /^nvidia\d+$/.test(name)).map((name) => `/dev/${name}`),
    ...(driver === undefined ? [] : ["/proc/driver/nvidia"]),
    ...(hasComputeNode(root) ? ["/dev/kfd"] : []),
    ...(devices.includes("dxg") ? ["/dev/dxg"] : []),
    ...namesIn(`${root}/sys/class/drm`)
      .filter((name) => /^renderD\d+$/.test(name))
      .filter((name) => read(`${root}/sys/class/drm/${name}/device/vendor`) === NVIDIA)
      .map((name) => `/dev/dri/${name}`),
  ];
}

/** Whether AMD's compute driver has a GPU: its nodes are the processors, too, which have no such units. */
function hasComputeNode(root: string): boolean {
  if (!existsSync(`${root}/dev/kfd`)) return false;
  const nodes = `${root}/sys/class/kfd/kfd/topology/nodes`;
  return namesIn(nodes).some((node) => {
    const units = read(`${nodes}/${node}/properties`)?.match(/^simd_count (\d+)$/m)?.[1];
    return Number(units ?? 0) > 0;
  });
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder).sort();
  } catch {
    return []; // no such folder, or not for this user: no sign
  }
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8").trim();
  } catch {
    return undefined;
  }
}
