import { median } from "simple-statistics";

/** Values of which those farther from their median than `reach` count as that far: outliers. */
export function clipped(values: readonly number[], reach: number): number[] {
  const centre = median(values as number[]);
  return values.map((value) => Math.min(centre + reach, Math.max(centre - reach, value)));
}
