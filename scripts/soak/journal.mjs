// What a soak writes down: one JSON in a line, at once, so that whatever ends the process leaves all lines but the last whole.
// Nothing is kept in memory, whose growth is what is measured.

import { closeSync, mkdirSync, openSync, readFileSync, writeFileSync, writeSync } from "node:fs";
import path from "node:path";

export class Journal {
  #file;

  /** Goes on after the lines `earlier`, without what an interruption has cut off. */
  constructor(file, earlier) {
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, earlier.map((line) => `${JSON.stringify(line)}\n`).join(""));
    this.#file = openSync(file, "a");
  }

  add(line) {
    writeSync(this.#file, `${JSON.stringify(line)}\n`);
  }

  close() {
    closeSync(this.#file);
  }
}

/** The whole lines of a file. */
export function readJournal(file) {
  const texts = readFileSync(file, "utf8").split("\n");
  texts.pop(); // what comes after the last line's end: nothing, or a line that was cut off
  return texts.map((text) => JSON.parse(text));
}
