/**
 * Right verdicts of the reference (detector/ref/diagnose.py), % of 200 runs, by truth and design: the table of
 * detector/report.md, section 5. Its right verdict on H3 needs growth of memory and the slowdown.
 */
export const REFERENCE: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  H0: row(32, 75, 94, 75, 69),
  "H0+MC": row(31, 50, 80, 50, 50),
  H1s: row(66, 95, 100, 100, 91),
  H1c: row(45, 82, 97, 100, 76),
  "H1s+MC": row(56, 75, 96, 100, 84),
  H2: row(44, 81, 99, 100, 73),
  H3: row(48, 78, 98, 100, 71),
  H4: row(59, 89, 100, 100, 82),
};

/** Runs that each rate is of. */
const REFERENCE_RUNS = 200;

/** What the reference's rate is likely to be, as a share: 200 of 200 runs aren't all runs (Laplace's rule of succession). */
export function likelyRate(percent: number): number {
  return ((percent / 100) * REFERENCE_RUNS + 1) / (REFERENCE_RUNS + 2);
}

function row(...rates: readonly [number, number, number, number, number]) {
  const [short, middle, long, strong, outliers] = rates;
  return { "12": short, "24": middle, "40": long, "24x1.5": strong, "40+outliers": outliers };
}
