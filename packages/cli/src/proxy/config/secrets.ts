/**
 * Values that nobody should see: given as they are, or, better, by the name of an environment variable or a file that
 * has them.
 */
import { createSecureContext } from 'node:tls';
import { z } from 'zod';
import type { ReadContext } from './context.ts';
import { table } from './tables.ts';
import { chosen, flag, isTable, kind, oneOf, text } from './values.ts';

/** `'secret'`, `{ env: NAME }` or `{ file: NAME }`. A file's last line end is not part of it. */
export function secret(context: ReadContext): z.ZodType<string> {
  const plain = kind(
    'a text, { env: NAME } or { file: NAME }',
    (value) => {
      if (typeof value !== 'string' || value === '') return undefined;
      context.noteOwnSecrets();
      return value;
    },
    false,
  );
  const fromEnvironment = table({ env: text }).transform(({ env }, issues) => {
    const value = context.variable(env);
    if (value !== undefined && value !== '') return value;
    issues.addIssue({ code: 'custom', path: ['env'], message: `the environment has no ${env}` });
    return z.NEVER;
  });
  const fromFile = table({ file: secretText(context) }).transform(({ file }, issues) => {
    const value = file.replace(/\r?\n$/, '');
    if (value !== '') return value;
    issues.addIssue({ code: 'custom', path: ['file'], message: 'the file is empty' });
    return z.NEVER;
  });
  return chosen((value) => {
    if (!isTable(value)) return plain;
    return 'file' in value ? fromFile : fromEnvironment;
  });
}

/** The contents of the file of that name. */
export function fileText(context: ReadContext): z.ZodType<string> {
  return text.transform((name, issues) => {
    try {
      return context.read(name);
    } catch (error) {
      issues.addIssue({ code: 'custom', message: (error as Error).message });
      return z.NEVER;
    }
  });
}

/** The same for a file that is secret. */
function secretText(context: ReadContext): z.ZodType<string> {
  const read = fileText(context);
  return z.unknown().transform((name, issues) => {
    if (typeof name === 'string') context.noteSecrets(name);
    const result = read.safeParse(name);
    if (result.success) return result.data;
    for (const issue of result.error.issues) issues.addIssue({ ...issue, path: [...issue.path] });
    return z.NEVER;
  });
}

const tlsVersion = oneOf('TLSv1.2', 'TLSv1.3');

/** Files and settings that both sides of TLS have. */
function tlsCommon(context: ReadContext) {
  return {
    ca: fileText(context).optional(),
    passphrase: secret(context).optional(),
    minVersion: tlsVersion.optional(),
    ciphers: text.optional(),
    rejectUnauthorized: flag.optional(),
  };
}

/** TLS towards clients. */
export interface ListenerTls {
  readonly cert: string;
  readonly key: string;
  readonly ca?: string | undefined;
  readonly passphrase?: string | undefined;
  readonly minVersion?: 'TLSv1.2' | 'TLSv1.3' | undefined;
  readonly ciphers?: string | undefined;
  readonly requestCert?: boolean | undefined;
  readonly rejectUnauthorized?: boolean | undefined;
}

export function listenerTls(context: ReadContext): z.ZodType<ListenerTls> {
  return table({
    cert: fileText(context),
    key: secretText(context),
    requestCert: flag.optional(),
    ...tlsCommon(context),
  }).superRefine(checkCertificates);
}

/** TLS towards nodes. */
export interface NodeTls {
  readonly ca?: string | undefined;
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
  readonly passphrase?: string | undefined;
  readonly servername?: string | undefined;
  readonly minVersion?: 'TLSv1.2' | 'TLSv1.3' | undefined;
  readonly ciphers?: string | undefined;
  readonly rejectUnauthorized?: boolean | undefined;
}

export function nodeTls(context: ReadContext): z.ZodType<boolean | NodeTls> {
  const settings = table({
    cert: fileText(context).optional(),
    key: secretText(context).optional(),
    servername: text.optional(),
    ...tlsCommon(context),
  }).superRefine(checkCertificates);
  return chosen<boolean | NodeTls>((value) => {
    if (typeof value === 'boolean') return flag;
    return isTable(value) ? settings : 'true, false or a table';
  });
}

function checkCertificates(tls: NodeTls, issues: z.core.$RefinementCtx): void {
  try {
    createSecureContext(tls);
  } catch (error) {
    issues.addIssue({ code: 'custom', message: `cannot be used for TLS: ${(error as Error).message}` });
  }
}
