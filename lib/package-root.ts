import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The folder of this package: one step up, from lib and from dist. */
export const packageRoot = join(dirname(fileURLToPath(import.meta.url)), "..");
