import type { Diagnosis, Remedy } from "../../diagnosis.js";
import { paragraph, type Section } from "../document.js";
import { mebibytes, percentInterval, UNKNOWN, whole } from "../numbers.js";

/** What each remedy costs and brings here. */
export function remediesSection({ remedies }: Diagnosis): Section {
  const [first] = remedies;
  if (first === undefined) return { id: "remedies", title: "Remedies", brief: true, blocks: [] };
  return {
    id: "remedies",
    title: "Remedies",
    brief: true,
    blocks: [
      paragraph(
        `Price and gain are shares of the time that jobs take, on this machine; the gain is reckoned over ${whole(first.horizonJobs)} jobs. ` +
          "A remedy pays where its gain is greater than its price.",
      ),
      {
        kind: "table",
        caption: "What remedies cost and bring on this machine",
        columns: [
          { title: "Remedy" },
          { title: "Price", whole: true },
          { title: "Gain", whole: true },
          { title: "Memory on top", numeric: true },
          { title: "In words", wide: true },
        ],
        rows: remedies.map((remedy) => [
          remedy.title,
          share(remedy.price),
          share(remedy.gain),
          extra(remedy.extraBytes),
          remedy.says,
        ]),
      },
    ],
  };
}

function share(interval: Remedy["price"]): string {
  if (interval === undefined) return UNKNOWN;
  const { estimate, low, high } = interval;
  return estimate === 0 && low === 0 && high === 0 ? "none" : percentInterval(interval);
}

function extra(bytes: number | undefined): string {
  if (bytes === undefined) return UNKNOWN;
  return bytes === 0 ? "none" : mebibytes(bytes);
}
