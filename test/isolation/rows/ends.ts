import { WhisperEngineError, WhisperError, type WhisperErrorCode } from "../../../lib/index.js";

/**
 * How something that whisper.cpp can't take comes to its end:
 * - "crash": a signal of the process's own making; "stall": ended from outside, as it made no progress or took too long;
 * - "timeout": it goes on and on, and the job's own limit ends it;
 * - "refusal": an error of whisper.cpp's, or of the library around it; "result": none at all, and likely nonsense;
 * - "other": what no test expects, such as a child that couldn't start.
 */
export type End = "crash" | "stall" | "timeout" | "refusal" | "result" | "other";

/** Of what reads or writes outside of an array: what lies there, where nothing is checked, decides. Mostly a crash. */
export const outside: readonly End[] = ["crash", "refusal", "stall", "timeout", "result"];

export interface Outcome {
  end: End;
  code: WhisperErrorCode | undefined;
  /** The signal, the message, or the text. */
  detail: string;
}

const CRASH_SIGNALS = ["SIGSEGV", "SIGABRT", "SIGFPE", "SIGBUS", "SIGILL", "SIGTRAP"];
const STALLED = /made no progress|didn't answer|wasn't ready after/;

/** What it came to. Rejects with an error that isn't one of the package's. */
export async function outcomeOf(work: PromiseLike<string>): Promise<Outcome> {
  try {
    const text = await work;
    return { end: "result", code: undefined, detail: JSON.stringify(text.slice(0, 40)) };
  } catch (error) {
    if (!(error instanceof WhisperError)) throw error;
    const { code, message } = error;
    if (code === "ERR_WHISPER_JOB_TIMEOUT") return { end: "timeout", code, detail: "" };
    if (!(error instanceof WhisperEngineError)) return { end: "refusal", code, detail: message };
    const { signal } = error;
    if (signal === "SIGKILL" && STALLED.test(message)) {
      return { end: "stall", code, detail: message };
    }
    const crashed = signal !== undefined && CRASH_SIGNALS.includes(signal);
    return { end: crashed ? "crash" : "other", code, detail: crashed ? signal : message };
  }
}

/** Whether an outcome is one of the expected, and comes from whisper.cpp rather than from a check before it. */
export function reachedWhisper({ end, code, detail }: Outcome): boolean {
  if (end !== "refusal") return end !== "other";
  return code !== "ERR_WHISPER_INVALID_ARG" && /whisper\.cpp|not enough memory/.test(detail);
}

/** Prints what was seen, a line for each row. */
export function printTable(title: string, outcomes: ReadonlyMap<string, Outcome>): void {
  const lines = [...outcomes].map(([name, { end, code, detail }]) => {
    const what = [end.padEnd(7), code ?? "", detail].filter(Boolean).join(" ");
    return `  ${name.padEnd(58)} ${what.replaceAll(/\s+/g, " ").slice(0, 110)}`;
  });
  console.log([title, ...lines].join("\n"));
}
