import { describe, expect, it } from 'vitest';
import { packet, storeExtras } from '../support/packets.ts';
import { storeRig } from '../support/session-rig.ts';

const authenticate = (user: string, password: string): boolean => user === 'üser' && password === 'pass';
const login = 'set any 0 0 10\r\n\xc3\xbcser pass\r\n';
const wrongLogin = 'set any 0 0 10\r\n\xc3\xbcser nope\r\n';

/** `opcode status body` of every reply packet. */
function packets(bytes: string): string[] {
  const buffer = Buffer.from(bytes, 'latin1');
  const found: string[] = [];
  for (let at = 0; at < buffer.length; at += 24 + buffer.readUInt32BE(at + 8)) {
    const body = buffer.toString('latin1', at + 24, at + 24 + buffer.readUInt32BE(at + 8));
    found.push(`${(buffer[at + 1] as number).toString(16)} ${buffer.readUInt16BE(at + 6).toString(16)} ${body}`);
  }
  return found;
}

describe('the ASCII token', () => {
  it('is a set of "user password" before anything else', () => {
    const { client } = storeRig({ authenticate }).connect();
    expect(client.ask('get a\r\nmg a v\r\nversion\r\n')).toBe('CLIENT_ERROR unauthenticated\r\n'.repeat(3));
    expect(client.ask(login)).toBe('STORED\r\n');
    expect(client.ask('set a 0 0 1\r\n1\r\nget a\r\nget any\r\n')).toBe('STORED\r\nVALUE a 0 1\r\n1\r\nEND\r\nEND\r\n');
  });

  it('that is wrong may be tried again', () => {
    const rig = storeRig({ authenticate });
    const { client } = rig.connect();
    expect(client.ask(wrongLogin)).toBe('CLIENT_ERROR authentication failure\r\n');
    rig.clock.advance(1000);
    expect(client.ask('set any 0 0 5\r\nxüser\r\n'.replace('ü', 'u'))).toBe(
      'CLIENT_ERROR bad authentication token format\r\n',
    );
    expect(client.ask(`${login}mn\r\n`)).toBe('STORED\r\nMN\r\n');
    expect(rig.context.counters).toMatchObject({ authentications: 3, authenticationFailures: 2 });
    expect(rig.dispatcher.store.count).toBe(0);
  });

  it('of one session says nothing about another', () => {
    const rig = storeRig({ authenticate });
    rig.connect().client.ask(login);
    expect(rig.connect().client.ask('get a\r\n')).toBe('CLIENT_ERROR unauthenticated\r\n');
  });

  it('is an ordinary set where no login is required', () => {
    const rig = storeRig();
    expect(rig.connect().client.ask(login)).toBe('STORED\r\n');
    expect(rig.dispatcher.store.count).toBe(1);
  });

  it('cannot be got round with add, noreply, meta or a fault', () => {
    const rig = storeRig({ authenticate, limits: { maxValue: 100 } });
    const { client } = rig.connect();
    client.ask('add a 0 0 1\r\n1\r\nms a 1\r\n1\r\nset a 0 0 1 noreply\r\n1\r\nbogus\r\nstats\r\nflush_all\r\n');
    client.ask(`set a 0 0 200\r\n${'x'.repeat(200)}\r\n`);
    expect(rig.dispatcher.store.counters).toMatchObject({ cmd_set: 0, cmd_flush: 0, delete_misses: 0 });
    expect(client.ask('quit\r\n')).toBe('');
    expect(client.isEnded).toBe(true);
  });
});

describe('SASL PLAIN', () => {
  const plain = (value: string, mechanism = 'PLAIN'): string => packet(0x21, { key: mechanism, value });

  it('lets in; before it only VERSION gets its reply', () => {
    const rig = storeRig({ authenticate });
    const { client } = rig.connect();
    expect(packets(client.ask(packet(0x0b) + packet(0x20)))).toEqual(['b 0 9.9', '20 0 PLAIN']);
    expect(packets(client.ask(plain('\0\xc3\xbcser\0pass')))).toEqual(['21 0 Authenticated']);
    expect(packets(client.ask(packet(0x0a)))).toEqual(['a 0 ']);
  });

  it.each([
    ['a wrong password', plain('\0\xc3\xbcser\0nope'), '21 20 Auth failure.'],
    ['an unknown mechanism', plain('\0\xc3\xbcser\0pass', 'CRAM-MD5'), '21 20 Auth failure.'],
    ['a message without parts', plain('pass'), '21 20 Auth failure.'],
    ['a step that has no beginning', packet(0x22, { key: 'PLAIN', value: 'x' }), '22 20 Auth failure.'],
  ])('refuses %s, and may be tried again', (_name, request, answer) => {
    const rig = storeRig({ authenticate });
    const { client } = rig.connect();
    expect(packets(client.ask(request))).toEqual([answer]);
    rig.clock.advance(1000);
    expect(packets(client.ask(plain('ignored\0\xc3\xbcser\0pass\0')))).toEqual(['21 0 Authenticated']);
  });

  it('missing: the first other command is refused with 0x20 and the session ended', () => {
    const rig = storeRig({ authenticate });
    const { client } = rig.connect();
    expect(packets(client.ask(packet(0x11, { key: 'k', value: 'v', extras: storeExtras() }) + packet(0x0a)))).toEqual([
      '11 20 Auth failure.',
    ]);
    expect(client.isEnded).toBe(true);
    expect(rig.dispatcher.store.count).toBe(0);
  });

  it('is an unknown command where no login is required', () => {
    const { client } = storeRig().connect();
    expect(packets(client.ask(packet(0x20)))).toEqual(['20 81 Unknown command']);
  });
});
