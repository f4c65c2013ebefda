import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { cacheDirectory, embeddedModelPath } from "../../models/cache.js";
import { listModels } from "../../models/list.js";
import { resolveModel, sizeOf } from "../../models/resolve.js";
import { fromNative } from "../../native/errors.js";
import type { AskedModelFacts, ModelsFacts } from "../facts.js";
import type { Probe } from "../run-probe.js";
import { EMBEDDED_SHA256 } from "../sample.js";

export interface AskedModel {
  /** A name of the list or a path, as the library takes it. */
  model?: string | undefined;
  cacheDir?: string | undefined;
}

/** @param canCheck Whether there is an addon that can read a model. */
export async function collectModels(
  { model, cacheDir }: AskedModel,
  canCheck: boolean,
  probe: Probe,
): Promise<ModelsFacts> {
  const options = cacheDir === undefined ? {} : { cacheDir };
  const listed = await listModels(options);
  return {
    folder: cacheDirectory(cacheDir),
    embedded: await embedded(),
    downloaded: listed
      .filter(({ state }) => state !== "embedded" && state !== "absent")
      .map(({ name, state, sizeBytes, path }) => ({ name, state, sizeBytes, path })),
    asked: model === undefined ? undefined : await asked(model, options, canCheck, probe),
  };
}

async function embedded(): Promise<ModelsFacts["embedded"]> {
  const path = embeddedModelPath();
  const file = await readFile(path).catch(() => undefined);
  if (file === undefined) return { path, state: "absent" };
  const digest = createHash("sha256").update(file).digest("hex");
  return { path, state: digest === EMBEDDED_SHA256 ? "whole" : "damaged" };
}

async function asked(
  name: string,
  options: { cacheDir?: string },
  canCheck: boolean,
  probe: Probe,
): Promise<AskedModelFacts> {
  let path: string;
  try {
    path = await resolveModel(name, options);
  } catch (error) {
    const { code, message } = fromNative(error);
    return { name, checked: false, error: { code, message } };
  }
  const sizeBytes = await sizeOf(path);
  if (sizeBytes === undefined) {
    const error = { code: "ERR_WHISPER_MODEL_NOT_FOUND", message: `there is no file ${path}` };
    return { name, path, checked: false, error };
  }
  if (!canCheck) return { name, path, sizeBytes, checked: false };
  const { checked = false, error, death } = await probe({ task: "model", path });
  return { name, path, sizeBytes, checked, error, death };
}
