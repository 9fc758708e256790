/** A real Prometheus that scrapes what a test runs. */
import { spawn } from 'node:child_process';
import { onTestFinished } from 'vitest';
import { findBinary } from '../../../memfleet/test/support/real-memcached.ts';
import { scratch } from '../proxy/scratch.ts';

/** One series of the result of a query. */
export interface Series {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: readonly [time: number, value: string];
}

/** A running Prometheus. */
export interface Prometheus {
  /** The result of a query now. Rejects when Prometheus refuses it. */
  query(expr: string): Promise<readonly Series[]>;
}

/** Starts one that scrapes four times a second. `rules`: the text of a file with rules. */
export async function startPrometheus(targets: readonly string[], rules: string): Promise<Prometheus> {
  const at = scratch({
    'rules.yml': rules,
    'prometheus.yml': JSON.stringify({
      global: { scrape_interval: '250ms', scrape_timeout: '250ms', evaluation_interval: '250ms' },
      rule_files: ['rules.yml'],
      scrape_configs: [{ job_name: 'memfleet', static_configs: [{ targets }] }],
    }),
  });
  const child = spawn(
    findBinary('prometheus') ?? 'prometheus',
    [`--config.file=${at('prometheus.yml')}`, `--storage.tsdb.path=${at('data')}`, '--web.listen-address=127.0.0.1:0'],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  const ended = new Promise<void>((resolve) => {
    child.once('close', () => resolve());
  });
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await ended;
  });
  const address = await new Promise<string>((resolve, reject) => {
    let said = '';
    child.stderr.on('data', (text: Buffer) => {
      said += text.toString();
      const found = /msg="Listening on" address=(\S+)/.exec(said)?.[1];
      if (found !== undefined) resolve(found);
    });
    void ended.then(() => reject(new Error(`Prometheus ended: ${said}`)));
  });
  return {
    query: async (expr) => {
      const response = await fetch(`http://${address}/api/v1/query?${new URLSearchParams({ query: expr }).toString()}`);
      const { status, data, error } = (await response.json()) as {
        readonly status: string;
        readonly data?: { readonly result: readonly Series[] };
        readonly error?: string;
      };
      if (status !== 'success' || data === undefined) throw new Error(`${expr}: ${error}`);
      return data.result;
    },
  };
}
