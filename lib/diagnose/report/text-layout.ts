import { plain } from "./plain.js";

/** Between columns. */
const GAP = 2;
/** A column that is narrowed keeps at least so much. */
const LEAST = 8;

/** Lines of at most `width` characters, broken at spaces; a word that is longer has a line of its own, broken where it must. */
export function wrapped(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of plain(text)
    .split(/ +/)
    .flatMap((whole) => pieces(whole, width))) {
    if (line !== "" && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else {
      line = line === "" ? word : `${line} ${word}`;
    }
  }
  return [...lines, line];
}

function pieces(word: string, width: number): string[] {
  const count = Math.max(1, Math.ceil(word.length / width));
  return Array.from({ length: count }, (_, i) => word.slice(i * width, (i + 1) * width));
}

/** Widths of columns so that they fit: the widest gives first. */
export function columnsOf(rows: readonly (readonly string[])[], width: number): number[] {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [i, text] of row.entries()) widths[i] = Math.max(widths[i] ?? 1, text.length);
  }
  const room = width - GAP * (widths.length - 1);
  const total = () => widths.reduce((sum, each) => sum + each, 0);
  while (total() > room && Math.max(...widths) > LEAST) {
    const widest = widths.indexOf(Math.max(...widths));
    const next = Math.max(LEAST, ...widths.filter((_, i) => i !== widest));
    const excess = total() - room;
    const now = widths[widest] as number;
    widths[widest] = Math.max(LEAST, now - excess, next < now ? 0 : now - 1, now - excess);
  }
  return widths;
}

export function padded(text: string, width: number, right: boolean): string {
  return right ? text.padStart(width) : text.padEnd(width);
}
