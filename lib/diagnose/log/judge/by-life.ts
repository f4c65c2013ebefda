/** Items by the life of a worker that they are of, in the order in which lives and items come. */
export function byLife<Item>(
  items: readonly Item[],
  lifeOf: (item: Item) => number,
): readonly (readonly Item[])[] {
  const lives = new Map<number, Item[]>();
  for (const item of items) {
    const life = lives.get(lifeOf(item));
    if (life) life.push(item);
    else lives.set(lifeOf(item), [item]);
  }
  return [...lives.values()];
}
