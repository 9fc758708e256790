/** The units in examples/proxy/systemd, as systemd reads them. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { describeBinaries } from '../../../memfleet/test/support/real-memcached.ts';
import { scratch } from './scratch.ts';

const folder = fileURLToPath(new URL('../../../../examples/proxy/systemd/', import.meta.url));
const [service, socket] = ['memfleet-proxy.service', 'memfleet-proxy.socket'] as const;

/** The units with a program that is there, as systemd looks for it. */
function units(): (name: string) => string {
  const read = (name: string): string => readFileSync(`${folder}${name}`, 'utf8');
  return scratch({
    [service]: read(service).replaceAll('/usr/local/bin/memfleet', process.execPath),
    [socket]: read(socket),
  });
}

describeBinaries(['systemd-analyze'], 'the units of systemd', () => {
  test('have no error, and no name that systemd does not know', () => {
    const at = units();
    const run = spawnSync('systemd-analyze', ['--man=no', 'verify', at(service), at(socket)], { encoding: 'utf8' });
    expect(`${run.stdout}${run.stderr}`).toBe('');
    expect(run.status).toBe(0);
  });

  test('take away what the proxy does not need: an exposure of at most 2.0 of 10', () => {
    const words = ['security', '--offline=true', '--no-pager', '--threshold=20', units()(service)];
    const run = spawnSync('systemd-analyze', words, { encoding: 'utf8' });
    expect(run.stdout).toMatch(/Overall exposure level for memfleet-proxy\.service: \d/);
    expect(run.status).toBe(0);
  });
});
