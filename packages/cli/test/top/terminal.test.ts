/** `memfleet top` on a real terminal: keys, sizes, colours, and that the screen is as before whatever ends it. */
import { execFileSync } from 'node:child_process';
import { createServer as createTcpServer } from 'node:net';
import { createClient } from 'memfleet';
import { createServer, type Server } from 'memfleet/server';
import { expect, onTestFinished, test } from 'vitest';
import { describeBinaries } from '../../../memfleet/test/support/real-memcached.ts';
import { type TerminalOptions, Tmux } from '../support/tmux.ts';

async function serve(): Promise<{ readonly node: string; readonly server: Server }> {
  const server = createServer({ port: 0, host: '127.0.0.1' });
  const address = await server.listen();
  onTestFinished(() => server.destroy());
  return { node: 'port' in address ? `127.0.0.1:${address.port}` : '', server };
}

/** A terminal in which top shows these nodes. */
async function topOf(nodes: readonly string[], options?: TerminalOptions, ...words: readonly string[]): Promise<Tmux> {
  const terminal = await Tmux.open(options);
  await terminal.start('top', '--interval', '0.2', '--timeout', '9000', '--nodes', nodes.join(','), ...words);
  await terminal.shows(new RegExp(`^${nodes.at(-1)} +(?:up|down)`, 'm'));
  return terminal;
}

/** The terminal is as before: its text, its cursor, and the screen that scrolls. */
async function expectRestored(terminal: Tmux, code: number): Promise<void> {
  const { screen, code: actual } = await terminal.ended();
  expect(actual).toBe(code);
  expect(screen).toMatch(/^text from before$/m);
  expect(screen).not.toContain('memfleet top ');
  expect([await terminal.fact('cursor_flag'), await terminal.fact('alternate_on')]).toEqual(['1', '0']);
  await terminal.type('echo "typed" "again"');
  await terminal.shows(/^typed again$/m);
}

