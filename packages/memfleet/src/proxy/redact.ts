/** Options as one line of JSON without what must stay secret. */
const secrets: ReadonlySet<string> = new Set(['password', 'users', 'key', 'cert', 'pfx', 'passphrase', 'tls']);

/** Passwords, keys and certificates are shown as `***`, functions by their kind. */
export function redact(value: unknown): string {
  return JSON.stringify(value, (name, entry: unknown) => {
    if (secrets.has(name) && typeof entry !== 'boolean') return '***';
    return typeof entry === 'function' ? '(a function)' : entry;
  });
}
