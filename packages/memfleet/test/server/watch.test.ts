/** Streams to administrators: `watch`, `lru_crawler metadump`, and the list of connections. */
import { describe, expect, it, onTestFinished } from 'vitest';
import { createServer, type Server, type ServerOptions } from '../../src/server/index.ts';
import { describeReal, startMemcached } from '../support/real-memcached.ts';
import { TcpClient } from '../support/tcp-client.ts';

interface Rig {
  readonly server: Server;
  readonly connect: () => Promise<TcpClient>;
}

async function start(options: ServerOptions = {}): Promise<Rig> {
  const server = createServer({ port: 0, ...options });
  onTestFinished(() => server.destroy());
  const address = await server.listen();
  const connect = async (): Promise<TcpClient> => {
    const client = await TcpClient.connect(address);
    onTestFinished(() => client.close());
    return client;
  };
  return { server, connect };
}

/** A line of a watcher without what differs from run to run. */
const plain = (lines: string): string =>
  lines
    .replaceAll(/ts=\d+\.\d+ gid=\d+ /g, '')
    .replaceAll(/cfd=\d+/g, 'cfd=#')
    .replaceAll(/la=\d+/g, 'la=#')
    // The second may change between the store and what follows.
    .replaceAll(/ttl=(?:99|100)\b/g, 'ttl=100');

const work = [
  'get foo\r\n',
  'set foo 0 100 4\r\nvbar\r\n',
  'get foo\r\n',
  'add foo 0 0 1\r\nx\r\n',
  'append foo 0 0 1\r\nx\r\n',
  'cas none 0 0 1 5\r\nx\r\n',
  'mg foo v\r\n',
  'delete foo\r\n',
  'touch foo 0\r\n',
];

/** The lines that a watcher receives, up to a whole line with this text. */
async function linesWith(watcher: TcpClient, text: string): Promise<string> {
  let said = '';
  while (!said.includes(text)) said += await watcher.until('\n');
  return said;
}

const connections = [
  'type=conn_close rip=127.0.0.1 rport=# transport=tcp reason=normal cfd=#',
  'type=conn_new rip=127.0.0.1 rport=# transport=tcp cfd=#',
  'type=conn_close rip=127.0.0.1 rport=# transport=tcp reason=normal cfd=#',
  'type=conn_new rip=127.0.0.1 rport=# transport=tcp cfd=#',
  'type=conn_close rip=127.0.0.1 rport=# transport=tcp reason=error cfd=#',
  '',
].join('\n');

/** One client quits, one ends its connection, one speaks HTTP. */
async function connectionsOf(watcher: TcpClient, early: TcpClient, connect: () => Promise<TcpClient>): Promise<string> {
  await watcher.ask('watch connevents\r\n', 'OK\r\n');
  early.close();
  let said = await linesWith(watcher, 'conn_close');
  for (const request of ['quit\r\n', 'GET / HTTP/1.1\r\n']) {
    const client = await connect();
    client.send(request);
    said += await linesWith(watcher, 'conn_close');
  }
  return plain(said.replaceAll(/rport=\d+/g, 'rport=#'));
}

async function watched(watcher: TcpClient, client: TcpClient): Promise<string> {
  expect(await watcher.ask('watch fetchers mutations\r\n', '\r\n')).toBe('OK\r\n');
  for (const line of work) await client.ask(`${line}mn\r\n`, 'MN\r\n');
  await client.ask('get last\r\n', 'END\r\n');
  return plain(await linesWith(watcher, 'key=last '));
}

