import { InvalidArgumentError, Option } from "commander";
import { WhisperArgumentError } from "../errors.js";
import { type DecodingOptions, decodingParams } from "../options.js";
import { languages } from "../system.js";

/** Flags of how to decode that every command that runs jobs has, as commander hands them over. `--no-x` gives `x: false`. */
export interface DecodingFlags {
  language?: string;
  translate?: true;
  threads?: number;
  beamSize?: number;
  bestOf?: number;
  prompt?: string;
  carryPrompt?: true;
  temperature?: number;
  temperatureIncrement?: number;
  fallback: boolean;
  entropyThreshold?: number;
  logprobThreshold?: number;
  noSpeechThreshold?: number;
  maxTokens?: number;
  audioContext?: number;
  suppressNonSpeech?: true;
  suppressRegex?: string;
}

// Flags that are options of the library under the same name.
const SAME_NAME = [
  ...(["language", "translate", "threads", "beamSize", "bestOf", "prompt", "carryPrompt"] as const),
  ...(["temperature", "temperatureIncrement", "entropyThreshold", "logprobThreshold"] as const),
  ...(["noSpeechThreshold", "maxTokens", "audioContext"] as const),
  ...(["suppressNonSpeech", "suppressRegex"] as const),
];

/** @throws {WhisperArgumentError} `ERR_WHISPER_INVALID_ARG`, before anything has been loaded or read */
export function decodingOptions(flags: DecodingFlags): DecodingOptions {
  const options: Record<string, unknown> = {};
  for (const name of SAME_NAME) {
    if (flags[name] !== undefined) options[name] = flags[name];
  }
  if (flags.beamSize !== undefined) options.strategy = "beam";
  if (!flags.fallback) options.temperatureIncrement = 0;
  decodingParams(options);
  checkLanguage(flags.language);
  return options;
}

/** Native code checks it too, but only when the model is loaded, and for each file. */
function checkLanguage(language: string | undefined): void {
  if (language === undefined || language === "auto" || languages().includes(language)) return;
  throw new WhisperArgumentError("language", language, '"auto" or a code such as "en", "de", "fr"');
}

export const option = (flags: string, help: string): Option => new Option(flags, help);

export const integerOption = (flags: string, help: string): Option =>
  option(flags, help).argParser(whole);

export const numberOption = (flags: string, help: string): Option =>
  option(flags, help).argParser(decimal);

export function modelOption(): Option {
  return option(
    "-m, --model <model>",
    "path of a ggml model, or a name from `models list` (default: the embedded micro model)",
  );
}

/** The options that become `DecodingFlags`. */
export function decodingFlagOptions(): Option[] {
  return [
    option("-l, --language <code>", 'language such as en, de, fr, or "auto" (default: en)'),
    option("--translate", "translate to English"),
    integerOption("-t, --threads <n>", "CPU threads (default: 4, or all if there are fewer)"),
    integerOption("--beam-size <n>", "beam search with n beams, 1 to 8 (default: greedy)"),
    integerOption(
      "--best-of <n>",
      "decoders side by side at temperatures above 0, 1 to 8 (default: 5)",
    ),
    option("--prompt <text>", "what was said before: names, spelling, style"),
    option("--carry-prompt", "put the prompt before every window, not only the first"),
    numberOption("--temperature <t>", "first temperature, 0 to 1 (default: 0)"),
    numberOption("--temperature-increment <t>", "step after a failed window (default: 0.2)"),
    option("--no-fallback", "never try a window again at a higher temperature"),
    numberOption("--entropy-threshold <x>", "a window with less entropy fails (default: 2.4)"),
    numberOption(
      "--logprob-threshold <x>",
      "a window with a lower log probability fails (default: -1)",
    ),
    numberOption("--no-speech-threshold <p>", "above it a poor window is silence (default: 0.6)"),
    integerOption("--max-tokens <n>", "most tokens in a 30 s window; 0: no limit"),
    integerOption("--audio-context <n>", "encoder positions of 20 ms, 1 to 1500; 0: all"),
    option("--suppress-non-speech", "no brackets, notes and the like"),
    option("--suppress-regex <regex>", "no tokens that match"),
  ];
}

/** The options that say which device computes, and how. */
export function deviceFlagOptions(): Option[] {
  return [
    option("--backend <backend>", "auto, cpu, cuda, metal or vulkan (default: auto)"),
    integerOption("--device <n>", "index among the backend's devices (default: 0)"),
    option("--no-flash-attention", "switch flash attention off"),
  ];
}

/** An integer as a person types it: "4", not "4.0", "0x4" or "". */
export function whole(text: string): number {
  if (!/^-?\d{1,15}$/.test(text)) throw new InvalidArgumentError("It must be an integer.");
  return Number(text);
}

/** A number as a person types it. */
export function decimal(text: string): number {
  if (!/^-?(\d+\.?\d*|\.\d+)$/.test(text)) throw new InvalidArgumentError("It must be a number.");
  return Number(text);
}
