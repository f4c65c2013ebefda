// Runs that have come to their end, each in a file of its own: what is interrupted goes on with those that are missing.

import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";

export class Finished {
  #folder;
  #setting;

  /** `setting`: what runs have in common, the program among it; those of another one don't count. */
  constructor(folder, setting) {
    this.#folder = folder;
    this.#setting = setting;
  }

  /** Forgets all there are. */
  clear() {
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /** Undefined: there is none of this truth, seed and setting. */
  of(truth, seed) {
    const file = this.#file(truth, seed);
    if (!existsSync(file)) return undefined;
    const { key, run } = JSON.parse(readFileSync(file, "utf8"));
    return key === this.#key(truth) ? run : undefined;
  }

  /** Whole or not at all. */
  add(truth, seed, run) {
    mkdirSync(this.#folder, { recursive: true });
    const file = this.#file(truth, seed);
    writeFileSync(`${file}.part`, JSON.stringify({ key: this.#key(truth), run }));
    renameSync(`${file}.part`, file);
  }

  #file({ name }, seed) {
    return path.join(this.#folder, `${name}-${seed}.json`);
  }

  #key({ fault }) {
    return JSON.stringify({ fault, setting: this.#setting });
  }
}
