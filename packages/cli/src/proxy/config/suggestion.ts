/** What a complaint about an unknown key suggests. */

/** `; did you mean "nodes"?`, or which keys there are. */
export function suggestion(key: string, known: readonly string[]): string {
  const [nearest] = known
    .map((name) => ({ name, distance: distance(plain(key), plain(name)) }))
    .sort((a, b) => a.distance - b.distance);
  return nearest !== undefined && nearest.distance <= Math.max(1, Math.floor(key.length / 4))
    ? `; did you mean "${nearest.name}"?`
    : `; known are ${known.join(', ')}`;
}

function plain(text: string): string {
  return text.replaceAll(/[-_]/g, '').toLowerCase();
}

/** Levenshtein's: how many letters have to change. */
function distance(a: string, b: string): number {
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
