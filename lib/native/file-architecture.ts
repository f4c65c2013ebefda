// Machine numbers of the formats, and Node's names (`process.arch`) for them.
const ELF: Readonly<Record<number, string>> = {
  3: "ia32",
  21: "ppc64",
  22: "s390x",
  40: "arm",
  62: "x64",
  183: "arm64",
  243: "riscv64",
  258: "loong64",
};
const MACH_O: Readonly<Record<number, string>> = { 16777223: "x64", 16777228: "arm64" };
const ELF_MAGIC = 0x7f45_4c46;
const MACH_O_MAGIC = 0xcffa_edfe;

/** What a shared library was built for, by its first bytes. */
export interface FileArchitecture {
  readonly format: "elf" | "mach-o";
  /** As `process.arch` says it; undefined for a machine that isn't in the tables. */
  readonly arch?: string | undefined;
}

/** Undefined when the bytes begin no ELF and no Mach-O file of one architecture. */
export function fileArchitecture(head: Uint8Array): FileArchitecture | undefined {
  if (head.byteLength < 20) return undefined;
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  const magic = view.getUint32(0);
  if (magic === MACH_O_MAGIC) return { format: "mach-o", arch: MACH_O[view.getUint32(4, true)] };
  if (magic !== ELF_MAGIC) return undefined;
  const littleEndian = head[5] === 1;
  return { format: "elf", arch: ELF[view.getUint16(18, littleEndian)] };
}
