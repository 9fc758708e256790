/** Option `stacks`: whose call was it that failed? */
import { expect, test } from 'vitest';
import { ConnectError, PartialResultError, TimeoutError } from '../../src/core/errors.ts';
import { connect, deadAddress, failure, startNode } from '../support/harness.ts';

test('an error of the network ends with the frames of its caller, and no frame of the client stands between', async () => {
  const { client } = connect(await deadAddress(), { stacks: true, retry: false });
  function loadUser(): Promise<unknown> {
    return client.get('user');
  }
  const error = await failure(loadUser());
  expect(error).toBeInstanceOf(ConnectError);
  const [message, first] = error.stack?.split('\n') ?? [];
  expect(message).toBe(`ConnectError: ${error.message}`);
  expect(first).toMatch(/^ +at loadUser .*stacks\.test\.ts/);
});

test('callers that fail for one reason have each their own frames, and all that the error says', async () => {
  const node = await startNode();
  const { client } = connect(node, { stacks: true, retry: false });
  await client.set('warm', 1);
  node.script = { onCommand: () => true };
  const one = (): Promise<unknown> => client.get('a', { timeout: 30 });
  const other = (): Promise<unknown> => client.getMany(['b', 'c'], { timeout: 30 });
  const set = (): Promise<unknown> => client.set('d', 1, { timeout: 30 });
  const [first, many, third] = await Promise.all([failure(one()), failure(other()), failure(set())]);
  expect(first.stack).toMatch(/at one /);
  expect(first).toMatchObject({ code: 'ERR_TIMEOUT', phase: 'total', node: node.address, sent: true });
  expect(first).toBeInstanceOf(TimeoutError);
  expect(many).toBeInstanceOf(PartialResultError);
  expect(many.stack).toMatch(/at other /);
  expect((many as PartialResultError).failures.size).toBe(2);
  expect(third.stack).toMatch(/at set /);
  expect(third.stack).not.toMatch(/at (one|other) /);
});

test('without it an error of the network has no frames', async () => {
  const { client } = connect(await deadAddress(), { retry: false });
  const error = await failure(client.get('user'));
  expect(error.stack).toBe(`ConnectError: ${error.message}`);
});
