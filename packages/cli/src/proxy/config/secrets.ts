/**
 * Values that nobody should see: given as they are, or, better, by the name of an environment variable or a file that
 * has them; and what else stands in files of its own.
 */
import { createSecureContext } from 'node:tls';
import { type AnyOptions, kinds } from 'memfleet/proxy';
import { isTable, isText } from './file-kinds.ts';
import type { Path } from './problem.ts';
import type { ValueReader } from './value-reader.ts';

const { flag, oneOf, secret, text } = kinds;

const variable: AnyOptions = { env: { kind: text, isRequired: true, about: 'the name of the variable' } };

/** `'secret'`, `{ env: NAME }` or `{ file: NAME }`. A file's last line end is not part of it. */
export function readSecret(reader: ValueReader, value: unknown, path: Path): string | undefined {
  if (!isTable(value)) {
    if (!isText(value)) return reader.misfit(value, path, 'a text, { env: NAME } or { file: NAME }', false);
    reader.context.noteOwnSecrets();
    return value;
  }
  if (Object.hasOwn(value, 'file')) {
    const { file, ...others } = value;
    reader.table({}, others, path);
    const content = readFileText(reader, file, [...path, 'file'], true)?.replace(/\r?\n$/, '');
    return content === '' ? reader.report([...path, 'file'], 'the file is empty') : content;
  }
  const env = reader.table(variable, value, path)?.['env'] as string | undefined;
  if (env === undefined) return undefined;
  return reader.context.variable(env) || reader.report([...path, 'env'], `the environment has no ${env}`);
}

/** The contents of the file of that name. */
export function readFileText(reader: ValueReader, name: unknown, path: Path, isSecret = false): string | undefined {
  if (!isText(name)) return reader.misfit(name, path, 'a text');
  if (isSecret) reader.context.noteSecrets(name);
  try {
    return reader.context.read(name);
  } catch (error) {
    return reader.report(path, (error as Error).message);
  }
}

/** What both sides of TLS have. Of `cert`, `key` and `ca` a file says the names of files. */
const common: AnyOptions = {
  ca: { kind: text, about: 'the certificates to trust' },
  passphrase: { kind: secret, about: 'of the key' },
  minVersion: { kind: oneOf('TLSv1.2', 'TLSv1.3'), about: 'the oldest version' },
  ciphers: { kind: text, about: 'the ciphers to use' },
  rejectUnauthorized: { kind: flag, about: 'refuses certificates that are not trusted' },
};

const listenerTls: AnyOptions = {
  cert: { kind: text, isRequired: true, about: 'the certificate' },
  key: { kind: text, isRequired: true, about: 'its key' },
  requestCert: { kind: flag, about: 'asks clients for a certificate' },
  ...common,
};

const nodeTls: AnyOptions = {
  cert: { kind: text, about: 'the certificate' },
  key: { kind: text, about: 'its key' },
  servername: { kind: text, about: 'the name in the certificates of the nodes' },
  ...common,
};

/** TLS towards clients. */
export function readListenerTls(reader: ValueReader, value: unknown, path: Path): object | undefined {
  return readTls(reader, listenerTls, value, path);
}

/** TLS towards nodes. */
export function readNodeTls(reader: ValueReader, value: unknown, path: Path): boolean | object | undefined {
  if (typeof value === 'boolean') return value;
  return isTable(value) ? readTls(reader, nodeTls, value, path) : reader.misfit(value, path, 'true, false or a table');
}

function readTls(reader: ValueReader, options: AnyOptions, value: unknown, path: Path): object | undefined {
  const given = reader.table(options, value, path);
  if (given === undefined) return undefined;
  const files = ['cert', 'key', 'ca'].filter((name) => given[name] !== undefined);
  const contents = files.map((name) => readFileText(reader, given[name], [...path, name], name === 'key'));
  if (contents.includes(undefined)) return undefined;
  const tls = { ...given, ...Object.fromEntries(files.map((name, index) => [name, contents[index]])) };
  try {
    createSecureContext(tls);
    return tls;
  } catch (error) {
    return reader.report(path, `cannot be used for TLS: ${(error as Error).message}`);
  }
}
