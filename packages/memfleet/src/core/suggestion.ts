/** What a complaint about an unknown name suggests: what was meant, or which names there are. */

/** `; did you mean "nodes"?`, or which names there are. `spell`: how the nearest one is called in full. */
export function suggestion(
  name: string,
  known: readonly string[],
  spell: (name: string) => string = (nearest) => nearest,
): string {
  const [nearest] = nearestOf(name, known, 1);
  return nearest === undefined ? `; known: ${known.join(', ')}` : `; did you mean "${spell(nearest)}"?`;
}

/** Names beyond this length are no slips of the pen; to compare them takes time in proportion to it. */
const longest = 100;

/** Those that somebody may have meant: at most `count`, the nearest first. */
function nearestOf(name: string, known: readonly string[], count: number): string[] {
  if (name.length > longest) return [];
  return ranked(name, known)
    .filter(({ distance }) => distance <= Math.max(1, Math.floor(name.length / 4)))
    .slice(0, count)
    .map((one) => one.name);
}

/** The `count` names that are nearest, however far they are. */
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

/** Levenshtein's: how many letters have to change. */
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
