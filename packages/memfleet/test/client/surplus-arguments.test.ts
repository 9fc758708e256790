/** Arguments and options that a call does not know are refused; missing ones are named, or have a default. */
import { describe, expect, test } from 'vitest';
import { InvalidArgumentError, UnsupportedError } from '../../src/core/errors.ts';
import { callOf, methods, partsOf, sending, source } from '../support/client-methods.ts';
import { connect, startNode } from '../support/harness.ts';
import { checkError, outcomeOf } from '../support/hostile-values.ts';

/** Calls that another fleet than a bucket refuses. */
const ofReplicas = ['getFromReplica', 'getAnyReplica'];

describe('what a call does not know is refused before anything is sent', () => {
  async function refusals(name: string, calls: readonly (readonly unknown[])[]): Promise<string[]> {
    const node = await startNode();
    const { client } = connect(node);
    const run = callOf(client, name);
    const messages: string[] = [];
    for (const args of calls) {
      const outcome = await outcomeOf(() => run(...args));
      // Replicas are refused whole: this is no bucket.
      const isRefused = outcome instanceof InvalidArgumentError || outcome instanceof UnsupportedError;
      expect([args, outcome, isRefused]).toEqual([args, outcome, true]);
      messages.push((outcome as Error).message);
    }
    expect(node.commands).toEqual([]);
    return messages;
  }

  /** The right arguments, those for `options` in another form. */
  const withOptions = (name: string, options: unknown): unknown[] =>
    Object.entries(methods[name]!.args).map(([parameter, value]) => (parameter === 'options' ? options : value));

  test.each(sending)('%s: an argument too many, a callback', async (name) => {
    const whole = withOptions(name, {});
    const callback = (): void => {};
    const messages = await refusals(name, [
      [...whole, callback],
      [...withOptions(name, undefined), callback],
      [...whole, 60],
      [...whole, null],
      withOptions(name, callback),
    ]);
    if (ofReplicas.includes(name)) return;
    expect(messages[0]).toBe(
      'the call has one argument too many: a function; calls take no callback: await the promise',
    );
    expect(messages[4]).toMatch(/^options must be an object.*, not a function; calls take no callback/);
  });

  test.each(sending)('%s: an option that no call has', async (name) => {
    const others = ['EX', 'PX', 'NX', 'ttL', 'expires', 'lifetime', 'timeOut', 'constructor', 'toString'];
    const unknown = [...others, '', 'x'.repeat(100_000)].map((option) => withOptions(name, { [option]: 60 }));
    const own = JSON.parse('{"__proto__":60}') as object;
    const messages = await refusals(name, [...unknown, withOptions(name, own), withOptions(name, { ttL: undefined })]);
    if (!ofReplicas.includes(name)) expect(messages[0]).toContain('unknown option "EX"');
  });
});

test.each(Object.keys(methods))(
  '%s: missing arguments are an error that says which, or have a default',
  async (name) => {
    const values = Object.values(methods[name]!.args);
    for (let count = 0; count <= values.length; count++) {
      const { client } = connect(await startNode());
      const run = callOf(client, name);
      const outcome = await outcomeOf(() => run(...values.slice(0, count)));
      checkError(`${count} of ${values.length} arguments`, outcome);
      client.destroy();
    }
  },
);

test('every call has a place where a surplus argument is seen', () => {
  for (const name of sending) {
    const { file, method } = partsOf(name);
    const bodies = [...source(file).matchAll(new RegExp(String.raw`^  ${method}(?=[<(])[\s\S]*?^  \}`, 'gm'))];
    expect([name, bodies.some(([body]) => body.includes('...none: []'))]).toEqual([name, true]);
  }
});
