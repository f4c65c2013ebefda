import { cacheDirectory, cachedPath, embeddedModelPath } from "./cache.js";
import { modelUrl } from "./endpoint.js";
import { type CacheOptions, requireObject } from "./options.js";
import { checkOf, EMBEDDED_MODEL, MODELS, type ModelCheck, type ModelInfo } from "./registry.js";
import { sizeOf } from "./resolve.js";

/** Options of `listModels`. */
export interface ListOptions extends CacheOptions {
  /** Address of Hugging Face or of a mirror. Default: `HF_ENDPOINT`, then `https://huggingface.co`. */
  endpoint?: string;
}

/**
 * What the cache has of a model. `embedded`: it comes with this package. `ready`: a file of the right
 * size. `partial`: a download that can go on. `damaged`: a file of another size. `absent`: nothing.
 */
export type ModelState = "embedded" | "ready" | "partial" | "damaged" | "absent";

/** One line of the list. */
export interface ListedModel extends Omit<ModelInfo, "repository" | "sha256"> {
  /** `owner/name` on Hugging Face; null for the embedded model. */
  readonly repository: string | null;
  /** Where a download comes from; null for the embedded model. */
  readonly url: string | null;
  /** Lower-case hex; null for the embedded model. */
  readonly sha256: string | null;
  /** What a download is checked against; null for the embedded model. */
  readonly check: ModelCheck | null;
  readonly state: ModelState;
  /** Absolute path where the file is or would be. */
  readonly path: string;
}

/**
 * All models that can be used by name, the embedded one first, and what the cache has of them.
 * @throws WhisperArgumentError ERR_WHISPER_INVALID_ARG, also for an `HF_ENDPOINT` that is no address
 */
export async function listModels(options: ListOptions = {}): Promise<ListedModel[]> {
  requireObject(options);
  const directory = cacheDirectory(options.cacheDir);
  const known = MODELS.map(async (model): Promise<ListedModel> => {
    const path = cachedPath(model, directory);
    return {
      ...model,
      sha256: model.sha256 ?? null,
      url: modelUrl(model, options.endpoint).href,
      check: checkOf(model),
      state: await stateOf(model, path),
      path,
    };
  });
  return Promise.all([embedded(), ...known]);
}

async function embedded(): Promise<ListedModel> {
  const path = embeddedModelPath();
  const sizeBytes = (await sizeOf(path)) ?? 0;
  return {
    name: EMBEDDED_MODEL,
    kind: "whisper",
    repository: null,
    url: null,
    file: "micro-q5_0.bin",
    sizeBytes,
    sha256: null,
    check: null,
    state: sizeBytes > 0 ? "embedded" : "absent",
    path,
  };
}

async function stateOf(model: ModelInfo, path: string): Promise<ModelState> {
  const found = await sizeOf(path);
  if (found === model.sizeBytes) return "ready";
  // A download on its way replaces the damaged file, so it is the better news.
  if ((await sizeOf(`${path}.part`)) !== undefined) return "partial";
  return found === undefined ? "absent" : "damaged";
}
