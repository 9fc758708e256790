/** A proxy in this process whose page is renewed often. */
import { writeFileSync } from 'node:fs';
import type { DestinationStream } from 'pino';
import { onTestFinished } from 'vitest';
import { RecentLog } from '../../src/dashboard/recent-log.ts';
import { loadFile } from '../../src/proxy/config/load-file.ts';
import { createLogger } from '../../src/proxy/run/logger.ts';
import { ProxyProgram } from '../../src/proxy/run/proxy-program.ts';
import { scratch } from '../proxy/scratch.ts';

/** A proxy with its page. */
export interface ShownProxy {
  /** Where the page is. */
  readonly url: string;
  /** Where clients come in, by the name of a listener. */
  address(listener: string): string;
  /** Gives the proxy another configuration. */
  reload(config: string): Promise<void>;
}

/** Starts a proxy by a configuration, which must name its listeners. */
export async function showProxy(config: string): Promise<ShownProxy> {
  const file = scratch({ 'proxy.yml': config })('proxy.yml');
  const lines: Record<string, unknown>[] = [];
  const stream: DestinationStream = { write: (line) => void lines.push(JSON.parse(line) as Record<string, unknown>) };
  const load = (): ReturnType<typeof loadFile> => loadFile(file);
  const loaded = load();
  const recent = new RecentLog();
  const log = createLogger(loaded.settings.log, {}, stream, (line) => recent.add(line));
  const program = new ProxyProgram(loaded, load, log, { recent, pace: { watched: 250, unwatched: 250 } });
  await program.start();
  onTestFinished(() => program.stop('the test is over'));
  return {
    url: `http://${lines.find(({ message }) => message === 'admin listening')?.['address'] as string}/`,
    address: (listener) => lines.find((line) => line['listener'] === listener)?.['address'] as string,
    reload: async (text) => {
      writeFileSync(file, text);
      await program.reload('the test');
    },
  };
}
