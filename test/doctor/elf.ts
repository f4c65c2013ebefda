/** Changes to 64-bit little-endian ELF files, so that the system's own loader finds in them what a test is about. */

const SECTION_HEADERS = 0x28;
const SECTION_SIZE = 0x3a;
const MACHINE = 0x12;
const VERSION_NEEDS = 0x6ffffffe;

/** The file as one for another kind of processor: its header says AArch64, or x86-64 where it said that. */
export function forOtherMachine(file: Buffer): Buffer {
  const changed = Buffer.from(file);
  const [x64, aarch64] = [62, 183];
  changed.writeUInt16LE(file.readUInt16LE(MACHINE) === x64 ? aarch64 : x64, MACHINE);
  return changed;
}

/** The file, needing `to` wherever it needed a library or a symbol version called `from`. Both are of one length. */
export function needing(file: Buffer, from: string, to: string): Buffer {
  const changed = Buffer.from(file);
  if (to.length !== from.length) throw new Error(`${to} is not as long as ${from}`);
  const [old, name] = [`\0${from}\0`, `\0${to}\0`].map((text) => Buffer.from(text));
  let count = 0;
  for (let at = file.indexOf(old!); at !== -1; at = file.indexOf(old!, at + 1), count++) {
    changed.set(name!, at);
  }
  if (count === 0) throw new Error(`nothing there is called ${from}`);
  // The loader compares hashes before names.
  for (const at of versionHashes(file)) {
    if (file.readUInt32LE(at) === hashOf(from)) changed.writeUInt32LE(hashOf(to), at);
  }
  return changed;
}

/** The newest version of a kind that the file needs: "GLIBC_2.34" of "GLIBC_". */
export function newestNeed(file: Buffer, prefix: string): string {
  const text = file.toString("latin1");
  const found = [...text.matchAll(/\0((?:GLIBC|GLIBCXX|CXXABI)_[\d.]+)(?=\0)/g)]
    .map((match) => match[1] as string)
    .filter((name) => name.startsWith(prefix))
    .sort((a, b) => a.localeCompare(b, "en", { numeric: true }));
  const newest = found.at(-1);
  if (newest === undefined) throw new Error(`nothing there is called ${prefix}...`);
  return newest;
}

/** Offsets of the hashes of all symbol versions that are needed. */
function* versionHashes(file: Buffer): Generator<number> {
  const headers = Number(file.readBigUInt64LE(SECTION_HEADERS));
  const [size, count] = [file.readUInt16LE(SECTION_SIZE), file.readUInt16LE(SECTION_SIZE + 2)];
  for (let section = 0; section < count; section++) {
    const header = headers + section * size;
    if (file.readUInt32LE(header + 4) !== VERSION_NEEDS) continue;
    let need = Number(file.readBigUInt64LE(header + 0x18));
    for (let step = -1; step !== 0; need += step) {
      let version = need + file.readUInt32LE(need + 8);
      for (let next = -1; next !== 0; version += next) {
        yield version;
        next = file.readUInt32LE(version + 12);
      }
      step = file.readUInt32LE(need + 12);
    }
  }
}

/** The hash function of the ELF specification. */
function hashOf(name: string): number {
  let hash = 0;
  for (const byte of Buffer.from(name)) {
    hash = ((hash << 4) + byte) >>> 0;
    const high = hash & 0xf0000000;
    if (high !== 0) hash ^= high >>> 24;
    hash &= ~high;
  }
  return hash >>> 0;
}
