import { callOutside } from "../call-outside.js";
import { WhisperArgumentError } from "../errors.js";

export type LogLevel = "debug" | "info" | "warn" | "error";

/** What a pool logs to: a pino logger, or anything of that shape. */
export interface Logger {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
  /** pino's; without it every level counts as enabled. */
  isLevelEnabled?(level: string): boolean;
}

const LEVELS: readonly LogLevel[] = ["debug", "info", "warn", "error"];

/** @throws {WhisperArgumentError} `ERR_WHISPER_INVALID_ARG` */
export function checkLogger(value: unknown): Logger | undefined {
  if (value === undefined) return undefined;
  const candidate = value as Partial<Record<LogLevel, unknown>> | null;
  if (
    (typeof candidate !== "object" && typeof candidate !== "function") ||
    candidate === null ||
    LEVELS.some((level) => typeof candidate[level] !== "function") ||
    !["function", "undefined"].includes(typeof (value as Logger).isLevelEnabled)
  ) {
    throw new WhisperArgumentError(
      "logger",
      value,
      "a pino logger, or one with the methods debug, info, warn, error and, if any, isLevelEnabled",
    );
  }
  return value as Logger;
}

/** Writes one line. Its fields are built only where the level is enabled. */
export function log(
  logger: Logger | undefined,
  level: LogLevel,
  fields: () => object,
  message: string,
): void {
  if (logger === undefined) return;
  callOutside(() => {
    if (logger.isLevelEnabled?.(level) ?? true) logger[level](fields(), message);
  });
}
