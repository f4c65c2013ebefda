import type { Diagnosis } from "../../diagnosis.js";
import type { Section } from "../document.js";
import { contrastName } from "../labels.js";
import { confidence, ends, factorInterval, whole } from "../numbers.js";
import { verdictCell } from "../verdict-words.js";

/** What the verdicts are made of. */
export function comparisonsSection({ contrasts }: Diagnosis): Section {
  const [first] = contrasts;
  return {
    id: "comparisons",
    title: "All comparisons",
    brief: false,
    blocks:
      first === undefined
        ? []
        : [
            {
              kind: "table",
              caption: "Ratios of the times of the same clip in the same block",
              columns: [
                { title: "Slower / faster" },
                { title: "Time" },
                { title: "Slower?" },
                { title: "Effect", whole: true },
                { title: `${confidence(first.equivalence.confidence)} interval`, whole: true },
                { title: "Pairs", numeric: true },
              ],
              rows: contrasts.map((contrast) => [
                contrastName(contrast),
                contrast.channel === "total" ? "whole job" : "decoding",
                verdictCell(contrast.id, contrast.verdict),
                factorInterval(contrast.effect),
                ends(contrast.equivalence),
                whole(contrast.pairs),
              ]),
            },
          ],
  };
}
