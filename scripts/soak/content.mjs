// What must be the same whenever the same work is done, as digests: a soak holds no transcripts.

import { createHash } from "node:crypto";

/** Of a result: text, segments, token ids, probabilities, languages and the amount of work, bit for bit. */
export function contentOf(result) {
  const { text, language, languageProb, languageProbs, segments, audioDurationMs } = result;
  const said = { text, language, languageProb, languageProbs, segments };
  return digest({ ...said, audioDurationMs, work: workOf(result.timing) });
}

export function workOf(timing) {
  const { windows, encoderPasses, promptTokens, tokensDecoded, fallbacks, fallbackTokens } = timing;
  return { windows, encoderPasses, promptTokens, tokensDecoded, fallbacks, fallbackTokens };
}

/** JSON writes a number in the shortest way that gives the same bits back. */
export function digest(value) {
  return createHash("sha256").update(JSON.stringify(value)).digest("base64");
}
