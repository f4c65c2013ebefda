import { WhisperArgumentError, WhisperError } from "./errors.js";

/** Throws `ERR_WHISPER_INVALID_ARG` unless `value` fits. */
export type Check = (name: string, value: unknown) => void;

/** For what is checked where it is used. */
export const elsewhere: Check = () => {};

/** Longest delay of a timer in ms: Node's own limit. */
export const MAX_TIMER_MS = 2 ** 31 - 1;

/** Runs `read`, which looks at what the caller gave: what their getters and proxies throw is a wrong argument too. */
export function reading<Value>(what: string, given: unknown, read: () => Value): Value {
  try {
    return read();
  } catch (cause) {
    if (cause instanceof WhisperError) throw cause;
    throw new WhisperArgumentError(what, given, "free of getters and proxies that throw", {
      cause,
    });
  }
}

/**
 * Checks each option that is given, and that there are no others.
 *
 * @param what How the caller calls the object: "options", or an option's name, which goes before its own ones.
 */
export function checkEach(options: unknown, what: string, checks: Record<string, Check>): void {
  if (typeof options !== "object" || options === null || Array.isArray(options)) {
    throw new WhisperArgumentError(what, options, "an object");
  }
  const prefix = what === "options" ? "" : `${what}.`;
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined) continue;
    const check = Object.hasOwn(checks, name) ? checks[name] : undefined;
    if (check === undefined) {
      throw new WhisperArgumentError(what, `{ ${name} }`, "free of unknown names");
    }
    check(`${prefix}${name}`, value);
  }
}

export const boolean: Check = (name, value) => {
  if (typeof value !== "boolean") throw new WhisperArgumentError(name, value, "true or false");
};

/** An integer from `low` to `high`, or also 0. */
export function integer(low: number, high: number, { orZero = false } = {}): Check {
  const expected = `${orZero ? "0 or " : ""}an integer from ${low} to ${high}`;
  return (name, value) => {
    if (orZero && value === 0) return;
    if (!Number.isInteger(value) || (value as number) < low || (value as number) > high) {
      throw new WhisperArgumentError(name, value, expected);
    }
  };
}

/** A finite number from `low` to `high`, or also 0. */
export function number(low: number, high: number, { orZero = false } = {}): Check {
  const expected = `${orZero ? "0 or " : ""}a finite number from ${low} to ${high}`;
  return (name, value) => {
    if (orZero && value === 0) return;
    if (typeof value !== "number" || !(value >= low && value <= high)) {
      throw new WhisperArgumentError(name, value, expected);
    }
  };
}

export function oneOf(...values: string[]): Check {
  return (name, value) => {
    if (!values.includes(value as string)) {
      throw new WhisperArgumentError(
        name,
        value,
        values.map((v) => JSON.stringify(v)).join(" or "),
      );
    }
  };
}

/** A string of at most `maxBytes` bytes of UTF-8 without NUL characters. */
export function text(maxBytes: number): Check {
  return (name, value) => {
    if (
      typeof value !== "string" ||
      value.length > maxBytes ||
      Buffer.byteLength(value) > maxBytes ||
      value.includes("\0")
    ) {
      throw new WhisperArgumentError(
        name,
        value,
        `a string of at most ${maxBytes} bytes without NUL characters`,
      );
    }
  };
}

/** The largest vocabulary of a whisper model. */
const MOST_TOKENS = 51_866;

/** Token ids; a model's own bounds are native code's. Length first: an array of 2^32 - 1 holes is easily made. */
export const integers: Check = (name, value) => {
  if (!Array.isArray(value)) throw new WhisperArgumentError(name, value, "an array of token ids");
  if (value.length > MOST_TOKENS) {
    throw new WhisperArgumentError(
      name,
      value.length,
      `an array of at most ${MOST_TOKENS} token ids`,
    );
  }
  for (const item of copied(value)) {
    if (!Number.isInteger(item) || (item as number) < 0) {
      throw new WhisperArgumentError(name, value, "an array of token ids");
    }
  }
};

/** The elements that an array has now, with its holes: neither its iterator nor getters that make it longer have a say. */
export function copied(array: readonly unknown[]): unknown[] {
  const { length } = array;
  return Array.from({ length }, (_, index) => array[index]);
}
