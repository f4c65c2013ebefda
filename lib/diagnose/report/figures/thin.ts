/** More points than this can't be told apart in a chart, and only make the file large. */
export const MOST_POINTS = 2000;

/** At most `most` of the items, evenly spread, the first and the last among them; in the same order. */
export function thin<Item>(items: readonly Item[], most: number = MOST_POINTS): readonly Item[] {
  if (items.length <= most) return items;
  const step = (items.length - 1) / (most - 1);
  return Array.from({ length: most }, (_, i) => items[Math.round(i * step)] as Item);
}
