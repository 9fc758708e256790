/**
 * Takes secrets out of whatever the program shows; what is secret, and how a text is cleaned, is the engine's to say.
 */
import { hidden, redactMessage, redactText, secretKeys } from 'memfleet/proxy';

export { hidden, redactMessage, redactText };

/**
 * A copy of plain data without its secrets. Texts of `files` that are certificates or keys are shown as the names of
 * these files; other texts below `users`, and below keys such as `password`, are hidden, and passwords within texts.
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
        walk(entry, isSecret || /^(?:adminU|u)sers$/.test(key) || secretKeys.test(key)),
      ]),
    );
  };
  return walk(value, false);
}
