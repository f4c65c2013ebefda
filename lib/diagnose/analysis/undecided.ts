import type { Analysis, HypothesisId } from "../diagnosis.js";

/** Hypotheses that a run goes on for. One that needs another build, or the device's own figures, keeps no run going. */
export function undecided({ hypotheses }: Pick<Analysis, "hypotheses">): HypothesisId[] {
  return hypotheses
    .filter(({ id, verdict, jobs }) => {
      if (verdict !== "undetermined" || id === "H6") return false;
      return id !== "H5" || jobs > 0;
    })
    .map(({ id }) => id);
}
