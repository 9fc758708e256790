/** `memfleet server --snapshot FILE`: the items outlive the process. */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { createClient } from 'memfleet';
import { writeSnapshot } from 'memfleet/snapshot';
import { expect, onTestFinished, test } from 'vitest';
import { type ProgramRun, runMemfleet } from './support/run.ts';

function scratch(): string {
  const folder = mkdtempSync(join(tmpdir(), 'memfleet-snapshot-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

interface Running {
  readonly run: ProgramRun;
  readonly address: string;
}

async function start(file: string, ...more: readonly string[]): Promise<Running> {
  const run = runMemfleet(['server', '--listen', '127.0.0.1:0', '--snapshot', file, ...more]);
  onTestFinished(() => void run.process.kill('SIGKILL'));
  const [, address = ''] = await run.shows(/listens on (\S+)/);
  return { run, address };
}

/** Sends lines and reads until the reply to `mn`. */
function ask(address: string, text: string): Promise<string> {
  const [host = '', port] = address.split(':');
  const socket = connect(Number(port), host);
  return new Promise((resolve, reject) => {
    let reply = '';
    socket.setEncoding('latin1');
    socket.on('data', (chunk: string) => {
      reply += chunk;
      if (!reply.endsWith('MN\r\n')) return;
      socket.destroy();
      resolve(reply.slice(0, -4));
    });
    socket.on('error', reject);
    socket.write(`${text}mn\r\n`, 'latin1');
  });
}

const binaryKey = Buffer.from('a key\r\n').toString('base64');

test.each(['SIGTERM', 'SIGINT', 'SIGUSR1'] as const)(
  'after %s and a new start, the items have their values, flags, cas tokens and times to live',
  async (signal) => {
    const file = join(scratch(), 'items');
    const first = await start(file);
    await ask(first.address, 'set a 7 0 3\r\nfoo\r\nset e 0 0 0\r\n\r\nset ttl 0 3600 1\r\n1\r\n');
    await ask(first.address, `ms ${binaryKey} 4 b F42\r\n\0\xff\r\n\r\nset gone 0 -1 1\r\n1\r\n`);
    await ask(first.address, `set big 0 0 300000\r\n${'x'.repeat(300_000)}\r\n`);
    const before = await ask(first.address, `mg a v f c t\r\nmg e v f c\r\nmg ${binaryKey} v f k c b\r\nmg ttl c\r\n`);
    first.run.process.kill(signal);
    const ended = await first.run.ended;
    expect(ended).toMatchObject({ code: 0, stderr: '' });
    expect(ended.stdout).toContain(`5 items saved in ${file}`);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(existsSync(`${file}.partial`)).toBe(false);

    const second = await start(file);
    await second.run.shows(/5 items loaded from/);
    const after = await ask(second.address, `mg a v f c t\r\nmg e v f c\r\nmg ${binaryKey} v f k c b\r\nmg ttl c\r\n`);
    expect(after).toBe(before);
    expect(Number(/t(\d+)/.exec(await ask(second.address, 'mg ttl t\r\n'))?.[1])).toBeGreaterThan(3500);
    expect(await ask(second.address, 'get gone\r\n')).toBe('END\r\n');
    const client = createClient(second.address);
    onTestFinished(() => client.destroy());
    expect((await client.get<string>('big'))?.length).toBe(300_000);
    // A cas that is given now is none that was given before.
    const casOf = async (key: string): Promise<number> =>
      Number(/c(\d+)/.exec(await ask(second.address, `mg ${key} c\r\n`))?.[1]);
    await ask(second.address, 'set new 0 0 1\r\n1\r\n');
    expect(await casOf('new')).toBeGreaterThan(Math.max(await casOf('a'), await casOf('big')));
  },
);

test('the command shutdown saves as well', async () => {
  const file = join(scratch(), 'items');
  const { run, address } = await start(file, '--allow-shutdown');
  await ask(address, 'set a 0 0 1\r\n1\r\n');
  const [host = '', port] = address.split(':');
  connect(Number(port), host)
    .on('error', () => {})
    .end('shutdown graceful\r\n');
  expect((await run.ended).stdout).toContain('1 item saved in');
});

test('an item whose time is over while no server runs is not loaded; one of `memfleet dump` is', async () => {
  const file = join(scratch(), 'items');
  const now = Math.floor(Date.now() / 1000);
  const item = { value: Buffer.from('x'), flags: 0, cas: 0n, isBase64: false };
  const items = [
    { ...item, key: Buffer.from('over'), exptime: now - 5 },
    { ...item, key: Buffer.from('lasting'), exptime: now + 500 },
    { ...item, key: Buffer.from('endless'), exptime: 0 },
  ];
  writeFileSync(file, await buffer(writeSnapshot(items, now - 1000)));
  const { run, address } = await start(file);
  await run.shows(/2 items loaded from/);
  expect(await ask(address, 'get over lasting endless\r\n')).toBe(
    'VALUE lasting 0 1\r\nx\r\nVALUE endless 0 1\r\nx\r\nEND\r\n',
  );
});

test.each([
  ['foreign', 'hello, I am no snapshot', /not a memfleet snapshot/],
  ['empty', '', /truncated/],
] as const)('a file that is %s is refused, with what and where, and left as it is', async (_name, content, says) => {
  const file = join(scratch(), 'items');
  writeFileSync(file, content);
  const run = runMemfleet(['server', '--listen', '127.0.0.1:0', '--snapshot', file]);
  const { code, stdout, stderr } = await run.ended;
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toMatch(says);
  expect(stderr).toContain(file);
  expect(readFileSync(file, 'utf8')).toBe(content);
});

test('a file that is damaged or cut is refused, with the place', async () => {
  const file = join(scratch(), 'items');
  const { run, address } = await start(file);
  await ask(address, 'set a 0 0 5\r\nvalue\r\n');
  run.process.kill('SIGTERM');
  await run.ended;
  const whole = readFileSync(file);
  const damaged = Buffer.from(whole);
  damaged.write('VALUE', whole.indexOf('value'));
  for (const [bytes, says] of [
    [damaged, /damaged after byte \d+; intact items before it: 0$/m],
    [whole.subarray(0, -5), /truncated after byte \d+; intact items before it: 1$/m],
  ] as const) {
    writeFileSync(file, bytes);
    const { code, stderr } = await runMemfleet(['server', '--listen', '127.0.0.1:0', '--snapshot', file]).ended;
    expect(code).toBe(2);
    expect(stderr).toMatch(says);
    expect(readFileSync(file).equals(bytes)).toBe(true);
  }
});

test('a folder that is not there is told at the start, not at the end', async () => {
  const file = join(scratch(), 'none', 'items');
  const { code, stderr } = await runMemfleet(['server', '--listen', '127.0.0.1:0', '--snapshot', file]).ended;
  expect(code).toBe(2);
  expect(stderr).toMatch(/could not be written when the server stops/);
});

test('where the file cannot be written at the end, the exit code says so, and the old file stays', async () => {
  const file = join(scratch(), 'items');
  const { run, address } = await start(file);
  await ask(address, 'set a 0 0 1\r\n1\r\n');
  // A folder stands where the new file is written.
  mkdirSync(`${file}.partial`);
  run.process.kill('SIGTERM');
  const { code, stderr } = await run.ended;
  expect(code).toBe(1);
  expect(stderr).toMatch(/cannot be written: it is a directory/);
  expect(existsSync(file)).toBe(false);
});
