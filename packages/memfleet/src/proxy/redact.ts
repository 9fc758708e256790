/** Takes secrets out of whatever is shown: `stats proxy config`, and by the program printed configurations, the admin endpoint, log lines. */

/** What stands in the place of a secret. */
export const hidden: string = '***';

/** What the name of a secret ends with, in regular expressions. */
const secretName = String.raw`(?:[^"\\]*(?:pass(?:word|phrase|wd)|secret|token)|pwd)`;

/** Names of options, and of fields in other people's JSON, whose values are secret. */
export const secretKeys: RegExp = new RegExp(`^${secretName}$`, 'i');

/** Options that are secret whole, or say nothing to whoever reads them. */
const hiddenOptions: ReadonlySet<string> = new Set(['users', 'key', 'cert', 'pfx', 'tls']);

/** Options as one line of JSON without what must stay secret: as `***`, within texts too; functions by their kind. */
export function redact(value: unknown): string {
  return JSON.stringify(value, (name, entry: unknown) => {
    if ((hiddenOptions.has(name) || secretKeys.test(name)) && typeof entry !== 'boolean') return hidden;
    if (typeof entry === 'string') return redactText(entry);
    return typeof entry === 'function' ? '(a function)' : entry;
  });
}

/** `"saslPassword":"x"`, also where the text was cut off within the value. */
const inJson = new RegExp(String.raw`"(${secretName})"(\s*:\s*)(?:"(?:[^"\\]|\\.)*(?:"|$)|[\w.+-]+)`, 'gis');
/** The same within a text that is itself in JSON: `\"saslPassword\":\"x\"`. */
const inQuotedJson = new RegExp(String.raw`(\\+)"(${secretName})\1"(\s*:\s*)\1".*?(?:(?<!\\)\1"|$)`, 'gis');
/** Up to the last `@` before the path; a quote that ends a value of JSON ends the URL. */
const inUrl = /(\/\/[^\s/?#:"]*):(?:[^\s/?#"]|"(?!\s*[,:}\]]))*@/g;
/** A password with a slash, which should have been encoded: what comes after the user is no port. */
const inBadUrl = /(\/\/[^\s/?#:@"[|,]*):(?!\d*(?:[/?#,|;"\s]|$))[^\s"|,]*?@/g;

/** `scheme://user:password@host` → `scheme://user:***@host`; secrets within JSON, such as a map of vBuckets, are hidden; PEM blocks are cut. */
export function redactText(text: string): string {
  return text
    .replaceAll(inUrl, `$1:${hidden}@`)
    .replaceAll(inBadUrl, `$1:${hidden}@`)
    .replaceAll(inJson, `"$1"$2"${hidden}"`)
    .replaceAll(inQuotedJson, `$1"$2$1"$3$1"${hidden}$1"`)
    .replaceAll(/-----BEGIN ([A-Z ]+)-----[^-]*-----END \1-----/g, `<$1 ${hidden}>`);
}
