import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import fc from 'fast-check';
import { afterEach, describe, expect, test } from 'vitest';
import { ConfigReplyReader, parseConfigReply } from '../../src/cluster/discovery/config-reply.ts';
import { endpointFinder } from '../../src/cluster/discovery/endpoint-finder.ts';
import { ConfigError } from '../../src/core/errors.ts';

const list =
  'myCluster.pc4ldq.0001.use1.cache.amazonaws.com|10.82.235.120|11211 myCluster.pc4ldq.0002.use1.cache.amazonaws.com|10.80.249.27|11218';

function answer(version: number | string, nodes: string): string {
  const payload = `${version}\n${nodes}\n`;
  return `CONFIG cluster 0 ${payload.length}\r\n${payload}\r\nEND\r\n`;
}

describe('the reply of a configuration endpoint', () => {
  test('nodes are dialled by address and named by host', () => {
    const { version, nodes } = parseConfigReply(answer(12, list), false);
    expect(version).toBe(12n);
    expect(nodes.map(({ id, name }) => ({ id, name }))).toEqual([
      { id: 'myCluster.pc4ldq.0001.use1.cache.amazonaws.com:11211', name: '10.82.235.120:11211' },
      { id: 'myCluster.pc4ldq.0002.use1.cache.amazonaws.com:11218', name: '10.80.249.27:11218' },
    ]);
  });

  test('with TLS they are dialled by host', () => {
    expect(parseConfigReply(answer(12, list), true).nodes[1]!.host).toBe(
      'myCluster.pc4ldq.0002.use1.cache.amazonaws.com',
    );
  });

  test.each([
    ['host||11211', 'host:11211', 'host:11211'],
    ['|10.0.0.1|11211', '10.0.0.1:11211', '10.0.0.1:11211'],
    ['10.0.0.1|10.0.0.1|11211', '10.0.0.1:11211', '10.0.0.1:11211'],
    ['host|fd00::1|11211', '[fd00::1]:11211', 'host:11211'],
  ])('%s', (entry, name, id) => {
    expect(parseConfigReply(answer(1, entry), false).nodes[0]).toMatchObject({ name, id });
  });

  test('a wrong length in the first line does not matter', () => {
    const text = answer(12, list).replace(/cluster 0 \d+/, 'cluster 0 1');
    expect(parseConfigReply(text, false).nodes).toHaveLength(2);
  });

  test('an old engine replies with VALUE', () => {
    const text = answer(3, 'a|1.1.1.1|1').replace('CONFIG cluster', 'VALUE AmazonElastiCache:cluster');
    expect(parseConfigReply(text, false).nodes).toHaveLength(1);
  });

  test.each([
    ['END\r\n', 'the endpoint has no configuration of a cluster'],
    ['<html>\r\n', 'not a configuration endpoint: it replied "<html>"'],
    ['SERVER_ERROR busy\r\n', 'it replied "SERVER_ERROR busy"'],
    [answer('x', list), 'has no version, but "x"'],
    [answer(1, ''), 'has no nodes'],
    [answer(1, 'a:11211'), '"a:11211" in the endpoint\'s configuration is not host|ip|port'],
    [answer(1, 'a|1.1.1.1|0'), 'is not host|ip|port'],
    [answer(1, '||11211'), 'is not host|ip|port'],
  ])('%j is refused', (text, message) => {
    expect(() => parseConfigReply(text, false)).toThrow(ConfigError);
    expect(() => parseConfigReply(text, false)).toThrow(message);
  });

  test('wherever it is cut, no beginning of it is taken for the whole', () => {
    const bytes = Buffer.from(answer(12, list));
    fc.assert(
      fc.property(fc.array(fc.nat(bytes.length - 1)), (cuts) => {
        const reader = new ConfigReplyReader();
        let from = 0;
        for (const cut of cuts.toSorted((a, b) => a - b)) {
          expect(reader.push(bytes.subarray(from, cut))).toBe('more');
          from = cut;
        }
        expect(reader.push(bytes.subarray(from))).toBe('whole');
        expect(reader.text()).toBe(answer(12, list));
      }),
    );
  });

  test('a node that is named twice occurs once', () => {
    expect(parseConfigReply(answer(1, 'a.x|10.0.0.1|11211 b|10.0.0.2|1 a.x|10.0.0.1|11211'), false).nodes).toEqual([
      expect.objectContaining({ id: 'a.x:11211', name: '10.0.0.1:11211' }),
      expect.objectContaining({ id: 'b:1', name: '10.0.0.2:1' }),
    ]);
  });

  test('two addresses of one name are refused: the second would never get a key', () => {
    const text = answer(1, 'a|10.0.0.1|11211 a|10.0.0.2|11211');
    expect(() => parseConfigReply(text, false)).toThrow(ConfigError);
    expect(() => parseConfigReply(text, false)).toThrow(
      'discovery: 10.0.0.1:11211 and 10.0.0.2:11211 have the same name on the ring, "a:11211"',
    );
  });
});

