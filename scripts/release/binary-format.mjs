// What a loadable file was made for, from its first bytes: enough to notice that two were mixed up.

import { closeSync, openSync, readSync } from "node:fs";

const ELF_MACHINES = { 62: "x64", 183: "arm64" };
const MACH_O_CPUS = { 16777223: "x64", 16777228: "arm64" };
const PE_MACHINES = { 34404: "x64", 43620: "arm64" };

/** Such as "linux-x64", or undefined. */
export function platformOf(file) {
  const head = Buffer.alloc(4096);
  const handle = openSync(file, "r");
  try {
    readSync(handle, head, 0, head.length, 0);
  } finally {
    closeSync(handle);
  }
  if (head.readUInt32BE(0) === 0x7f454c46)
    return named("linux", ELF_MACHINES[head.readUInt16LE(18)]);
  if (head.readUInt32LE(0) === 0xfeedfacf) {
    return named("darwin", MACH_O_CPUS[head.readUInt32LE(4)]);
  }
  if (head.toString("latin1", 0, 2) === "MZ") {
    const header = head.readUInt32LE(60);
    const isPe = header + 6 <= head.length && head.readUInt32LE(header) === 0x00004550;
    return isPe ? named("win32", PE_MACHINES[head.readUInt16LE(header + 4)]) : undefined;
  }
  return undefined;
}

function named(platform, arch) {
  return arch && `${platform}-${arch}`;
}
