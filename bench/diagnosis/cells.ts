import { REFERENCE } from "./reference-rates.js";
import type { World } from "./simulate.js";
import { TRUTHS, type TruthName } from "./truths.js";

/** A truth and a design: one row of the table. */
export interface Cell {
  readonly name: string;
  readonly sequential: boolean;
  readonly world: World;
  /** The reference's right verdicts in %, where it has the cell. */
  readonly reference: number | undefined;
}

/** Mean slowdown in the later half of the blocks, and of previous text. */
const EFFECT = 1.2;
const OUTLIERS = 0.05;
/** The last block of a sequential run. */
export const MOST_BLOCKS = 60;

interface Design {
  readonly name: string;
  readonly blocks: number;
  readonly effect: number;
  readonly outliers: number;
}

/** The reference's designs: see detector/report.md, section 5. */
export const DESIGNS: readonly Design[] = [
  { name: "12", blocks: 12, effect: EFFECT, outliers: 0 },
  { name: "24", blocks: 24, effect: EFFECT, outliers: 0 },
  { name: "40", blocks: 40, effect: EFFECT, outliers: 0 },
  { name: "24x1.5", blocks: 24, effect: 1.5, outliers: 0 },
  { name: "40+outliers", blocks: 40, effect: EFFECT, outliers: OUTLIERS },
];

/** Growth with which the mean age of the later half of so many blocks, 3/4 of them, makes `effect`. */
function growthTo(effect: number, blocks: number): number {
  return Math.log(effect) / (0.75 * blocks);
}

function fixed(name: TruthName, design: Design): Cell {
  const { blocks, effect, outliers } = design;
  return {
    name: `${name}@${design.name}`,
    sequential: false,
    world: {
      truth: TRUTHS[name],
      blocks,
      growth: growthTo(effect, blocks),
      textFactor: effect,
      outliers,
    },
    reference: REFERENCE[name]?.[design.name],
  };
}

/** A growth of its own per block, such that the mean slowdown of the later half of `reached` blocks would be x1.2. */
function sequential(name: TruthName, reached: number, outliers: number): Cell {
  const truth = TRUTHS[name];
  const pace = truth.ages.length > 0 ? `x1.2 at ${reached}` : "";
  const parts = ["sequential", pace, outliers > 0 ? "outliers" : ""].filter((part) => part !== "");
  return {
    name: `${name}@${parts.join(",")}`,
    sequential: true,
    world: {
      truth,
      blocks: MOST_BLOCKS,
      growth: growthTo(EFFECT, reached),
      textFactor: EFFECT,
      outliers,
    },
    reference: undefined,
  };
}

const NAMES = Object.keys(TRUTHS) as TruthName[];
const PACES = [24, 40, MOST_BLOCKS] as const;

export const CELLS: readonly Cell[] = [
  ...NAMES.flatMap((name) => DESIGNS.map((design) => fixed(name, design))),
  ...NAMES.flatMap((name) => {
    const ages = TRUTHS[name].ages.length > 0;
    const steady = (ages ? PACES : [MOST_BLOCKS]).map((pace) => sequential(name, pace, 0));
    return [...steady, sequential(name, ages ? 40 : MOST_BLOCKS, OUTLIERS)];
  }),
];
