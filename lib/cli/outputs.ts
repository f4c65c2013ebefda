import { join, parse, resolve } from "node:path";
import type { TranscriptFormat } from "../format/index.js";

/** One audio file, and where its transcript goes. */
export interface FileJob {
  /** As the user wrote it; "-" is standard input. */
  input: string;
  /** Absolute path; undefined is standard output. */
  output: string | undefined;
}

/** Formats that can follow each other in one stream: plain text, and JSON documents. */
const STREAMABLE: readonly TranscriptFormat[] = ["txt", "json"];

/** Decides before any work where everything goes; calls `usage` when that can't be. */
export function planOutputs(
  files: readonly string[],
  flags: { format: TranscriptFormat; output?: string },
  usage: (message: string) => never,
): FileJob[] {
  const { format, output: folder } = flags;
  if (folder === undefined) {
    if (files.length > 1 && !STREAMABLE.includes(format)) {
      usage(
        `--format ${format} of several files needs --output: together they are no ${format} file`,
      );
    }
    return files.map((input) => ({ input, output: undefined }));
  }
  const inputs = new Set(files.map((file) => resolve(file)));
  const taken = new Map<string, string>();
  return files.map((input) => {
    const name = input === "-" ? "stdin" : parse(input).name;
    const output = resolve(join(folder, `${name}.${format}`));
    const other = taken.get(output);
    if (other !== undefined) {
      usage(`${quoted(other)} and ${quoted(input)} would both be written to ${quoted(output)}`);
    }
    if (inputs.has(output)) usage(`${quoted(output)} would be overwritten, and is to be read`);
    taken.set(output, input);
    return { input, output };
  });
}

const quoted = (text: string): string => JSON.stringify(text);
