// Whether a diagnosis is right, by the truth that was injected.

/**
 * `outcome`: "right": what had to be supported is, also in the parts that say where. "wrong": a hypothesis or part is
 * supported that isn't true, or a true one refuted. "undetermined" otherwise. `why`: what made it wrong, or is missing.
 *
 * @param {{ supported: Record<string, string[]>, true: string[] }} truth
 * @param {{ id: string, verdict: string, parts: { id: string, verdict: string }[] }[]} hypotheses
 */
export function verdictOf(truth, hypotheses) {
  const wrong = hypotheses.flatMap((one) => wrongs(truth, one));
  if (wrong.length > 0) return { outcome: "wrong", why: wrong };
  const missing = Object.entries(truth.supported).flatMap(([id, parts]) => {
    const found = hypotheses.find((one) => one.id === id);
    const all = [[id, found], ...parts.map((part) => [`${id} ${part}`, partOf(found, part)])];
    return all
      .filter(([, one]) => one?.verdict !== "supported")
      .map(([name]) => `${name} undetermined`);
  });
  return { outcome: missing.length > 0 ? "undetermined" : "right", why: missing };
}

function wrongs(truth, { id, verdict, parts }) {
  const holds = truth.true.includes(id);
  if (!holds && verdict === "supported") return [`${id} supported`];
  if (holds && verdict === "refuted") return [`${id} refuted`];
  // Where it isn't in: the right cause in the wrong place would have the wrong thing reset.
  const places = truth.supported[id];
  if (!places) return [];
  return parts.flatMap((part) => {
    const here = places.includes(part.id);
    if (!here && places.length > 0 && part.verdict === "supported")
      return [`${id} ${part.id} supported`];
    return here && part.verdict === "refuted" ? [`${id} ${part.id} refuted`] : [];
  });
}

function partOf(hypothesis, id) {
  return hypothesis?.parts.find((part) => part.id === id);
}
