import { fileURLToPath } from "node:url";
import { WhisperArgumentError } from "./errors.js";
import { resolveModel } from "./models/resolve.js";
import { reading } from "./option-checks.js";

function isUrl(model: unknown): model is URL {
  return reading("model", model, () => model instanceof URL);
}

/**
 * The path of a model that was given as a path, a `file:` URL, a name of the list, or not at all.
 *
 * @throws {WhisperArgumentError} and {WhisperModelError} as `resolveModel()`
 */
export async function modelSourcePath(model: string | URL | undefined): Promise<string> {
  if (!isUrl(model)) return resolveModel(model);
  try {
    return fileURLToPath(model);
  } catch {
    throw new WhisperArgumentError(
      "model",
      model.href,
      "a path, a file: URL of this machine, a name or bytes",
    );
  }
}
