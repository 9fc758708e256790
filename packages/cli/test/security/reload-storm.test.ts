/** A storm of SIGHUPs, or of changes of a file, keeps the proxy busy with exchanging its connections to nodes. */
import type { DestinationStream } from 'pino';
import { expect, onTestFinished, test } from 'vitest';
import { loadFile } from '../../src/proxy/config/load-file.ts';
import { createLogger } from '../../src/proxy/run/logger.ts';
import { ProxyProgram } from '../../src/proxy/run/proxy-program.ts';
import { scratch } from '../proxy/scratch.ts';

test('reloads that are asked for while one runs are one reload, which reads what is there last', async () => {
  const lines: string[] = [];
  const stream: DestinationStream = { write: (line) => void lines.push(line) };
  let asked = 1;
  const loads: number[] = [];
  const load = (): ReturnType<typeof loadFile> => {
    loads.push(asked);
    const cluster = `{ nodes: '127.0.0.1:1', timeout: ${asked} }`;
    return loadFile(
      scratch({ 'p.yml': `listeners: [{ listen: '127.0.0.1:0', route: m }]\nclusters: { m: ${cluster} }` })('p.yml'),
    );
  };
  const first = load();
  const program = new ProxyProgram(first, load, createLogger(first.settings.log, {}, stream));
  await program.start();
  onTestFinished(() => program.stop('the test is over'));
  const begun = program.reload('SIGHUP');
  await Promise.resolve();
  const all = Array.from({ length: 1000 }, () => {
    asked++;
    return program.reload('SIGHUP');
  });
  await Promise.all([begun, ...all]);
  expect(loads).toEqual([1, 1, 1001]);
  expect(lines.filter((line) => line.includes('"reloaded"'))).toHaveLength(2);
});
