/** Suggestions in errors about an unknown name: the name that was probably meant, or all known names. */

/** `; did you mean "nodes"?`, or the known names. `spell` returns the full form of the nearest name. */
export function suggestion(
  name: string,
  known: readonly string[],
  spell: (name: string) => string = (nearest) => nearest,
): string {
  const [nearest] = nearestOf(name, known, 1);
  return nearest === undefined ? `; known: ${known.join(', ')}` : `; did you mean "${spell(nearest)}"?`;
}

/** Longer names are not typing errors, and the time of a comparison grows with the length. */
const longest = 100;

/** The names that may have been meant: at most `count`, the nearest first. */
function nearestOf(name: string, known: readonly string[], count: number): string[] {
  if (name.length > longest) return [];
  return ranked(name, known)
    .filter(({ distance }) => distance <= Math.max(1, Math.floor(name.length / 4)))
    .slice(0, count)
    .map((one) => one.name);
}

/** The `count` nearest names, at any distance. */
export function closestOf(name: string, known: readonly string[], count: number): string[] {
  return ranked(name.slice(0, longest), known)
    .slice(0, count)
    .map((one) => one.name);
}

function ranked(name: string, known: readonly string[]): { readonly name: string; readonly distance: number }[] {
  const sought = plain(name);
  return known
    .map((one) => ({ name: one, distance: distanceOf(sought, plain(one)) }))
    .sort((a, b) => a.distance - b.distance);
}

function plain(text: string): string {
  return text.replaceAll(/[-_]/g, '').toLowerCase();
}

/** The Levenshtein distance: the number of letters that have to change. */
function distanceOf(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 0; i < a.length; i++) {
    const next = [i + 1];
    for (let j = 0; j < b.length; j++) {
      const swap = (row[j] as number) + (a[i] === b[j] ? 0 : 1);
      next.push(Math.min(swap, (row[j + 1] as number) + 1, (next[j] as number) + 1));
    }
    row = next;
  }
  return row[b.length] as number;
}
