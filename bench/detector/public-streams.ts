import { packagePath } from "./package-path.js";
import type { Stream } from "./stream.js";
import { readStreams } from "./stream-file.js";

const folder = "bench/detector/streams";

/** The 40 public streams, as of streams/README.md. */
export function publicStreams(): Stream[] {
  return readStreams(packagePath(folder, "public.jsonl.gz"));
}

/** What the reference detector decides on them. */
export const referenceDecisions: string = packagePath(folder, "reference-decisions.jsonl");
