import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { SimulatedCluster } from '../../../src/testing/index.ts';

const program = fileURLToPath(new URL('sdk-scans.mjs', import.meta.url));

/** A scan of the official SDK, by default of the default collection. */
export interface Scan {
  readonly type: 'prefix' | 'range' | 'sampling';
  readonly args: readonly unknown[];
  readonly options?: object;
  /** A key that is written before the scan, which must not be older. */
  readonly tokenOf?: string;
  readonly collection?: readonly [scope: string, name: string];
}

/** An item that a scan returned. */
export interface Found {
  readonly id: string;
  readonly content: unknown;
  readonly cas: string;
  readonly expiryTime?: number;
}

/** Runs scans of the official SDK in a process of their own. Each fulfils with its items, or with its error as text. */
export function runScans(cluster: SimulatedCluster, scans: readonly Scan[]): Promise<(Found[] | string)[]> {
  const { connectionString, credentials } = cluster;
  return new Promise((resolve, reject) => {
    const done = (error: Error | null, stdout: string, stderr: string): void =>
      error === null ? resolve(JSON.parse(stdout)) : reject(new Error(`${error.message}\n${stderr}`));
    const child = execFile(process.execPath, [program], { timeout: 60_000, maxBuffer: 1 << 26 }, done);
    child.stdin?.end(JSON.stringify({ connectionString, credentials, scans }));
  });
}
