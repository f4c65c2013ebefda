import type { Command, Option } from "commander";
import { TRANSCRIPT_FORMATS } from "../format/index.js";
import {
  decodingFlagOptions,
  deviceFlagOptions,
  integerOption,
  modelOption,
  option,
} from "./decoding-flags.js";
import type { CliIo } from "./io.js";
import { planOutputs } from "./outputs.js";
import { transcribeFiles } from "./transcribe-files.js";
import { contextOptions, type Flags, transcribeOptions } from "./transcribe-flags.js";

/**
 * Adds `transcribe FILE...` to a program: text on stdout or in files, everything else on stderr. The action rejects
 * with `CommandExit` when a file failed, and with the library's coded errors.
 */
export function registerTranscribeCommand(program: Command, io: CliIo): void {
  const command = program
    .command("transcribe")
    .description("write down what is said in audio files")
    .argument(
      "<file...>",
      "WAV, AIFF, FLAC and MP3, other formats through ffmpeg; - is standard input",
    );
  for (const option of options()) command.addOption(option);
  command.action(async (files: string[], flags: Flags) => {
    const usage = (message: string): never => command.error(`error: ${message}`);
    if (files.filter((file) => file === "-").length > 1) usage("- can be named only once");
    if (files.includes("-") && "isTTY" in io.stdin && io.stdin.isTTY) {
      usage("- reads audio from standard input, which is a terminal here");
    }
    if (!flags.timestamps && !["txt", "json"].includes(flags.format)) {
      usage(`--format ${flags.format} needs times: leave --no-timestamps out`);
    }
    if (flags.wordTimestamps && flags.maxLength !== undefined) {
      usage("--word-timestamps makes segments of one word: leave --max-length out");
    }
    await transcribeFiles(
      {
        jobs: planOutputs(files, flags, usage),
        format: flags.format,
        full: flags.full === true,
        model: flags.model,
        context: contextOptions(flags, io),
        transcribe: transcribeOptions(flags),
        showProgress: flags.quiet !== true && flags.verbose !== true,
      },
      io,
    );
  });
}

function options(): Option[] {
  return [
    modelOption(),
    option("-f, --format <format>", "what to write")
      .choices([...TRANSCRIPT_FORMATS])
      .default("txt"),
    option("-o, --output <folder>", "write <folder>/<name>.<format> for each file, not to stdout"),
    option("--full", "with --format json: the tokens of each segment too"),
    ...decodingFlagOptions(),
    integerOption("--max-text-context <n>", "most tokens of previous text; 0: none"),
    integerOption("--offset-ms <ms>", "start there in the audio"),
    integerOption("--duration-ms <ms>", "transcribe only this much of it"),
    option("--no-timestamps", "one segment for each window, without times"),
    option("--word-timestamps", "one segment for each word"),
    integerOption("--max-length <n>", "longest segment in characters; 0: no limit"),
    ...deviceFlagOptions(),
    option(
      "--dtw <preset>",
      "token times by time warping, e.g. tiny.en (see --format json --full)",
    ),
    integerOption(
      "--max-duration-ms <ms>",
      "refuse longer audio (default: 14400000, 4 h; at most 24 h)",
    ),
    option("--ffmpeg <command>", "name or path of ffmpeg (default: ffmpeg on the PATH)"),
    option("--no-ffmpeg", "never start ffmpeg"),
    option("-q, --quiet", "no progress on stderr, only failures"),
    option("-v, --verbose", "whisper.cpp's log on stderr"),
  ];
}
