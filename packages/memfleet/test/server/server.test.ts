import { describe, expect, it } from 'vitest';
import { ownVersion } from '../../src/base/version.ts';
import { createServer, InvalidOptionError, type ServerOptions } from '../../src/server/index.ts';
import { resolveServerOptions } from '../../src/server/options.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { packet, storeExtras } from '../support/packets.ts';
import { TcpClient } from '../support/tcp-client.ts';
import { connectTo, start } from './server-rig.ts';

describe('the connection limit', () => {
  it('sends an error to a connection over the limit and closes it; accepting continues when there is room', async () => {
    const server = await start({ maxConnections: 2 });
    const first = await connectTo(server);
    const second = await connectTo(server);
    expect(await first.ask('mn\r\n', '\r\n')).toBe('MN\r\n');
    expect(await second.ask('mn\r\n', '\r\n')).toBe('MN\r\n');
    for (let i = 0; i < 3; i++) {
      const refused = await connectTo(server);
      refused.send('version\r\n');
      expect(await refused.rest()).toBe('ERROR Too many open connections\r\n');
    }
    expect(server.stats()).toMatchObject({ connections: 2, accepted: 2, rejected: 3 });
    first.send('quit\r\n');
    await first.ended;
    first.close();
    // The server notices the end of the first before it accepts the next, or after: both are fine, so try until it is
    // in.
    for (;;) {
      const next = await connectTo(server);
      if ((await next.ask('mn\r\n', '\r\n')) === 'MN\r\n') break;
    }
    expect(await second.ask('mn\r\n', '\r\n')).toBe('MN\r\n');
  });

  it('of many short connections is not reached: every one is let go', async () => {
    const server = await start({ maxConnections: 20 });
    for (let round = 0; round < 20; round++) {
      await Promise.all(
        Array.from({ length: 10 }, async () => {
          const client = await connectTo(server);
          expect(await client.ask('mn\r\n', '\r\n')).toBe('MN\r\n');
          client.socket.end();
          await client.ended;
        }),
      );
    }
    expect(server.stats().rejected).toBe(0);
  });
});

describe('time', () => {
  it('closes silent connections, and only those', async () => {
    const clock = new FakeClock();
    const server = await start({ clock, idleTimeout: 10_000 });
    const silent = await connectTo(server);
    const busy = await connectTo(server);
    await silent.ask('mn\r\n', '\r\n');
    for (let second = 0; second < 12; second++) {
      clock.advance(1000);
      if (second < 11) expect(await busy.ask('mn\r\n', '\r\n')).toBe('MN\r\n');
    }
    expect(await silent.rest()).toBe('');
    expect(server.stats()).toMatchObject({ idleKicks: 1 });
  });

  it('counts values that are too large, in every protocol, with a reply or without', async () => {
    const server = await start({ maxItemSize: 1024 });
    const client = await connectTo(server);
    const value = 'x'.repeat(2000);
    for (const line of ['set k 0 0 2000', 'add k 0 0 2000', 'cas k 0 0 2000 1', 'append k 0 0 2000', 'ms k 2000'])
      expect(await client.ask(`${line}\r\n${value}\r\n`, '\r\n')).toBe('SERVER_ERROR object too large for cache\r\n');
    await client.ask(`set k 0 0 2000 noreply\r\n${value}\r\nmn\r\n`, 'MN\r\n');
    const binary = await connectTo(server);
    await binary.ask(packet(0x01, { key: 'k', extras: storeExtras(), value }), 'Too large.');
    expect(await client.ask('stats\r\n', 'END\r\n')).toContain('STAT store_too_large 7\r\n');
    // One that the decoder lets pass, and the store refuses for its key and header.
    await client.ask(`set k 0 0 1000\r\n${'x'.repeat(1000)}\r\n`, '\r\n');
    expect(await client.ask('stats\r\n', 'END\r\n')).toContain('STAT store_too_large 8\r\n');
  });

  it('removes expired items without a request', async () => {
    const clock = new FakeClock();
    const server = await start({ clock });
    const client = await connectTo(server);
    await client.ask('set k 0 5 1\r\nv\r\n', '\r\n');
    clock.advance(4000);
    expect(server.store.count).toBe(1);
    clock.advance(60_000);
    expect(server.store.count).toBe(0);
    await server.destroy();
    expect(clock.timers).toBe(0);
  });
});

