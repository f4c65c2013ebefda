import { analyse, isLook } from "../../lib/diagnose/analysis/analyse.js";
import { undecided } from "../../lib/diagnose/analysis/undecided.js";
import type { Analysis, HypothesisId } from "../../lib/diagnose/diagnosis.js";
import type { Measurement } from "../../lib/diagnose/measurement.js";
import { Random } from "../detector/generate/random.js";
import type { Cell } from "./cells.js";
import { simulate } from "./simulate.js";

/** What came of the runs of one cell. */
export interface CellResult {
  readonly cell: Cell;
  readonly runs: number;
  /** Runs whose verdict on the cell's own hypothesis is right. */
  readonly right: number;
  /** H3 alone: runs that found both growth of memory and the slowdown, as the reference counts it. */
  readonly strict: number;
  /** Runs with any wrong verdict. */
  readonly wrong: number;
  readonly wrongBy: Readonly<Partial<Record<HypothesisId, number>>>;
  /** Runs in which every hypothesis had a verdict. */
  readonly settled: number;
  /** Blocks that the runs took on average. */
  readonly blocks: number;
}

/** Hypotheses that the simulation has a truth for. */
const JUDGED: readonly HypothesisId[] = ["H0", "H1", "H2", "H3", "H4"];

/** Runs of seeds from `firstSeed` on. */
export function runCell(cell: Cell, runs: number, firstSeed: number): CellResult {
  const { truth } = cell.world;
  const wrongBy: Partial<Record<HypothesisId, number>> = {};
  let [right, strict, wrong, settled, blocks] = [0, 0, 0, 0, 0];
  for (let seed = firstSeed; seed < firstSeed + runs; seed++) {
    const run = runOnce(cell, seed);
    const verdicts = new Map(run.analysis.hypotheses.map((found) => [found.id, found]));
    const own = verdicts.get(truth.right)!;
    if (own.verdict === "supported") {
      right += 1;
      if (own.parts.every(({ verdict }) => verdict === "supported")) strict += 1;
    }
    const mistaken = JUDGED.filter((id) => {
      const not = truth.true.includes(id) ? "refuted" : "supported";
      return verdicts.get(id)!.verdict === not;
    });
    for (const id of mistaken) wrongBy[id] = (wrongBy[id] ?? 0) + 1;
    if (mistaken.length > 0) wrong += 1;
    if (undecided(run.analysis).length === 0) settled += 1;
    blocks += run.blocks;
  }
  return { cell, runs, right, strict, wrong, wrongBy, settled, blocks: blocks / runs };
}

function runOnce(
  { name, world, sequential }: Cell,
  seed: number,
): { analysis: Analysis; blocks: number } {
  const context = { mode: sequential ? "sequential" : "fixed", maxBlocks: world.blocks } as const;
  const jobs: Measurement[] = [];
  let blocks = 0;
  for (const block of simulate(world, new Random(name, seed))) {
    jobs.push(...block);
    blocks += 1;
    if (!sequential || blocks === world.blocks || !isLook(blocks)) continue;
    const analysis = analyse(jobs, context);
    if (undecided(analysis).length === 0) return { analysis, blocks };
  }
  return { analysis: analyse(jobs, context), blocks };
}
