import { findFfmpeg } from "../../audio/ffmpeg-find.js";
import type { AudioFacts } from "../facts.js";
import { outputOf } from "./run-tool.js";

export async function collectAudio(): Promise<AudioFacts> {
  const path = await findFfmpeg();
  if (path === undefined) return {};
  const version = (await outputOf(path, ["-version"]))?.match(/^ffmpeg version (\S+)/)?.[1];
  return { ffmpeg: { path, version } };
}
