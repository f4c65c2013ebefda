/**
 * What a terminal shows after this output: enough of one for a progress bar. Knows CR, LF, backspace, the sequences
 * that move to a column or erase, and save and restore; fails on anything else, so that nothing goes unnoticed.
 */
export function screen(output: string): string[] {
  const rows: string[][] = [[]];
  let row = 0;
  let column = 0;
  let saved = { row: 0, column: 0 };
  const current = () => {
    while (rows.length <= row) rows.push([]);
    return rows[row] as string[];
  };
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control sequences are the subject
  const sequence = /\u001b(?:\[(\d*)([GKABCD])|([78]))/y;
  for (let at = 0; at < output.length; ) {
    const character = output[at] as string;
    sequence.lastIndex = at;
    const match = sequence.exec(output);
    if (match) {
      at += match[0].length;
      const count = Number(match[1] || 0);
      if (match[2] === "G") column = Math.max(0, count - 1);
      else if (match[2] === "K") erase(current(), count, column);
      else if (match[3] === "7") saved = { row, column };
      else if (match[3] === "8") ({ row, column } = saved);
      else throw new Error(`unexpected ${JSON.stringify(match[0])}`);
      continue;
    }
    at += 1;
    if (character === "\r") column = 0;
    else if (character === "\n") row += 1;
    else if (character < " ")
      throw new Error(`unexpected ${JSON.stringify(output.slice(at - 1, at + 9))}`);
    else {
      const line = current();
      while (line.length < column) line.push(" ");
      line[column] = character;
      column += 1;
    }
    current();
  }
  return rows.map((line) => line.join("").trimEnd());
}

function erase(line: string[], mode: number, column: number): void {
  if (mode === 0) line.splice(column);
  else if (mode === 2) line.splice(0);
  else throw new Error(`unexpected erase mode ${mode}`);
}
