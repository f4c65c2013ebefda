import cliProgress from "cli-progress";
import { formatBytes } from "../format-bytes.js";
import type { DownloadProgress } from "../models/index.js";
import type { Terminal } from "./io.js";

/** Shows how far one download is. */
export interface ProgressDisplay {
  update(progress: DownloadProgress): void;
  /** Leaves the line as it is and gives the terminal back. */
  stop(): void;
}

/** A bar on a terminal; nothing on anything else, so that logs stay readable. */
export function showProgress(name: string, stream: Terminal): ProgressDisplay {
  if (!stream.isTTY) return { update() {}, stop() {} };
  const bar = new cliProgress.SingleBar({
    stream,
    format: `${name} [{bar}] {percentage}% {received} of {size}, {eta_formatted} left`,
    etaBuffer: 200,
    hideCursor: true,
    gracefulExit: false, // The command itself listens to signals and stops the bar.
  });
  let started = false;
  return {
    update({ receivedBytes, totalBytes }) {
      const payload = { received: formatBytes(receivedBytes), size: formatBytes(totalBytes) };
      if (started) bar.update(receivedBytes, payload);
      else bar.start(totalBytes, receivedBytes, payload);
      started = true;
    },
    stop() {
      if (started) bar.stop();
    },
  };
}
