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
