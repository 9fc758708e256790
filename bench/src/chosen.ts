/**
 * The items that the command line names; all when it names none. An unknown name is an error that lists the known ones.
 */
export function chosen<T extends { readonly name: string }>(
  all: readonly T[],
  wishes: readonly string[],
  what: string,
): readonly T[] {
  const unknown = wishes.find((wish) => !all.some(({ name }) => name === wish));
  if (unknown !== undefined)
    throw new Error(`there is no ${what} ${unknown}; known: ${all.map(({ name }) => name).join(', ')}`);
  return wishes.length === 0 ? all : all.filter(({ name }) => wishes.includes(name));
}

/** The item of exactly this name. Throws like {@link chosen}. */
export function named<T extends { readonly name: string }>(all: readonly T[], name: string, what: string): T {
  return chosen(all, [name], what)[0] as T;
}
