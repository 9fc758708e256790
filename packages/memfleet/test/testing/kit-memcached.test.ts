/** Faults in front of the real memcached: the same words do the same. */
import { expect, onTestFinished, test } from 'vitest';
import { spawnMemcached } from '../../src/testing/index.ts';
import { describeReal } from '../support/real-memcached.ts';
import { faultContract } from './support/fault-contract.ts';

describeReal('faults of the real memcached', () => {
  faultContract((clock) => spawnMemcached({ clock, seed: 7, args: ['-t', '1', '-m', '16'] }), ['meta', 'binary']);

  test('the process has the arguments that it was started with, and is gone after stop', async () => {
    const memcached = await spawnMemcached({ args: ['-m', '17'] });
    onTestFinished(() => memcached.stop());
    const client = memcached.client();
    const settings = (await client.serverStats('settings')).get(`${memcached.host}:${memcached.port}`);
    expect(settings).toMatchObject({ maxbytes: String(17 * 1024 * 1024) });
    await memcached.stop();
    expect(() => process.kill(memcached.pid, 0)).toThrow('ESRCH');
  });

  test('the error of an argument that memcached does not know says what memcached printed', async () => {
    await expect(spawnMemcached({ args: ['--nonsense'] })).rejects.toThrow(/ended at once: .*nonsense/);
  });
});

test('spawnMemcached refuses arguments that say where memcached listens', async () => {
  await expect(spawnMemcached({ args: ['-p', '11211'] })).rejects.toThrow('leave out "-p"');
});

test('without a memcached the error says how to install it, and names startServer, which needs none', async () => {
  const { PATH } = process.env;
  onTestFinished(() => void (process.env['PATH'] = PATH));
  process.env['PATH'] = '/nowhere';
  const error = await spawnMemcached().then(
    async (memcached) => {
      // It is in one of the directories of daemons.
      await memcached.stop();
      return undefined;
    },
    (reason: unknown) => (reason as Error).message,
  );
  if (error !== undefined) expect(error).toMatch(/apt-get install memcached.*startServer/);
});
