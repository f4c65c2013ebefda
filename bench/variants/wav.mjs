// The samples of a WAV file: mono, 16 kHz, 16 bits.

/**
 * @param {Buffer} bytes
 * @returns {Float32Array}
 */
export function samplesOf(bytes) {
  let at = 12;
  while (bytes.toString("latin1", at, at + 4) !== "data") {
    at += 8 + bytes.readUInt32LE(at + 4);
    if (at + 8 > bytes.length) throw new Error("the WAV file has no data");
  }
  const length = bytes.readUInt32LE(at + 4);
  return Float32Array.from(
    { length: length / 2 },
    (_, i) => bytes.readInt16LE(at + 8 + 2 * i) / 32_768,
  );
}
