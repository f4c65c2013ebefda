import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach } from "vitest";

/** A folder of its own for each test of the file; gone afterwards. */
export function useFolder(): { readonly path: string; files(): Promise<string[]> } {
  let path = "";
  beforeEach(async () => {
    path = await mkdtemp(join(tmpdir(), "steady-whisper-models-"));
  });
  afterEach(() => rm(path, { recursive: true, force: true }));
  return {
    get path() {
      return path;
    },
    files: async () => (await readdir(path)).sort(),
  };
}
