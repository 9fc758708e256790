/** CHANGELOG.md: what is under `## Unreleased` becomes the section of a version. */

const heading = /^## Unreleased\n/m;

/**
 * @param {string} text the changelog
 * @param {string} version
 * @param {string} date `2026-01-31`
 * @returns {{ text: string, section: string }} the new changelog, and the entries of the version (empty: there are
 *   none)
 */
export function cutUnreleased(text, version, date) {
  const match = heading.exec(text);
  if (match === null) throw new Error('CHANGELOG.md has no section "## Unreleased"');
  const start = match.index + match[0].length;
  const next = text.slice(start).search(/^## /m);
  const end = next === -1 ? text.length : start + next;
  const section = text.slice(start, end).trim();
  const rest = text.slice(end);
  const cut = `## Unreleased\n\n## ${version} (${date})\n\n${section}\n`;
  return { text: text.slice(0, match.index) + cut + (rest === '' ? '' : `\n${rest}`), section };
}
