import { readFileSync } from "node:fs";
import { RUNGS, type Rung } from "../../lib/health/sample.js";
import type { Contender, ScoredDecision } from "./contender.js";

/** A line of a decisions file: what was decided after a job of a stream. */
interface DecisionLine {
  readonly stream: string;
  readonly after: number;
  readonly ctx: number;
  readonly action: Rung | "helped" | "not_helped" | "giveup" | "budget" | "reanchor";
  readonly reason: string;
}

/** Takes the decisions of a file of JSON lines; of streams that aren't in it, none. */
export function recorded(file: string): Contender {
  const lines = readFileSync(file, "utf8")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as DecisionLine);
  return {
    start(stream) {
      const own = lines.filter((line) => line.stream === stream.id);
      return {
        observe: ({ seq }) => own.filter((line) => line.after === seq).map(decisionOf),
      };
    },
  };
}

function decisionOf({ ctx, action, reason }: DecisionLine): ScoredDecision {
  const rung = RUNGS.find((rung) => rung === action);
  if (rung) {
    const cause = reason.startsWith("preventive") ? "preventive" : "regression";
    return { type: "reset", unit: ctx, rung, cause };
  }
  if (action === "giveup") return { type: "gave-up" };
  if (action === "budget") return { type: "budget" };
  return { type: action === "reanchor" ? "re-anchored" : "verified" };
}