describeBinaries(['tmux', 'bash'], 'memfleet top in tmux', () => {
  test('80×24: the nodes as rows, one of them down, under their sum', async () => {
    const { node } = await serve();
    const terminal = await topOf([node, '127.0.0.1:1']);
    const lines = (await terminal.screen()).split('\n');
    expect(lines[0]).toMatch(/^memfleet top {2}1 nodes {2}2 hot keys {2}3 keys +\d\d:\d\d:\d\d {2}every 0.2s$/);
    expect(lines[1]).toMatch(/^2 nodes, 1 down {2}/);
    expect(lines[2]).toMatch(/^NODE▼ +STATE +REQ\/S {2}GET\/S {2}SET\/S +HIT {2}P99ms MEMORY +›$/);
    expect(lines[3]).toMatch(/^127\.0\.0\.1:1 +down .*ECONNREFUSED/);
    expect(lines[4]).toMatch(new RegExp(`^${node} +up .* ░░░░ +0%$`));
    expect(lines[23]).toMatch(/^q quit {2}\? help/);
    expect(await terminal.fact('cursor_flag')).toBe('0');
    await terminal.press('q');
    await expectRestored(terminal, 0);
  });

  test('details, hot keys and the key browser are a key away, and a key is deleted after a question', async () => {
    const { node } = await serve();
    const client = createClient(node);
    onTestFinished(() => client.destroy());
    await client.set('user:1', 'v', 100);
    await client.set('user:2', 'v');
    const terminal = await topOf([node]);
    await terminal.press('Enter');
    await terminal.shows(/^gets\/s +\d.*evicted ever/m);
    await terminal.press('Tab');
    await terminal.shows(/^CLASS +CHUNK/m);
    await terminal.press('Tab');
    await terminal.shows(/maxconns +1024/);
    await terminal.press('2');
    await terminal.shows(/^watched 1 node/m);
    await client.get('user:2');
    await terminal.shows(/^user:2 .*100% +127\S+ +1B/m);
    await terminal.press('3');
    await terminal.shows(/^user:… +2 /m);
    await terminal.press('Enter');
    await terminal.shows(/^user:1 .* 1m\d\ds /m);
    await terminal.press('d');
    await terminal.shows(/^Delete user:\d on 127/m);
    await terminal.press('n');
    await terminal.shows(/^nothing was deleted/m);
    await terminal.press('d', 'y');
    await terminal.shows(/^user:\d is deleted/m);
    await terminal.shows(/^1 key below user:/m);
    expect((await client.getMany(['user:1', 'user:2'])).size).toBe(1);
  });

  test('a size that changes redraws the screen', async () => {
    const { node } = await serve();
    const terminal = await topOf([node]);
    await terminal.resize(120, 30);
    await terminal.shows(/EVIC\/S +ITEMS/);
    await terminal.resize(60, 8);
    const narrow = await terminal.shows(/^q quit.*…$/m);
    expect(narrow.trimEnd().split('\n')).toHaveLength(8);
    await terminal.resize(10, 3);
    await terminal.shows(/^too small/);
    await terminal.resize(80, 24);
    await terminal.shows(/^NODE▼.*›$/m);
  });

  test('a node that goes down, or stalls, is a row that says so', async () => {
    const { node, server } = await serve();
    const stalled = createTcpServer((socket) => socket.on('error', () => {}));
    await new Promise<void>((resolve) => stalled.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void stalled.close());
    const { port } = stalled.address() as { readonly port: number };
    const terminal = await topOf([node]);
    await server.destroy();
    await terminal.shows(new RegExp(`^${node} +down`, 'm'));
    await terminal.press('q');
    expect((await terminal.ended()).code).toBe(0);
    await terminal.start('top', '--nodes', `127.0.0.1:${port}`, '--timeout', '2000', '--interval', '0.2');
    await terminal.shows(/^127.* slow +no reply for \d/m);
  });

  const colour = new RegExp(String.raw`\u001b\[(?:\d+;)*(?:3[0-7]|4[0-7]|9[0-7]|10[0-7])(?:;\d+)*m`);

  test('with colours where the terminal has them, and without under NO_COLOR', async () => {
    const { node } = await serve();
    const coloured = await topOf([node]);
    expect(await coloured.screen(true)).toMatch(colour);
    const plain = await topOf([node], { variables: { NO_COLOR: '1' } });
    expect(await plain.screen(true)).not.toMatch(colour);
  });

  test('without colours and without UTF-8 on an old terminal', async () => {
    const { node } = await serve();
    const terminal = await Tmux.open({ variables: { TERM: 'vt100', LC_ALL: 'C' } });
    await terminal.start('top', '--interval', '0.2', '--timeout', '9000', '--nodes', node);
    const screen = await terminal.shows(new RegExp(`^${node} +up`, 'm'));
    expect(screen).toMatch(/^NODEv .*>$/m);
    expect(screen).toMatch(/^[\x20-\x7e\n]*$/);
    expect(await terminal.screen(true)).not.toMatch(colour);
  });

  test.each([
    ['Ctrl-C', 130, (terminal: Tmux) => terminal.press('C-c')],
    ['SIGTERM', 143, (terminal: Tmux) => kill(terminal, 'TERM')],
    ['SIGHUP', 129, (terminal: Tmux) => kill(terminal, 'HUP')],
    ['SIGINT', 130, (terminal: Tmux) => kill(terminal, 'INT')],
  ] as const)('%s gives the screen back, and the exit code is %i', async (_, code, end) => {
    const { node } = await serve();
    const terminal = await topOf([node]);
    await end(terminal);
    await expectRestored(terminal, code);
  });

  test('it ends when its terminal goes away', async () => {
    const { node, server } = await serve();
    const terminal = await topOf([node]);
    await terminal.hangUp();
    while (server.stats().connections > 0) await new Promise((resolve) => setImmediate(resolve));
  });

  test('Ctrl-Z gives the screen to the shell, and fg takes it again', async () => {
    const { node } = await serve();
    const terminal = await topOf([node]);
    await terminal.press('C-z');
    const screen = await terminal.shows(/Stopped/);
    expect(screen).toMatch(/^text from before$/m);
    expect(await terminal.fact('alternate_on')).toBe('0');
    await terminal.type('fg');
    await terminal.shows(/^memfleet top {2}1 nodes/m);
    await terminal.shows(new RegExp(`^${node} +up`, 'm'));
    await terminal.press('q');
    await expectRestored(terminal, 0);
  });
});

/** A signal from another terminal: the program is the only child of the shell in this one. */
async function kill(terminal: Tmux, signal: string): Promise<void> {
  const shell = await terminal.fact('pane_pid');
  const [child = ''] = execFileSync('ps', ['-o', 'pid=', '--ppid', shell], { encoding: 'utf8' }).trim().split('\n');
  process.kill(Number(child), `SIG${signal}`);
}
