/**
 * Takes secrets out of whatever is shown. Every error about an option passes through here (`InvalidOptionError`,
 * `ConfigError`), and so do `stats proxy config`, and by the program printed configurations, the admin endpoint, log
 * lines and complaints.
 */

/** What stands in the place of a secret. */
export const hidden: string = '***';

/** What the name of a secret ends with, in regular expressions. */
const secretName = String.raw`(?:[^"\\]*(?:pass(?:word|phrase|wd)|secret|token)|pwd)`;

/** Names of options, and of fields in other people's JSON, whose values are secret. */
export const secretKeys: RegExp = new RegExp(`^${secretName}$`, 'i');

/** Options that are secret whole, or say nothing to whoever reads them. */
const hiddenOptions: ReadonlySet<string> = new Set(['users', 'key', 'cert', 'pfx', 'tls']);

/** Must the value of the option of that name not be shown? `path`: with dots, `clusters.main.password`. */
export function isSecret(path: string): boolean {
  return path.split(/[.[]/).some((name) => hiddenOptions.has(name) || secretKeys.test(name));
}

/** Options as one line of JSON without what must stay secret: as `***`, within texts too; functions by their kind. */
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
 * A message that may quote what somebody gave: `redactText`, and secrets in forms that are none. It takes out too much
 * rather than too little.
 */
export function redactMessage(text: string): string {
  return redactText(text)
    .replaceAll(inLogin, `:${hidden}@`)
    .replaceAll(inPair, `$1${hidden}`)
    .replaceAll(inMoxi, `$1${hidden}`);
}

/**
 * A text in one line: control characters are spelled out, as they would write lines of their own into a log, or act on
 * a terminal.
 */
export function inOneLine(text: string): string {
  return text.replaceAll(/\p{Cc}/gu, (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`);
}

/** What caused an error, without secrets in its message and fields. Errors of ours (`isClean`) stay as they are. */
export function redactCause(cause: unknown, isClean: (error: Error) => boolean): unknown {
  if (!(cause instanceof Error) || isClean(cause)) return cause;
  const { message, name } = cause;
  const { code } = cause as { readonly code?: unknown };
  const clean = new Error(redactMessage(message));
  clean.name = name;
  return typeof code === 'string' ? Object.assign(clean, { code }) : clean;
}
