/** Embedded servers, and a relay before one that can hold its answers back. */
import { connect, createServer as createSocketServer, type Socket } from 'node:net';
import { createServer, type ServerOptions } from 'memfleet/server';
import { onTestFinished } from 'vitest';
import { TextClient } from './text-client.ts';

/** Starts a server; gives `host:port`. Gone when the test is over. */
export async function embedded(options: ServerOptions = {}): Promise<string> {
  const server = createServer({ port: 0, ...options });
  const address = await server.listen();
  onTestFinished(() => server.destroy());
  if ('path' in address) throw new Error('it listens on a port');
  return `${address.host}:${address.port}`;
}

/** A relay before a server. */
export interface Relay {
  readonly address: string;
  /** Answers are kept from now on. Fulfils when the next request has come. */
  hold(): Promise<void>;
  /** Answers go on. */
  release(): void;
}

/** A relay before `host:port`. Gone when the test is over. */
export async function relayTo(address: string): Promise<Relay> {
  const [host, port] = address.split(':') as [string, string];
  const pairs = new Set<readonly [Socket, Socket]>();
  let isHeld = false;
  let onRequest = (): void => {};
  const server = createSocketServer((near) => {
    const far = connect(Number(port), host);
    const pair = [near, far] as const;
    pairs.add(pair);
    for (const socket of pair) socket.on('error', () => {}).on('close', () => pair.forEach((side) => side.destroy()));
    near.on('data', (chunk) => {
      onRequest();
      far.write(chunk);
    });
    far.on('data', (chunk) => near.write(chunk));
    if (isHeld) far.pause();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.close();
    for (const pair of pairs) for (const socket of pair) socket.destroy();
  });
  return {
    address: `127.0.0.1:${(server.address() as { port: number }).port}`,
    hold: () => {
      isHeld = true;
      for (const [, far] of pairs) far.pause();
      return new Promise((resolve) => {
        onRequest = resolve;
      });
    },
    release: () => {
      isHeld = false;
      for (const [, far] of pairs) far.resume();
    },
  };
}

/**
 * A get of the key `a` whose reply a relay holds back; its value is `x`. `address`: where the client
 * connects, in front of the relay. Fulfils when the request has reached the relay.
 */
export async function heldGet(relay: Relay, address: string): Promise<{ readonly answer: Promise<string> }> {
  const client = await TextClient.open(address);
  await client.set('a', 'x');
  const asked = relay.hold();
  const answer = client.get('a');
  await asked;
  return { answer };
}
