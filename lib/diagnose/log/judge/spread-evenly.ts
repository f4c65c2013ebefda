/** At most so many of the items, every second or third one and so on, the first among them; in the same order. */
export function spreadEvenly<Item>(items: readonly Item[], most: number): Item[] {
  const step = Math.ceil(items.length / most);
  return items.filter((_, row) => row % step === 0);
}
