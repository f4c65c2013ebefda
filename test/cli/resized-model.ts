const LONGEST_WORD = 256;

/** The same model as a file of exactly `sizeBytes`, larger than before: with more words that it never uses. */
export function resized(model: Buffer, sizeBytes: number): Buffer {
  const vocabulary = 56 + model.readInt32LE(48) * model.readInt32LE(52) * 4;
  const count = model.readInt32LE(vocabulary);
  let end = vocabulary + 4;
  for (let i = 0; i < count; i++) end += 4 + model.readInt32LE(end);
  const more: Buffer[] = [];
  for (let missing = sizeBytes - model.length; missing > 0; ) {
    // Each has a length in front of it, so no rest may be too short for that.
    const bytes = missing <= 4 + LONGEST_WORD ? missing - 4 : LONGEST_WORD - 4;
    more.push(word(bytes));
    missing -= 4 + bytes;
  }
  const head = Buffer.from(model.subarray(0, end));
  head.writeInt32LE(count + more.length, vocabulary);
  return Buffer.concat([head, ...more, model.subarray(end)]);
}

function word(bytes: number): Buffer {
  const record = Buffer.alloc(4 + bytes, "x");
  record.writeInt32LE(bytes, 0);
  return record;
}
