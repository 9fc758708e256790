/** Version numbers: three whole numbers, compared from the left. */

const parts = /^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)$/;

/** @param {string} version @returns {[number, number, number]} */
function parse(version) {
  const match = parts.exec(version);
  if (match === null) throw new Error(`${version} is no version of the form 1.2.3`);
  return [Number(match[1]), Number(match[2]), Number(match[3])];
}

/**
 * The version that a release gets.
 * @param {string} current
 * @param {string} wanted `major`, `minor`, `patch`, or a version above the current one
 * @returns {string}
 */
export function nextVersion(current, wanted) {
  const [major, minor, patch] = parse(current);
  if (wanted === 'major') return `${major + 1}.0.0`;
  if (wanted === 'minor') return `${major}.${minor + 1}.0`;
  if (wanted === 'patch') return `${major}.${minor}.${patch + 1}`;
  const next = parse(wanted);
  const above = next[0] - major || next[1] - minor || next[2] - patch;
  if (above <= 0) throw new Error(`${wanted} is not above the current version ${current}`);
  return wanted;
}
