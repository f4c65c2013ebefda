export { cacheDirectory, embeddedModelPath } from "./cache.js";
export { downloadModel } from "./download.js";
export type { DownloadOptions, DownloadProgress } from "./download-options.js";
export { type ListedModel, type ListOptions, listModels, type ModelState } from "./list.js";
export type { CacheOptions } from "./options.js";
export type { ModelCheck, ModelInfo, ModelKind } from "./registry.js";
export { modelPath, resolveModel } from "./resolve.js";
export type { StructureCheck } from "./verify.js";
