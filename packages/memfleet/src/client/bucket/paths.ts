/**
 * Paths of sub-documents, as the node reads them: the names and indices of the steps.
 *
 *   'user.tags[0]'                  as it is; a name with . [ ] or ` stands in backticks, and two backticks are one
 *   ['user', 'mail.home', 0]   ─▶   `user`.`mail.home`[0]
 */
import { toByteString } from '../../base/bytes.ts';
import { InvalidArgumentError } from '../../core/errors.ts';
import { refuseArgument } from '../arguments.ts';
import { half } from '../key.ts';

/**
 * A path in a JSON document: text such as `'user.tags[0]'`, where `[-1]` is the last element, or its steps, such as
 * `['user', 'tags', 0]`, whose names may hold dots, brackets and quotes.
 */
export type Path = string | readonly (string | number)[];

/** kv_engine `SUBDOC_PATH_MAX_LENGTH`, in bytes. */
const maxLength = 1024;

/** The path as a byte string. */
export function pathText(path: Path): string {
  const text = toByteString(typeof path === 'string' ? checkText(path) : textOf(path));
  if (text.length > maxLength)
    throw new InvalidArgumentError(`the path has ${text.length} bytes, and ${maxLength} are allowed`);
  return text;
}

function textOf(steps: unknown): string {
  if (!Array.isArray(steps)) refuseArgument('a path', steps, 'a string, or an array of names and indices');
  let text = '';
  for (const step of steps as readonly unknown[]) {
    if (typeof step === 'string' && step !== '') text += `${text === '' ? '' : '.'}${quoted(checkText(step))}`;
    else if (typeof step === 'number' && Number.isSafeInteger(step) && step >= -1) text += `[${step}]`;
    else refuseArgument('a step of a path', step, 'a name, or an index from -1 on');
  }
  return text;
}

function checkText(text: string): string {
  if (!half.test(text)) return text;
  const shown = JSON.stringify(text);
  throw new InvalidArgumentError(`the path has half of a surrogate pair, which UTF-8 cannot encode: ${shown}`);
}

/** A name as it stands between the quotes of the document, in backticks. */
const quoted = (name: string): string => `\`${JSON.stringify(name).slice(1, -1).replaceAll('`', '``')}\``;
