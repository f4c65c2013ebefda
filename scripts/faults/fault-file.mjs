// The file by which native code of the fault-injecting build is told what to do: docs/fault-injection.md.

import { existsSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

export class FaultFile {
  #folder = mkdtempSync(path.join(tmpdir(), "steady-whisper-faults-"));
  path = path.join(this.#folder, "fault.json");

  /** From now on the next job gets it. Whole at once: a job that reads half of it fails. */
  write(fault) {
    const draft = path.join(this.#folder, "draft");
    writeFileSync(draft, JSON.stringify(fault));
    renameSync(draft, this.path);
  }

  get claimed() {
    return existsSync(`${this.path}.claimed`);
  }

  /** Ends a fault that lives everywhere, and the file with it. */
  remove() {
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
