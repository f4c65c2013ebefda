import { WhisperArgumentError } from "../errors.js";
import type { ModelInfo } from "./registry.js";

const HUGGING_FACE = "https://huggingface.co";

/** True for the only schemes that a model may come from. */
export function isHttp(url: URL): boolean {
  return url.protocol === "https:" || url.protocol === "http:";
}

/**
 * The address of a model: `<endpoint>/<repository>/resolve/main/<file>`.
 *
 * `endpoint` defaults to the environment variable `HF_ENDPOINT`, then to Hugging Face.
 * @throws WhisperArgumentError ERR_WHISPER_INVALID_ARG for anything but a plain http(s) address
 */
export function modelUrl(model: ModelInfo, endpoint?: string): URL {
  const given = endpoint ?? (process.env.HF_ENDPOINT || HUGGING_FACE);
  const argument = endpoint === undefined ? "HF_ENDPOINT" : "endpoint";
  const base = typeof given === "string" && URL.canParse(given) ? new URL(given) : undefined;
  if (base?.username || base?.password) {
    // The value itself must not reach a message.
    throw new WhisperArgumentError(argument, base.host, "an address without user name or password");
  }
  if (!base || !isHttp(base) || base.search || base.hash) {
    throw new WhisperArgumentError(argument, given, "an http or https address without a query");
  }
  const prefix = base.pathname.replace(/\/+$/, "");
  // As a path, never as a reference to be resolved: one that begins with two slashes would name another host.
  const url = new URL(base);
  url.pathname = `${prefix}/${model.repository}/resolve/main/${model.file}`;
  return url;
}
