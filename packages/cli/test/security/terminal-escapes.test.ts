/**
 * Somebody who may store items gives them keys with escape sequences, so that the terminal of the operator who looks at
 * the fleet does what they say: another title, text that was never written, a screen that is cleared. A node does the
 * same with its version and its error messages.
 */
import { createServer as createTcpServer } from 'node:net';
import { createClient } from 'memfleet';
import { expect, onTestFinished, test } from 'vitest';
import { describeBinaries } from '../../../memfleet/test/support/real-memcached.ts';
import { embedded } from '../proxy/embedded.ts';
import { captureOutput, runWords } from '../support/captured.ts';
import { Tmux } from '../support/tmux.ts';

captureOutput();

const evil = {
  title: '\u001b]0;owned\u0007',
  screen: '\u001b[2J\u001b[H owned',
  alternate: '\u001b[?1049l',
  c1: '\u009b31m',
  bidi: '\u202eevil',
  newline: 'a\r\nb',
};

describeBinaries(['tmux', 'bash'], 'in tmux', () => {
  test('no key controls the terminal of memfleet top: hot, listed, or in a question', async () => {
    const node = await embedded();
    const client = createClient(node);
    onTestFinished(() => client.destroy());
    const keys = Object.values(evil).map((text) => Buffer.from(text));
    for (const key of keys) await client.set(key, 'v');
    const terminal = await Tmux.open();
    const title = await terminal.fact('pane_title');
    await terminal.start('top', '--interval', '0.2', '--timeout', '9000', '--separators', '+', '--nodes', node);
    await terminal.shows(new RegExp(`^${node} +up`, 'm'));
    await terminal.press('2');
    await terminal.shows(/^watched 1 node/m);
    for (const key of keys) await client.get(key);
    await terminal.shows(/%E2%80%AEevil/);
    await terminal.press('3');
    const listed = await terminal.shows(/^6 keys/m);
    for (const text of ['%1B%5D0%3Bowned%07', '%1B%5B2J%1B%5BH%20owned', '%1B%5B%3F1049l', '%C2%9B31m', 'a%0D%0Ab'])
      expect(listed).toContain(text);
    await terminal.press('d');
    await terminal.shows(/^Delete .* on 127/m);
    expect([await terminal.fact('pane_title'), await terminal.fact('alternate_on')]).toEqual([title, '1']);
  });
});

/** A node that puts escape sequences into all that it tells. */
async function hostileNode(): Promise<string> {
  const bad = '\u001b]0;owned\u0007';
  const stats = `STAT version 1.6${bad}\r\nSTAT pid 1\r\nSTAT uptime 9\r\nEND\r\n`;
  const settings = `STAT inter${bad} ${bad}\r\nSTAT udpport 1\r\nEND\r\n`;
  const replies: Readonly<Record<string, string>> = {
    mn: 'MN\r\n',
    version: `VERSION 1.6${bad}\r\n`,
    stats,
    'stats settings': settings,
  };
  const server = createTcpServer((socket) => {
    socket.on('error', () => {});
    socket.on('data', (data) => {
      for (const text of data.toString().split('\r\n').slice(0, -1))
        socket.write(replies[text.trim()] ?? `SERVER_ERROR ${bad}\r\n`);
    });
    onTestFinished(() => void socket.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return `127.0.0.1:${(server.address() as { readonly port: number }).port}`;
}

test.each([['top', '--once'], ['doctor']])(
  'what nodes tell does not act on the terminal of memfleet %s',
  async (...words) => {
    const nodes = [await hostileNode(), await embedded(), '127.0.0.1:1'];
    const { stdout, stderr } = await runWords(...words, '--timeout', '9000', '--nodes', nodes.join(','));
    expect(stderr).toBe('');
    expect(Buffer.from(stdout, 'latin1').toString().replaceAll('\n', '')).not.toMatch(/\p{Cc}/u);
    expect(stdout).toContain('1.6%1B');
  },
);
