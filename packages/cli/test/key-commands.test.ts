import { createServer, type Server } from 'memfleet/server';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { runProgram } from '../src/program.ts';

let server: Server;
let nodes = '';
let printed = '';
let said = '';

beforeEach(async () => {
  server = createServer({ port: 0 });
  const address = await server.listen();
  nodes = 'port' in address ? `127.0.0.1:${address.port}` : '';
  printed = '';
  said = '';
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    printed += typeof text === 'string' ? text : Buffer.from(text).toString('latin1');
    return true;
  });
  vi.spyOn(console, 'log').mockImplementation((line) => {
    printed += `${String(line)}\n`;
  });
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    said += String(text);
    return true;
  });
});

afterEach(async () => {
  process.exitCode = undefined;
  await server.destroy();
});

async function run(...words: string[]): Promise<unknown> {
  const [name, ...rest] = words;
  await runProgram(['node', 'memfleet', name ?? '', '--nodes', nodes, ...rest]);
  return process.exitCode;
}

test('what is set can be got, and deleted', async () => {
  expect(await run('set', 'greeting', 'hello world')).toBeUndefined();
  expect(await run('get', 'greeting')).toBeUndefined();
  expect(printed).toBe('hello world\n');
  expect(await run('delete', 'greeting')).toBeUndefined();
  expect(await run('get', 'greeting')).toBe(1);
  expect(said).toBe('greeting is not there\n');
});

test('deleting what is not there gives exit code 1', async () => {
  expect(await run('delete', 'nothing')).toBe(1);
  expect(said).toBe('nothing was not there\n');
});

test('statistics are shown by node', async () => {
  await run('stats');
  expect(printed).toMatch(new RegExp(`^${nodes}\n  pid +${process.pid}\n`));
  printed = '';
  await run('stats', 'settings', '--json');
  expect(JSON.parse(printed)).toMatchObject({ [nodes]: { num_threads: '1' } });
});

test('a node that is not there is named', async () => {
  await server.destroy();
  expect(await run('get', 'key')).toBe(1);
  expect(said).toContain(`cannot connect to ${nodes}`);
});