describe('watch', () => {
  it('reports gets and stores as they happen', async () => {
    const { connect } = await start();
    expect(await watched(await connect(), await connect())).toBe(
      [
        'type=item_get key=foo status=not_found clsid=0 cfd=# size=0',
        'type=item_get key=foo status=not_found clsid=0 cfd=# size=0',
        'type=item_store key=foo status=stored cmd=set ttl=100 clsid=1 cfd=# size=4',
        'type=item_get key=foo status=found clsid=1 cfd=# size=4',
        'type=item_get key=foo status=found clsid=1 cfd=# size=4',
        'type=item_store key=foo status=not_stored cmd=add ttl=0 clsid=1 cfd=# size=1',
        'type=item_get key=foo status=found clsid=1 cfd=# size=4',
        'type=item_store key=foo status=stored cmd=append ttl=100 clsid=1 cfd=# size=5',
        'type=item_get key=none status=not_found clsid=0 cfd=# size=0',
        'type=item_store key=none status=not_found cmd=cas ttl=0 clsid=1 cfd=# size=1',
        'type=item_get key=foo status=found clsid=1 cfd=# size=5',
        'type=item_get key=foo status=found clsid=1 cfd=# size=5',
        'type=item_get key=foo status=not_found clsid=0 cfd=# size=0',
        'type=item_get key=last status=not_found clsid=0 cfd=# size=0',
        '',
      ].join('\n'),
    );
  });

  it('names the connection as stats conns does, and the key escaped', async () => {
    const { connect } = await start();
    const [watcher, client] = [await connect(), await connect()];
    await watcher.ask('watch\r\n', 'OK\r\n');
    const conns = await client.ask('stats conns\r\n', 'END\r\n');
    const number = /STAT (\d+):state conn_parse_cmd/.exec(conns)?.[1];
    expect(conns).toContain(':state conn_watch\r\n');
    await client.ask('get a:#\r\n', 'END\r\n');
    expect(await linesWith(watcher, 'key=')).toContain(`key=a%3A%23 status=not_found clsid=0 cfd=${number} `);
  });

  it('reports evictions', async () => {
    const { connect } = await start({ maxBytes: 4096, maxItemSize: 2048 });
    const [watcher, client] = [await connect(), await connect()];
    await watcher.ask('watch evictions\r\n', 'OK\r\n');
    for (let i = 0; i < 200; i++) await client.ask(`set key${i} 0 0 900\r\n${'x'.repeat(900)}\r\n`, 'STORED\r\n');
    const line = await linesWith(watcher, 'key=');
    expect(plain(line.slice(0, line.indexOf('\n')))).toBe(
      'type=eviction key=key0 fetch=no ttl=-1 la=# clsid=12 size=900',
    );
  });

  it('reports connections, those that were open before as well', async () => {
    const { connect } = await start();
    const [watcher, early] = [await connect(), await connect()];
    await early.ask('mn\r\n', 'MN\r\n');
    expect(await connectionsOf(watcher, early, connect)).toBe(connections);
  });

  it('is counted in stats, and ends with its connection', async () => {
    const { connect } = await start();
    const [watcher, client] = [await connect(), await connect()];
    await watcher.ask('watch\r\n', 'OK\r\n');
    expect(await client.ask('stats\r\n', 'END\r\n')).toContain('STAT log_watchers 1\r\n');
    watcher.close();
    await watcher.ended;
    let said = '';
    while (!said.includes('STAT log_watchers 0\r\n')) said = await client.ask('stats\r\n', 'END\r\n');
  });

  it('does not keep the server from closing', async () => {
    const { server, connect } = await start({ closeTimeout: 60_000 });
    const watcher = await connect();
    await watcher.ask('watch\r\n', 'OK\r\n');
    await server.close();
    expect(await watcher.rest()).toBe('');
  });

  it('does not know other words, and has room for twenty', async () => {
    const { connect } = await start();
    const client = await connect();
    expect(await client.ask('watch nonesuch\r\n', '\r\n')).toBe('ERROR\r\n');
    for (let i = 0; i < 20; i++) await (await connect()).ask('watch\r\n', 'OK\r\n');
    expect(await client.ask('watch\r\nmn\r\n', 'MN\r\n')).toBe('WATCHER_TOO_MANY log watcher limit reached\r\nMN\r\n');
  });
});

describe('lru_crawler metadump', () => {
  it('of many items is made as the client reads it, and others get their replies meanwhile', async () => {
    const { server, connect } = await start({ maxOutput: 64 * 1024 });
    const [slow, client] = [await connect(), await connect()];
    const count = 30_000;
    for (let i = 0; i < count; i += 1000) {
      const sets = Array.from({ length: 1000 }, (_, k) => `set ${'k'.repeat(200)}${i + k} 0 0 1 noreply\r\nx\r\n`).join(
        '',
      );
      await client.ask(`${sets}mn\r\n`, 'MN\r\n');
    }
    slow.socket.pause();
    slow.send('lru_crawler metadump all\r\n');
    for (let i = 0; i < 50; i++) expect(await client.ask('get none\r\n', '\r\n')).toBe('END\r\n');
    // What the kernel takes and the server may hold is less than all of it.
    expect(server.stats().bytesWritten).toBeLessThan(count * 250);
    slow.socket.resume();
    const said = await slow.until('END\r\n');
    expect(said.split('\n')).toHaveLength(count + 2);
  });
});

describeReal('watch of memcached', () => {
  it('reports the same', async () => {
    const real = await startMemcached(['-t', '1']);
    onTestFinished(() => real.stop());
    const { connect } = await start();
    const theirs = await Promise.all([0, 1].map(() => TcpClient.connect({ host: '127.0.0.1', port: real.port })));
    const said = await watched(theirs[0] as TcpClient, theirs[1] as TcpClient);
    const own = await watched(await connect(), await connect());
    expect(own).toBe(said);
    for (const client of theirs) client.close();
  });

  it('reports the same connections', async () => {
    const real = await startMemcached(['-t', '1']);
    onTestFinished(() => real.stop());
    const connect = async (): Promise<TcpClient> => {
      const client = await TcpClient.connect({ host: '127.0.0.1', port: real.port });
      onTestFinished(() => client.close());
      await client.ask('mn\r\n', 'MN\r\n');
      return client;
    };
    const [watcher, early] = [await connect(), await connect()];
    expect(await connectionsOf(watcher, early, connect)).toBe(connections);
  });
});

// No transcript: the thread of memcached stops some time after its `disable`, and answers otherwise until then.
describe('lru_crawler', () => {
  it('refuses crawls and dumps from disable until enable', async () => {
    const client = await (await start()).connect();
    const answers: (readonly [request: string, answer: string])[] = [
      ['disable', 'OK\r\n'],
      ['crawl all', 'CLIENT_ERROR lru crawler disabled\r\n'],
      ['metadump all', 'CLIENT_ERROR lru crawler disabled\r\n'],
      ['enable', 'OK\r\n'],
      ['crawl all', 'OK\r\n'],
    ];
    for (const [request, answer] of answers)
      expect(await client.ask(`lru_crawler ${request}\r\n`, '\r\n')).toBe(answer);
  });
});
