/** Options as one line of JSON without what must stay secret. */
const secrets: ReadonlySet<string> = new Set(['password', 'users', 'key', 'cert', 'pfx', 'passphrase', 'tls']);

/** `scheme://user:password@host`, and passwords in JSON that is a text, as in Moxi's vBucket configurations. */
const passwordInAddress = /(\w:\/\/[^\s:/@]*):[^\s/]*@/g;
const passwordInJson = /("(?:sasl_?)?password"\s*:\s*)"(?:[^"\\]|\\.)*"/gi;

/** Passwords, keys and certificates are shown as `***`, those in texts too, functions by their kind. */
export function redact(value: unknown): string {
  return JSON.stringify(value, (name, entry: unknown) => {
    if (secrets.has(name) && typeof entry !== 'boolean') return '***';
    if (typeof entry === 'string')
      return entry.replace(passwordInAddress, '$1:***@').replace(passwordInJson, '$1"***"');
    return typeof entry === 'function' ? '(a function)' : entry;
  });
}
