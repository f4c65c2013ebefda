import cliProgress from "cli-progress";
import type { Terminal } from "./io.js";

const USUAL_CHARS = 30;

/** A bar that is gone when what it is about has ended. `format` is cli-progress's. */
export function passingBar(
  stream: Terminal,
  format: string,
  chars = USUAL_CHARS,
): cliProgress.SingleBar {
  return new cliProgress.SingleBar({
    stream,
    format,
    barCompleteChar: "=",
    barIncompleteChar: "-",
    barsize: chars,
    clearOnComplete: true,
    linewrap: true, // long lines are cut at the edge
    hideCursor: null,
    // Commands listen to signals themselves, and stop the bar.
    gracefulExit: false,
  });
}
