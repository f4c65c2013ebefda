import { join } from "node:path";
import { packageRoot } from "../package-root.js";

/** A recording that comes with the package, and what the embedded model makes of it. */
export const SAMPLE = {
  path: join(packageRoot, "models", "micro", "test-audio", "en-07.wav"),
  words: "five ten two left zero yes four ten",
};

/** SHA-256 of the embedded model. */
export const EMBEDDED_SHA256 = "d463ac9350de47f7c94d796d9139077da2edc085948f19a497d5eba6b351ef25";