describe('slow readers', () => {
  it('are closed when more replies are held for them than maxHeldOutput', async () => {
    const megabyte = 1024 * 1024;
    const server = await start({ maxItemSize: 32 * megabyte, maxHeldOutput: megabyte });
    const other = await connectTo(server);
    const size = 16 * megabyte;
    await other.ask(`set big 0 0 ${size}\r\n${'b'.repeat(size)}\r\n`, '\r\n');
    const slow = await connectTo(server);
    slow.socket.pause();
    slow.send('get big\r\n');
    while (server.stats().gets === 0) expect(await other.ask('mn\r\n', 'MN\r\n')).toBe('MN\r\n');
    expect(server.stats()).toMatchObject({ slowKicks: 1, connections: 1 });
  });

  it.each<[string, ServerOptions, number]>([
    ['256 MiB by default', {}, 256],
    ['what the option says', { maxHeldOutput: 3 * 1024 * 1024 }, 3],
    ['never below maxOutput', { maxOutput: 5 * 1024 * 1024, maxHeldOutput: 3 * 1024 * 1024 }, 5],
    ['at least 64 of the largest items by default', { maxBytes: 2 ** 30, maxItemSize: 16 * 1024 * 1024 }, 1024],
  ])('the bound of the replies held for a client is %s', (_name, options, megabytes) => {
    expect(resolveServerOptions(options).maxHeldOutput).toBe(megabytes * 1024 * 1024);
  });

  it('cost bounded memory, lose nothing, and do not disturb others', async () => {
    const server = await start();
    const slow = await connectTo(server);
    const other = await connectTo(server);
    const size = 1_000_000;
    await other.ask(`set big 0 0 ${size}\r\n${'b'.repeat(size)}\r\n`, '\r\n');
    slow.socket.pause();
    const count = 60;
    slow.send('get big\r\n'.repeat(count));
    for (let i = 0; i < 20; i++) expect(await other.ask('get none\r\n', '\r\n')).toBe('END\r\n');
    const { bytesWritten } = server.stats();
    // The kernel takes some megabytes, the server holds about one; the rest of the 60 is not even answered yet.
    expect(bytesWritten).toBeLessThan(20 * size);
    slow.socket.resume();
    const answer = `VALUE big 0 ${size}\r\n`.length + size + '\r\nEND\r\n'.length;
    expect(await slow.bytes(count * answer)).toHaveLength(count * answer);
  });
});

describe('writing memory that all connections share', () => {
  // Node hands bytes to the kernel inside `write` and says so by `writableLength` 0; only then is their memory written
  // over.
  it('is not written over before its bytes have left', async () => {
    const server = await start();
    const readers = await Promise.all(Array.from({ length: 12 }, () => connectTo(server)));
    const value = (i: number): string => String.fromCharCode(97 + i).repeat(3000 + i);
    for (const [i, reader] of readers.entries()) {
      await reader.ask(`set k${i} 0 0 ${value(i).length}\r\n${value(i)}\r\n`, '\r\n');
      if (i % 3 === 0) reader.socket.pause();
    }
    const rounds = 60;
    for (let round = 0; round < rounds; round++) {
      for (const [i, reader] of readers.entries()) reader.send(`get k${i}\r\n`.repeat(10));
      const next = readers[1] as TcpClient;
      await next.ask('mn\r\n', 'MN\r\n');
    }
    for (const [i, reader] of readers.entries()) {
      reader.socket.resume();
      if (i === 1) continue;
      const answer = `VALUE k${i} 0 ${value(i).length}\r\n${value(i)}\r\nEND\r\n`;
      const all = await reader.bytes(answer.length * rounds * 10);
      expect(all === answer.repeat(rounds * 10)).toBe(true);
    }
  });
});

describe('close', () => {
  it('lets clients go at once when nothing is in flight, and frees the port', async () => {
    const server = await start();
    const { port } = server.address as { port: number };
    const client = await connectTo(server);
    await client.ask('mn\r\n', '\r\n');
    const closing = server.close();
    await client.ended;
    client.close();
    await closing;
    await expect(TcpClient.connect({ host: '127.0.0.1', port })).rejects.toThrow('ECONNREFUSED');
    const again = await start({ port });
    expect(again.address).toEqual({ host: '127.0.0.1', port });
  });

  it('cuts off at its deadline clients that stay', async () => {
    const clock = new FakeClock();
    const server = await start({ clock, closeTimeout: 3000 });
    const client = await connectTo(server);
    await client.ask('mn\r\n', '\r\n');
    const closing = server.close();
    await client.ended;
    clock.advance(3000);
    await closing;
    expect(server.stats().connections).toBe(0);
    expect(clock.timers).toBe(0);
  });

  it('of destroy waits for no client; both may be called again', async () => {
    const server = await start();
    const client = await connectTo(server);
    await client.ask('mn\r\n', '\r\n');
    await server.destroy();
    await client.ended;
    await server.destroy();
    await server.close();
    expect(server.stats().connections).toBe(0);
  });

  it('before listen is fine, and is what `await using` does', async () => {
    const server = createServer({ port: 0 });
    await server[Symbol.asyncDispose]();
    expect(server.address).toBeUndefined();
  });
});

