import { randomBytes } from "node:crypto";
import { open, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";

/**
 * Writes a file so that nobody ever sees half of it: into a new file beside it, flushed to the disk, which then takes
 * the name. What was there before stays until that moment, and for good when anything fails or `signal` aborts.
 */
export async function writeFileAtomically(
  path: string,
  text: string,
  signal: AbortSignal,
): Promise<void> {
  const partial = partialIn(dirname(path));
  signal.throwIfAborted();
  const file = await open(partial, "wx");
  try {
    try {
      await file.writeFile(text, { signal });
      await file.sync();
    } finally {
      await file.close();
    }
    signal.throwIfAborted();
    await rename(partial, path);
  } catch (error) {
    await rm(partial, { force: true });
    throw error;
  }
}

/** A new file that isn't a result. Not named like one, whose name may be as long as a name can be. */
export function partialIn(folder: string): string {
  return join(folder, `.steady-whisper-${randomBytes(8).toString("hex")}.part`);
}
