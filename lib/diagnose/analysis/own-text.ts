import type { Measurement } from "../measurement.js";

/** Most tokens of text before a window: half of the text context of whisper's models. */
const MOST_TEXT = 224;

/**
 * What a job took to read the text of its own earlier windows, in ms without waits: as much of what it read beyond `without` (the same
 * clip without previous text) as that text can be. That is work like a window or a token, the same in each job of the clip.
 * Whatever else goes before a window, and what text makes of decoding, is not.
 */
export function ownReadingMs(text: Measurement, without: Measurement): number {
  const more = text.promptTokens - without.promptTokens;
  const moreMs = readingMs(text) - readingMs(without);
  if (more <= 0 || moreMs <= 0) return 0;
  // The first window has none, each later one no more than all that was decoded.
  const own = (text.windows - 1) * Math.min(MOST_TEXT, text.tokens);
  return moreMs * Math.min(1, own / more);
}

function readingMs({ promptMs = 0, shareAtWork = 1 }: Measurement): number {
  return promptMs * shareAtWork;
}