describe('stats', () => {
  it('have the names and values of memcached', async () => {
    const server = await start({ maxConnections: 7 });
    const client = await connectTo(server);
    await client.ask('set k 0 0 1\r\nv\r\nget k\r\n', 'END\r\n');
    const lines = (await client.ask('stats\r\n', 'END\r\n')).split('\r\n');
    const stats = Object.fromEntries(lines.map((line) => line.split(' ').slice(1))) as Record<string, string>;
    expect(stats).toMatchObject({
      pid: String(process.pid),
      version: '1.6.40',
      memfleet: ownVersion,
      max_connections: '7',
      curr_connections: '1',
      total_connections: '1',
      cmd_get: '1',
      get_hits: '1',
      curr_items: '1',
      bytes_read: '30',
    });
    const settings = await client.ask('stats settings\r\n', 'END\r\n');
    expect(settings).toContain(`STAT tcpport ${(server.address as { port: number }).port}\r\n`);
    expect(await client.ask('stats nonsense\r\n', '\r\n')).toBe('ERROR\r\n');
    expect(await client.ask('stats reset\r\n', '\r\n')).toBe('RESET\r\n');
    expect(server.stats()).toMatchObject({ gets: 0, items: 1 });
  });
});

describe('options', () => {
  it.each<[object, string]>([
    [{ prot: 1 }, 'unknown option "prot"'],
    [{ port: 70_000 }, 'option "port" must be a whole number from 0 to 65535, not 70000'],
    [{ port: '0' }, 'option "port"'],
    [{ version: '1.6.18\r\nEND' }, 'option "version" must be a text of printable ASCII characters without blanks'],
    [{ host: '' }, 'option "host"'],
    [{ path: '/x', port: 1 }, 'options "path" and "port" contradict'],
    [{ path: '/x', host: 'a' }, 'options "path" and "host" contradict'],
    [{ path: '/x', fd: 3 }, 'options "fd" and "path" contradict'],
    [{ fd: 3, port: 1 }, 'options "fd" and "port" contradict'],
    [{ fd: 2 }, 'option "fd" must be a whole number from 3'],
    [{ mode: 0o600 }, 'option "mode" needs "path"'],
    [{ users: {}, authenticate: () => true }, 'options "users" and "authenticate" contradict'],
    [{ users: { a: 1 } }, 'option "users.a"'],
    [{ maxItemSize: 2000, maxBytes: 1999 }, 'option "maxItemSize" (2000) must not be above "maxBytes" (1999)'],
    [{ maxItemSize: 10 }, 'option "maxItemSize"'],
    [{ idleTimeout: -1 }, 'option "idleTimeout"'],
    [{ idleTimeout: Number.NaN }, 'option "idleTimeout"'],
    [{ maxConnections: Infinity }, 'option "maxConnections"'],
    [{ protocols: [] }, 'option "protocols"'],
    [{ protocols: ['http'] }, 'option "protocols" must be a list of "text", "meta", "binary"'],
    [{ authenticate: 'yes' }, 'option "authenticate"'],
  ])('%o: %s', (options, message) => {
    expect(() => createServer(options as ServerOptions)).toThrow(InvalidOptionError);
    expect(() => createServer(options as ServerOptions)).toThrow(message);
  });

  it('that are undefined are as those that are not there', async () => {
    const server = await start({ host: undefined, tls: undefined, maxBytes: undefined });
    expect(server.store.options.maxBytes).toBe(67_108_864);
  });

  it('users: a user on the list logs in with the password', async () => {
    const server = await start({ users: { ann: 'secret' } });
    const client = await connectTo(server);
    expect(await client.ask('set t 0 0 8\r\nann nope\r\n', '\r\n')).toBe('CLIENT_ERROR authentication failure\r\n');
    expect(await client.ask('set t 0 0 9\r\nbob nope2\r\n', '\r\n')).toBe('CLIENT_ERROR authentication failure\r\n');
    expect(await client.ask('set t 0 0 10\r\nann secret\r\n', '\r\n')).toBe('STORED\r\n');
  });

  it('protocols: what is not on the list is not spoken', async () => {
    const server = await start({ protocols: ['text'] });
    const client = await connectTo(server);
    expect(await client.ask('mn\r\nversion\r\n', '1.6.40\r\n')).toBe('ERROR\r\nVERSION 1.6.40\r\n');
    const binary = await connectTo(server);
    binary.send(`\x80\x0a${'\0'.repeat(22)}`);
    expect(await binary.rest()).toBe('');
  });
});