describe('asking an endpoint', () => {
  let server: Server | undefined;
  const sockets = new Set<Socket>();

  afterEach(() => {
    for (const socket of sockets) socket.destroy();
    server?.close();
    server = undefined;
  });

  /** An endpoint that answers each line by the function. */
  function endpoint(reply: (line: string, socket: Socket) => string | undefined) {
    return new Promise<ReturnType<typeof endpointFinder>>((resolve) => {
      server = createServer((socket) => {
        sockets.add(socket);
        socket.on('error', () => {});
        socket.on('data', (data) => {
          const text = reply(data.toString('latin1'), socket);
          if (text !== undefined) socket.write(text);
        });
      }).listen(0, '127.0.0.1', () => {
        const { port } = server!.address() as AddressInfo;
        resolve(endpointFinder({ address: { host: '127.0.0.1', port }, keepAliveDelay: 1000 }));
      });
    });
  }

  const signal = new AbortController().signal;
  const names = async (find: ReturnType<typeof endpointFinder>) => (await find(signal)).map((node) => node.name);

  test('the list is read, and an older version that comes later is passed by', async () => {
    const answers = [answer(2, 'a|1.1.1.1|1 b|2.2.2.2|2'), answer(1, 'a|1.1.1.1|1'), answer(3, 'b|2.2.2.2|2')];
    const find = await endpoint((line) => (line === 'config get cluster\r\n' ? answers.shift() : undefined));
    expect(await names(find)).toEqual(['1.1.1.1:1', '2.2.2.2:2']);
    expect(await names(find)).toEqual(['1.1.1.1:1', '2.2.2.2:2']);
    expect(await names(find)).toEqual(['2.2.2.2:2']);
  });

  test('an engine that does not know the command receives a get of the key', async () => {
    const find = await endpoint((line) =>
      line === 'get AmazonElastiCache:cluster\r\n'
        ? answer(1, 'a|1.1.1.1|1').replace('CONFIG cluster', 'VALUE AmazonElastiCache:cluster')
        : 'ERROR\r\n',
    );
    expect(await names(find)).toEqual(['1.1.1.1:1']);
  });

  test('a plain memcached is recognised', async () => {
    const find = await endpoint((line) => (line.startsWith('get ') ? 'END\r\n' : 'ERROR\r\n'));
    await expect(find(signal)).rejects.toThrow('the endpoint has no configuration of a cluster');
  });

  test('so is a web server', async () => {
    const find = await endpoint(() => 'HTTP/1.1 400 Bad Request\r\n\r\n');
    await expect(find(signal)).rejects.toThrow('it replied "HTTP/1.1 400 Bad Request"');
  });

  test('an endpoint that hangs up is an error', async () => {
    const find = await endpoint((_, socket) => void socket.destroy());
    await expect(find(signal)).rejects.toThrow(/no configuration/);
  });

  test('a request to one that does not reply ends when it is cancelled', async () => {
    let asked!: () => void;
    const question = new Promise<void>((resolve) => {
      asked = resolve;
    });
    const find = await endpoint(() => {
      asked();
      return undefined;
    });
    const controller = new AbortController();
    const nodes = find(controller.signal);
    await question;
    controller.abort();
    await expect(nodes).rejects.toThrow('the request was cancelled');
  });
});
