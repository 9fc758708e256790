import { type ChildProcess, execFile } from 'node:child_process';
import { once } from 'node:events';
import { createClient } from 'memfleet';
import { expect, onTestFinished, test } from 'vitest';
import { firstWords, program, startWithChannel } from '../support/program.ts';

function run(...words: string[]): ChildProcess {
  const child = startWithChannel(['cluster', '--port', '0', '--rest-port', '0', ...words], 'pipe');
  onTestFinished(() => void child.kill('SIGKILL'));
  return child;
}

/** What it writes, from now up to `text`. */
function until(child: ChildProcess, text: string): Promise<string> {
  return new Promise((resolve) => {
    let all = '';
    const look = (chunk: Buffer): void => {
      all += String(chunk);
      if (!all.includes(text)) return;
      child.stdout!.off('data', look);
      resolve(all);
    };
    child.stdout!.on('data', look);
  });
}

test('memfleet cluster serves a client, does what is typed, and ends in order', async () => {
  const child = run(
    '--nodes',
    '2',
    '--replicas',
    '0',
    '--user',
    'me:secret',
    '--bucket',
    'shop',
    '--bucket',
    'c:memcached',
  );
  const [ready] = (await once(child, 'message')) as [{ listening: string; rest: string[] }];
  expect(ready.rest).toHaveLength(2);
  const client = createClient(`${ready.listening.replace('//', '//me:secret@')}/shop`);
  onTestFinished(() => client.destroy());
  await client.set('foo', 'bar');
  const added = until(child, 'moved');
  child.stdin!.write('add\n');
  expect(await added).toMatch(/21 vBuckets moved; map revision \d+, 3 nodes/);
  expect(await client.get('foo')).toBe('bar');
  await client.close();
  child.kill('SIGTERM');
  expect(await once(child, 'exit')).toEqual([0, null]);
});

test('it ends at quit', async () => {
  const child = run('--nodes', '1', '--era', 'membase');
  await once(child, 'message');
  const described = until(child, 'map revision 1');
  child.stdin!.write('map\nquit\n');
  expect(await described).toMatch(/64 active/);
  expect(await once(child, 'exit')).toEqual([0, null]);
});

test('a wrong option ends it with 2 and says why', async () => {
  const failing = [
    ['--nodes', '0'],
    ['--bucket', 'a:b:c'],
    ['--user', 'nobody'],
  ];
  for (const words of failing) {
    const { code, text } = await new Promise<{ code: unknown; text: string }>((resolve) => {
      execFile(program, [...firstWords, 'cluster', ...words], (error, _out, text) =>
        resolve({ code: error?.code, text }),
      );
    });
    expect([words, code]).toEqual([words, 2]);
    expect(text).toContain(words[0]);
  }
});
