/**
 * Removes secrets from texts that are shown. Every error about an option passes through here (`InvalidOptionError`,
 * `ConfigError`), and so do `stats proxy config`, and, in the program, printed configurations, the admin endpoint, log
 * lines and error messages.
 */

/** The text that replaces a secret. */
export const hidden: string = '***';

/** The endings of the names of secrets, in regular expressions. */
const secretName = String.raw`(?:[^"\\]*(?:pass(?:word|phrase|wd)|secret|token)|pwd)`;

/** Names of options, and of fields in other people's JSON, whose values are secret. */
export const secretKeys: RegExp = new RegExp(`^${secretName}$`, 'i');

/** Options that are secret as a whole, or of no use to a reader. */
const hiddenOptions: ReadonlySet<string> = new Set(['users', 'key', 'cert', 'pfx', 'tls']);

/** Whether the value of the option at this path is secret. `path`: with dots, `clusters.main.password`. */
export function isSecret(path: string): boolean {
  return path.split(/[.[]/).some((name) => hiddenOptions.has(name) || secretKeys.test(name));
}

/** Options as one line of JSON. Secrets become `***`, within texts as well; functions are named by their kind. */
export function redact(value: unknown): string {
  return JSON.stringify(value, (name, entry: unknown) => {
    if (isSecret(name) && typeof entry !== 'boolean') return hidden;
    if (typeof entry === 'string') return redactText(entry);
    if (typeof entry === 'bigint') return `${entry}n`;
    return typeof entry === 'function' ? '(a function)' : entry;
  });
}

/** `"saslPassword":"x"`, also where the text was cut off within the value. */
const inJson = new RegExp(String.raw`"(${secretName})"(\s*:\s*)(?:"(?:[^"\\]|\\.)*(?:"|$)|[\w.+-]+)`, 'gis');
/** The same within a text that is itself in JSON: `\"saslPassword\":\"x\"`. */
const inQuotedJson = new RegExp(
  String.raw`(?<!\\)(\\{1,31})"(${secretName})\1"(\s*:\s*)(?:\1".*?(?:(?<!\\)\1"|$)|[\w.+-]+)`,
  'gis',
);
/** Up to the last `@` before the path; a quote that ends a value of JSON ends the URL. */
const inUrl = /(\/\/[^\s/?#:"]*):(?:[^\s/?#"]|"(?!\s*[,:}\]]))*@/g;
/** A password with a slash, which should have been encoded: what comes after the user is no port. */
const inBadUrl = /(\/\/[^\s/?#:@"[|,]*):(?!\d*(?:[/?#,|;"\s]|$))[^\s"|,]*?@/g;

/**
 * `scheme://user:password@host` → `scheme://user:***@host`; secrets within JSON, such as a map of vBuckets, are hidden;
 * PEM blocks are cut.
 */
export function redactText(text: string): string {
  return text
    .replaceAll(inUrl, `$1:${hidden}@`)
    .replaceAll(inBadUrl, `$1:${hidden}@`)
    .replaceAll(inJson, `"$1"$2"${hidden}"`)
    .replaceAll(inQuotedJson, `$1"$2$1"$3$1"${hidden}$1"`)
    .replaceAll(/-----BEGIN ([A-Z ]+)-----[^-]*-----END \1-----/g, `<$1 ${hidden}>`);
}

/** A login without a scheme, where one may have been meant: `user:password@host`. */
const inLogin = /:(?!\/\/)[^\s"'`|@]{1,256}@/g;
/** `password=x` of a connection string or of Moxi's behaviours. */
const inPair = /((?:pass(?:word|wd|phrase)?|pwd|secret|token)=)[^\s,;&|"'`]+/gi;
/** `auth=user%password` of Moxi. */
const inMoxi = /\b(auth=[^%\s,|"']{1,64}%)[^\s,|"']+/g;

/**
 * Redacts a message that may quote user input: `redactText`, and secrets in malformed text. It removes too much rather
 * than too little.
 */
export function redactMessage(text: string): string {
  return redactText(text)
    .replaceAll(inLogin, `:${hidden}@`)
    .replaceAll(inPair, `$1${hidden}`)
    .replaceAll(inMoxi, `$1${hidden}`);
}

/**
 * A text on one line. Control characters are escaped, because they could forge log lines or control a terminal.
 */
export function inOneLine(text: string): string {
  return text.replaceAll(/\p{Cc}/gu, (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`);
}

/**
 * The cause of an error, without secrets in its message and fields. Errors of memfleet (`isClean`) stay as they are.
 */
export function redactCause(cause: unknown, isClean: (error: Error) => boolean): unknown {
  if (!(cause instanceof Error) || isClean(cause)) return cause;
  const { message, name } = cause;
  const { code } = cause as { readonly code?: unknown };
  const clean = new Error(redactMessage(message));
  clean.name = name;
  return typeof code === 'string' ? Object.assign(clean, { code }) : clean;
}
