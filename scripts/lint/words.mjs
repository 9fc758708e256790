/**
 * The dictionary of the house (CONTRIBUTING.md, "Words"): private words that the code used to have, and the field's
 * word for each. `names` are refused in identifiers and file names, `phrases` in comments, documents and test titles.
 */

/** A part of a camelCase name, in lower case → the field's word. */
export const names = new Map([
  ['outbox', 'reply buffer'],
  ['anteroom', 'paused handler'],
  ['intake', 'memory budget'],
  ['silences', 'missed reports'],
  ['misuse', 'usage error'],
  ['misused', 'usage'],
  ['namesakes', 'duplicate names'],
  ['unheard', 'broken pipe'],
  ['repetitions', 'retries'],
  ['upstream', 'node, connection'],
  ['downstream', 'client, session'],
]);

/** Whole names: their parts are words of the field elsewhere. */
export const wholeNames = new Map([
  ['KeysUnderWay', 'InFlightKeys'],
  ['underWay', 'inFlight'],
  ['mustFollow', 'conflictsWith'],
  ['isPassing', 'isBorrowed'],
  ['PassingKeys', 'BorrowedKeys'],
  ['answerItself', 'executeSessionCommand'],
  ['Duty', 'rule'],
  ['letGo', 'retire, release'],
  ['bury', 'recordExit'],
  ['accompany', 'supervise'],
  ['nobodyListens', 'noEvents'],
  ['contradicted', 'conflicting'],
]);

/** @type {ReadonlyArray<readonly [phrase: RegExp, instead: string]>} */
export const phrases = [
  [/\bunder way\b/iu, 'in flight (commands), in progress (anything else)'],
  [/\bat the door\b/iu, 'at the entry point, before anything is opened'],
  [/\bpublic doors?\b/iu, 'public entry point'],
  [/\bshall\b/iu, 'must, or the present tense'],
  [/\bwithout a word\b/iu, 'without a reply, silently'],
  [/\blet(?:s|ting)? go of\b/iu, 'release, drop'],
  [/\bthe doors? of\b/iu, 'the entry point of'],
];

/** What is wrong with a name, or undefined. @param {string} name */
export function judgeName(name) {
  const bare = name.replace(/^[#_]+/u, '');
  const whole = wholeNames.get(bare);
  if (whole !== undefined) return `${name}: say ${whole}`;
  for (const part of bare.split(/(?=[A-Z])|[^A-Za-z]+/u)) {
    const word = names.get(part.toLowerCase());
    if (word !== undefined) return `${name}: say ${word}`;
  }
  return undefined;
}

/**
 * The phrases of a text that the dictionary refuses, each with what to say. @param {string} text @returns {string[]}
 */
export function judgeText(text) {
  return phrases.flatMap(([phrase, instead]) => {
    const found = phrase.exec(text);
    return found === null ? [] : [`"${found[0]}": say ${instead}`];
  });
}
