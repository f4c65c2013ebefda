import type { Diagnosis, HypothesisId, HypothesisResult } from "../../diagnosis.js";
import { type Block, paragraph, type Section, sentences } from "../document.js";
import { confidence, effectText, UNKNOWN, whole } from "../numbers.js";
import { verdictCell } from "../verdict-words.js";

/** The hypotheses as somebody would say them. */
const IN_WORDS: Readonly<Record<HypothesisId, string>> = {
  H0: "A job's time follows its work; nothing gets slower.",
  H1: "Something builds up in the library (decoder state, context or process) and slows later jobs.",
  H2: "Reading the segments late or slowly makes decoding slower.",
  H3: "Memory leaks or fragments.",
  H4: "Text of earlier windows, fed back as a prompt, slows jobs beyond what reading it takes.",
  H5: "Another build or model is slower or faster.",
  H6: "The device isn't doing the work: always slow, which isn't the same as getting slower.",
};

export function verdictSection({ hypotheses }: Diagnosis): Section {
  return {
    id: "verdicts",
    title: "Verdicts",
    brief: true,
    blocks:
      hypotheses.length === 0
        ? [paragraph("No hypothesis was judged.")]
        : [
            {
              kind: "table",
              caption: "What may be the matter, and what the jobs say about it",
              columns: [
                { title: "" },
                { title: "Hypothesis" },
                { title: "Verdict" },
                { title: "Effect", whole: true },
                { title: "Jobs", numeric: true },
                { title: "What would settle it", wide: true },
              ],
              rows: hypotheses.map((result) => [
                result.id,
                IN_WORDS[result.id] ?? result.title,
                verdictCell(result.id, result.verdict),
                effectText(result.effect),
                whole(result.jobs),
                result.wouldSettle ?? UNKNOWN,
              ]),
            },
            paragraph(
              "“Supported”: the jobs show it. “Refuted”: they rule it out, up to an effect too small to matter. " +
                "“Undetermined”: they show neither yet. Brackets hold the range in which the true effect very probably lies.",
            ),
          ],
  };
}

/** Each hypothesis with its sentences and parts. */
export function findingsSection({ hypotheses }: Diagnosis): Section {
  return {
    id: "findings",
    title: "What was found",
    brief: false,
    blocks: hypotheses.flatMap(findingOf),
  };
}

function findingOf(result: HypothesisResult): Block[] {
  const { id, title, verdict, says, parts, effect, wouldSettle } = result;
  const blocks: Block[] = [
    { kind: "heading", text: `${id}: ${title}`, verdict: verdictCell(id, verdict) },
  ];
  blocks.push(...sentences(says));
  if (effect !== undefined) {
    const sure = confidence(effect.confidence);
    blocks.push(paragraph(`Effect: ${effectText(effect)} (${effect.of}; ${sure} interval).`));
  }
  if (parts.length > 0) {
    blocks.push({
      kind: "table",
      caption: `Parts of ${id}`,
      columns: [
        { title: "Part" },
        { title: "Verdict" },
        { title: "Effect", whole: true },
        { title: "Of" },
      ],
      rows: parts.map((part) => [
        part.title,
        verdictCell(id, part.verdict),
        effectText(part.effect),
        part.effect?.of ?? "",
      ]),
    });
  }
  if (wouldSettle !== undefined) blocks.push(paragraph(`What would settle it: ${wouldSettle}`));
  return blocks;
}
