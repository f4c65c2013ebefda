import { type Command, Option } from "commander";
import { TRANSCRIPT_FORMATS } from "../format/index.js";
import type { CliIo } from "./io.js";
import { planOutputs } from "./outputs.js";
import { transcribeFiles } from "./transcribe-files.js";
import {
  contextOptions,
  decimal,
  type Flags,
  transcribeOptions,
  whole,
} from "./transcribe-flags.js";

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
  const option = (flags: string, help: string) => new Option(flags, help);
  const integer = (flags: string, help: string) => option(flags, help).argParser(whole);
  const number = (flags: string, help: string) => option(flags, help).argParser(decimal);
  return [
    option(
      "-m, --model <model>",
      "path of a ggml model, or a name from `models list` (default: the embedded micro model)",
    ),
    option("-l, --language <code>", 'language such as en, de, fr, or "auto" (default: en)'),
    option("-f, --format <format>", "what to write")
      .choices([...TRANSCRIPT_FORMATS])
      .default("txt"),
    option("-o, --output <folder>", "write <folder>/<name>.<format> for each file, not to stdout"),
    option("--full", "with --format json: the tokens of each segment too"),
    option("--translate", "translate to English"),
    integer("-t, --threads <n>", "CPU threads (default: 4, or all if there are fewer)"),
    integer("--beam-size <n>", "beam search with n beams, 1 to 8 (default: greedy)"),
    integer("--best-of <n>", "decoders side by side at temperatures above 0, 1 to 8 (default: 5)"),
    option("--prompt <text>", "what was said before: names, spelling, style"),
    option("--carry-prompt", "put the prompt before every window, not only the first"),
    number("--temperature <t>", "first temperature, 0 to 1 (default: 0)"),
    number("--temperature-increment <t>", "step after a failed window (default: 0.2)"),
    option("--no-fallback", "never try a window again at a higher temperature"),
    number("--entropy-threshold <x>", "a window with less entropy fails (default: 2.4)"),
    number("--logprob-threshold <x>", "a window with a lower log probability fails (default: -1)"),
    number("--no-speech-threshold <p>", "above it a poor window is silence (default: 0.6)"),
    integer("--max-text-context <n>", "most tokens of previous text; 0: none"),
    integer("--offset-ms <ms>", "start there in the audio"),
    integer("--duration-ms <ms>", "transcribe only this much of it"),
    integer("--max-tokens <n>", "most tokens in a 30 s window; 0: no limit"),
    integer("--audio-context <n>", "encoder positions of 20 ms, 1 to 1500; 0: all"),
    option("--no-timestamps", "one segment for each window, without times"),
    option("--word-timestamps", "one segment for each word"),
    integer("--max-length <n>", "longest segment in characters; 0: no limit"),
    option("--suppress-non-speech", "no brackets, notes and the like"),
    option("--suppress-regex <regex>", "no tokens that match"),
    option("--backend <backend>", "auto, cpu, cuda, metal or vulkan (default: auto)"),
    integer("--device <n>", "index among the backend's devices (default: 0)"),
    option("--no-flash-attention", "switch flash attention off"),
    option(
      "--dtw <preset>",
      "token times by time warping, e.g. tiny.en (see --format json --full)",
    ),
    integer("--max-duration-ms <ms>", "refuse longer audio (default: 14400000, 4 h; at most 24 h)"),
    option("--ffmpeg <command>", "name or path of ffmpeg (default: ffmpeg on the PATH)"),
    option("--no-ffmpeg", "never start ffmpeg"),
    option("-q, --quiet", "no progress on stderr, only failures"),
    option("-v, --verbose", "whisper.cpp's log on stderr"),
  ];
}
