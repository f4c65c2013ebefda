/**
 * Control characters, halves of characters, and marks that reorder or hide what is around them: directions, zero widths,
 * separators of lines and paragraphs, tags.
 */
const UNSEEN =
  /\p{Cc}|\p{Cs}|[\u00ad\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}]/gu;

/** Longest text of one piece of data: a name or message of any length would make a table unreadable. */
const LONGEST = 2000;

/**
 * Text of unknown origin as one line that shows what it holds: control characters and others that can't be seen, among
 * them those that move a terminal's cursor, become "\uFFFD" (white space: a space).
 */
export function plain(text: string): string {
  const shown = text.replace(/[\t\n\v\f\r\u2028\u2029]+/g, " ").replace(UNSEEN, "\uFFFD");
  return shown.length > LONGEST ? `${shown.slice(0, LONGEST)}…` : shown;
}

/** A part of a sentence; what stands between back ticks is code. */
export interface Part {
  readonly text: string;
  readonly code: boolean;
}

/** Names of functions and commands: of characters that mean nothing else in any format. */
const CODE = /^[\w .,()=/:-]+$/;

/** A plain text in parts. Other things between back ticks stay as they are, with their back ticks. */
export function partsOf(text: string): Part[] {
  // Every second part is what stands between two back ticks.
  const parts = plain(text).split(/`([^`]*)`/);
  return parts.map((part, i) => {
    if (i % 2 === 0) return { text: part, code: false };
    return CODE.test(part) ? { text: part, code: true } : { text: `\`${part}\``, code: false };
  });
}
