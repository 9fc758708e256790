/** Values with their types in the programs of `clients/values.*`, which write and read them by other clients. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Transcoder } from '../../src/client/index.ts';
import type { Judge } from '../locator/support/judges.ts';

/** A value in the words of the other language: its type, and its text or bytes. */
export type TypedValue = readonly [type: string, data: string | Uint8Array];

/** A client of another language, and what it shares with a transcoder. */
export interface SharingClient extends Judge {
  /** What starts the program, in front of its file. */
  readonly runner?: readonly string[];
  readonly program: readonly [file: string, ...args: string[]];
  readonly transcoder: Transcoder<unknown>;
  /** What the client puts in front of its keys. */
  readonly prefix?: string;
  /** The flags under which it writes the text `run`. */
  readonly flagsOfRun: number;
  /** What the client writes, and what memfleet reads. */
  readonly theirs: readonly (readonly [written: TypedValue, read: unknown])[];
  /** What memfleet writes, and what the client reads. */
  readonly ours: readonly (readonly [written: unknown, read: TypedValue])[];
}

const fileOf = (name: string): string => fileURLToPath(new URL(`clients/${name}`, import.meta.url));

/** The jar of Debian's libspymemcached-java, and the program that uses it. */
export const javaRunner: readonly string[] = ['-Xshare:auto', '-cp', '/usr/share/java/spymemcached.jar'];

/** Without any input, the program of Java ends at once. */
export const spymemcachedJudge: Judge = {
  name: 'spymemcached',
  programs: ['java'],
  probe: [...javaRunner, fileOf('Values.java')],
};

const base64 = (data: string | Uint8Array): string => Buffer.from(data as string).toString('base64');

/** Writes values by the other client, then reads keys: what it has read, by key, with base64 as bytes again. */
export async function exchangeValues(
  { runner = [], program: [file, ...args], name }: SharingClient,
  program: string,
  port: number,
  write: Readonly<Record<string, TypedValue>>,
  read: readonly string[],
): Promise<Readonly<Record<string, readonly [type: string, data: Buffer]>>> {
  const lines = [
    `server 127.0.0.1 ${port}`,
    ...Object.entries(write).map(([key, [type, data]]) => `write ${key} ${type} ${base64(data)}`),
    ...read.map((key) => `read ${key}`),
  ];
  const output = await new Promise<string>((resolve, reject) => {
    const env = { ...process.env, PYTHONDONTWRITEBYTECODE: '1', PYTHONIOENCODING: 'utf-8', LC_ALL: 'C.UTF-8' };
    const child = execFile(
      program,
      [...runner, fileOf(file), ...args],
      { env, timeout: 60_000, maxBuffer: 1 << 26 },
      (error, stdout, stderr) => {
        if (error === null) resolve(stdout);
        else reject(new Error(`${name}: ${error.message}\n${stdout.slice(0, 1000)}${stderr}`));
      },
    );
    child.stdin?.end(lines.map((line) => `${line}\n`).join(''));
  });
  const rows = output.trimEnd().split('\n');
  return Object.fromEntries(
    rows.map((row) => {
      const [key = '', type = '', data = ''] = row.split(' ');
      return [key, [type, Buffer.from(data, 'base64')] as const];
    }),
  );
}
