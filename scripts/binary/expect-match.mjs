/**
 * The match of a pattern that a smoke test expects; throws without one.
 * @param {string} what the subject, for the line that is printed @param {string} text @param {RegExp} pattern
 * @returns {RegExpExecArray}
 */
export function expectMatch(what, text, pattern) {
  const match = pattern.exec(text);
  if (match === null) throw new Error(`${what} does not match ${pattern}:\n${text}`);
  console.log(`ok: ${what}`);
  return match;
}
