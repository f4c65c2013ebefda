import { resolve } from "node:path";
import { types } from "node:util";
import { modelSourcePath } from "../model-source.js";

/** A model as it was given once, for loads at any later time: what the caller does to its bytes must not matter to them. */
export class KeptModel {
  readonly #model: string | URL | Uint8Array | undefined;

  constructor(model: string | URL | Uint8Array | undefined) {
    this.#model = types.isUint8Array(model) ? Uint8Array.from(model) : model;
  }

  /**
   * Its bytes, or the absolute path of its file, as names and working directories are now.
   *
   * @throws {WhisperArgumentError} and {WhisperModelError} as `modelSourcePath()`
   */
  async source(): Promise<string | Uint8Array> {
    const model = this.#model;
    return types.isUint8Array(model) ? model : resolve(await modelSourcePath(model));
  }
}
