/** Takes secrets out of whatever is shown: printed configurations, the admin endpoint, log lines. */

/** What stands in the place of a secret. */
export const hidden = '***';

/** What the name of a secret ends with, in regular expressions. */
const secretName = String.raw`(?:[^"\\]*(?:pass(?:word|phrase|wd)|secret|token)|pwd)`;
const secretKeys = new RegExp(`^${secretName}$`, 'i');

/**
 * A copy of plain data without its secrets. Texts of `files` that are certificates or keys are shown as the names of these files; other texts below
 * `users`, and below keys such as `password`, are hidden, and passwords within texts.
 */
export function redact(value: unknown, files: ReadonlyMap<string, string> = new Map()): unknown {
  const names = new Map(
    [...files].filter(([, text]) => text.includes('-----BEGIN')).map(([name, text]) => [text, name]),
  );
  const walk = (inner: unknown, isSecret: boolean): unknown => {
    if (typeof inner === 'string') return names.get(inner) ?? (isSecret ? hidden : redactText(inner));
    if (Array.isArray(inner)) return inner.map((entry) => walk(entry, isSecret));
    if (typeof inner !== 'object' || inner === null || inner instanceof Error) return isSecret ? hidden : inner;
    return Object.fromEntries(
      Object.entries(inner).map(([key, entry]) => [
        key,
        walk(entry, isSecret || key === 'users' || secretKeys.test(key)),
      ]),
    );
  };
  return walk(value, false);
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
