/**
 * A login in the ASCII protocol is a `set` and nothing else: what is refused by memcached must not be a second way in.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { describeReal, startMemcached } from '../support/real-memcached.ts';
import { storeRig } from '../support/session-rig.ts';
import { TcpClient } from '../support/tcp-client.ts';

const verbs = ['cas', 'add', 'replace', 'append', 'prepend'];

/** A storage line with the right password as its value. */
function login(verb: string): string {
  return `${verb} x 0 0 6${verb === 'cas' ? ' 1' : ''}\r\nada pw\r\n`;
}

const refused = /^CLIENT_ERROR unauthenticated\r\n/;

test.each(verbs)('a login by %s is refused', (verb) => {
  const { client } = storeRig({ authenticate: (user, password) => user === 'ada' && password === 'pw' }).connect();
  expect(client.ask(login(verb))).toMatch(refused);
  expect(client.ask('get x\r\n')).toMatch(refused);
  expect(client.ask(login('set'))).toBe('STORED\r\n');
});

describeReal('memcached', () => {
  test.each(verbs)('refuses a login by %s as well', async (verb) => {
    const directory = mkdtempSync(join(tmpdir(), 'memfleet-'));
    onTestFinished(() => rmSync(directory, { recursive: true }));
    writeFileSync(join(directory, 'users'), 'ada:pw\n');
    const memcached = await startMemcached(['-Y', join(directory, 'users')]);
    onTestFinished(() => memcached.stop());
    const client = await TcpClient.connect({ host: '127.0.0.1', port: memcached.port });
    onTestFinished(() => void client.socket.destroy());
    expect(await client.ask(login(verb), '\r\n')).toMatch(refused);
  });
});
