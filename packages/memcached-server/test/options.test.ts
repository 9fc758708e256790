/** What options of the built program do for its clients: logins, TLS, datagrams, users, limits. */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { connect, type NetConnectOpts, type Socket } from 'node:net';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { connect as connectTls } from 'node:tls';
import { expect, onTestFinished, test } from 'vitest';
import { answers, packet } from '../../memfleet/test/support/packets.ts';
import { selfSigned } from '../../memfleet/test/support/self-signed.ts';
import { ask, folder, type Running, start } from './support/program.ts';

const local = ['-p', '-1', '-l', '127.0.0.1'];

function addressOf({ ports }: Running): NetConnectOpts {
  return { host: '127.0.0.1', port: ports['TCP INET'] ?? 0 };
}

/** What the socket receives until it ends with `end`, or the connection does. */
async function received(socket: Socket, end?: string): Promise<string> {
  let all = '';
  socket.setEncoding('latin1');
  for await (const chunk of socket.iterator({ destroyOnReturn: false })) {
    all += String(chunk);
    if (end !== undefined && all.endsWith(end)) break;
  }
  return all;
}

function opened(socket: Socket): Socket {
  onTestFinished(() => void socket.destroy());
  return socket.on('error', () => {});
}

test('-Z speaks TLS with the certificate of -o, and nothing else', async () => {
  const files = folder();
  const [chain, key] = [join(files, 'chain.pem'), join(files, 'key.pem')];
  writeFileSync(chain, selfSigned.cert);
  writeFileSync(key, selfSigned.key);
  const running = await start(...local, '-Z', '-o', `ssl_chain_cert=${chain},ssl_key=${key}`);
  const { port } = addressOf(running) as { port: number };
  const socket = opened(connectTls({ host: '127.0.0.1', port, ca: selfSigned.cert, servername: 'localhost' }));
  socket.write('stats settings\r\n');
  expect(await received(socket, 'END\r\n')).toContain(`STAT ssl_enabled yes\r\nSTAT ssl_chain_cert ${chain}\r\n`);
  expect(await ask(addressOf(running), 'version\r\n')).not.toContain('VERSION');
});

test('-S lets binary clients in with a password of MEMCACHED_SASL_PWDB, and no ASCII client', async () => {
  const file = join(folder(), 'users');
  writeFileSync(file, 'ada:one\n');
  process.env['MEMCACHED_SASL_PWDB'] = file;
  onTestFinished(() => void delete process.env['MEMCACHED_SASL_PWDB']);
  const where = addressOf(await start(...local, '-S'));
  const set = packet(0x01, { key: 'a', value: '1', extras: '\0'.repeat(8), opaque: 7 });
  const login = (password: string): string => packet(0x21, { key: 'PLAIN', value: `\0ada\0${password}` });
  const statuses = (bytes: string): number[] => answers(bytes).map(({ status }) => status);

  expect(statuses(await ask(where, set, 'never'))).toEqual([0x20]);
  expect(statuses(await ask(where, packet(0x20), 'PLAIN'))).toEqual([0]);
  expect(statuses(await ask(where, login('two'), 'failure.'))[0]).toBe(0x20);
  const socket = opened(connect(where));
  socket.write(login('one') + set + packet(0x0a, { opaque: 9 }), 'latin1');
  expect(statuses(await received(socket, `\x00\x09${'\0'.repeat(8)}`))).toEqual([0, 0, 0]);
  expect(await ask(where, 'version\r\n')).not.toContain('VERSION');
});

test('-U replies to datagrams on its port', async () => {
  const running = await start(...local, '-U', '-1');
  const socket = createSocket('udp4');
  onTestFinished(() => void socket.close());
  socket.send('\0\x05\0\0\0\x01\0\0version\r\n', running.ports['UDP INET'] ?? 0, '127.0.0.1');
  const [datagram] = (await once(socket, 'message')) as [Buffer];
  expect(datagram.toString('latin1')).toBe('\0\x05\0\0\0\x01\0\0VERSION 1.6.18\r\n');
});

test('-u makes the process that of another user if root starts it, and changes nothing for others', async () => {
  const isRoot = userInfo().uid === 0;
  const { process: child } = await start(...local, '-u', isRoot ? 'nobody' : userInfo().username);
  const uid = Number(/^Uid:\s+(\d+)/m.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1]);
  const nobody = Number(/^nobody:[^:]*:(\d+)/m.exec(readFileSync('/etc/passwd', 'utf8'))?.[1]);
  expect(uid).toBe(isRoot ? nobody : userInfo().uid);
});

test('-R bounds the requests of a connection before others are served, which stats count as yields', async () => {
  const yields = async (...words: readonly string[]): Promise<number> => {
    const where = addressOf(await start(...local, ...words));
    const replies = await ask(where, `${'get a\r\n'.repeat(50)}stats\r\nquit\r\n`, 'never');
    return Number(/STAT conn_yields (\d+)/.exec(replies)?.[1]);
  };
  expect(await yields('-R', '5')).toBeGreaterThan(5);
  // Without it a turn ends after 1 ms, which is looked at every 16 commands: at most three times here.
  expect(await yields()).toBeLessThan(5);
});

test('-c refuses one connection more at once with an error, and takes it when another has closed', async () => {
  const where = addressOf(await start(...local, '-c', '2'));
  const [first, second] = [opened(connect(where)), opened(connect(where))];
  for (const socket of [first, second]) {
    socket.write('mn\r\n');
    expect(await received(socket, 'MN\r\n')).toBe('MN\r\n');
  }
  expect(await ask(where, '', 'never')).toBe('ERROR Too many open connections\r\n');
  second.write('stats\r\n');
  expect(await received(second, 'END\r\n')).toContain('STAT rejected_connections 1\r\n');
  first.end();
  await once(first, 'close');
  expect(await ask(where, 'mn\r\n')).toBe('MN\r\n');
});

test('-o idle_timeout closes a connection that sends nothing, and counts it', async () => {
  const where = addressOf(await start(...local, '-o', 'idle_timeout=1'));
  const socket = opened(connect(where));
  socket.write('mn\r\n');
  expect(await received(socket)).toBe('MN\r\n');
  expect(await ask(where, 'stats\r\n', 'END\r\n')).toContain('STAT idle_kicks 1\r\n');
});
