import type { DoctorFacts } from "../facts.js";
import { type Finding, findingsOf } from "../finding.js";

const { ok, note } = findingsOf("audio");

const INSTALL: Readonly<Record<string, string>> = {
  linux: "Install the package ffmpeg of the system",
  darwin: "`brew install ffmpeg`",
  win32: "`winget install Gyan.FFmpeg`",
};

export function judgeAudio({ audio: { ffmpeg }, platform }: DoctorFacts): Finding[] {
  if (ffmpeg) {
    const version = ffmpeg.version === undefined ? "" : ` ${ffmpeg.version}`;
    return [ok("ffmpeg", `${ffmpeg.path}${version}`)];
  }
  return [
    note(
      "ffmpeg",
      "Not found on the PATH.",
      "WAV, MP3 and FLAC are read without it; Ogg, Opus, M4A, WebM and video are not.",
      `${INSTALL[platform.platform] ?? "Install ffmpeg"}.`,
    ),
  ];
}
