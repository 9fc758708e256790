/** memcached's command line: what it accepts, and what it refuses in memcached's words and with its exit codes. */
import { describe, expect, test } from 'vitest';
import { settingsOf } from '../src/command-line.ts';
import { Exit } from '../src/failure.ts';
import { serverOptionsOf } from '../src/server-options.ts';
import type { Settings } from '../src/settings.ts';

const split = (line: string): string[] => line.split(' ').filter((word) => word !== '');

function settings(line: string): Settings {
  const read = settingsOf(split(line));
  if (typeof read === 'string') throw new Error(read);
  return read;
}

function printed(line: string): string {
  const read = settingsOf(split(line));
  return typeof read === 'string' ? read : '';
}

function refusal(line: string): { readonly code: number; readonly message: string } {
  try {
    serverOptionsOf(settings(line));
  } catch (error) {
    if (error instanceof Exit) return { code: error.code, message: error.message };
    throw error;
  }
  throw new Error(`not refused: ${line}`);
}

describe('the words of a command line', () => {
  test.each([
    '-p 5000 -l ::1 -v -v -A',
    '-p5000 -l::1 -vvA',
    '-vvAp5000 -l ::1',
    '--port=5000 --listen=::1 --verbose --verbose --enable-shutdown',
    '--port 5000 --listen ::1 --verb --verbose --enable-sh',
    'a word -p 5000 that is -l ::1 no option -vvA',
    '-p 5000 -l ::1 -vvA -- -p 6000',
  ])('%s: options in a cluster, long, shortened or beside other words mean the same', (line) => {
    expect(settings(line)).toMatchObject({ port: 5000, interfaces: ['::1'], verbosity: 2, allowShutdown: true });
  });

  test('suboptions are read from lists, in several -o', () => {
    const read = settings('-o idle_timeout=3,track_sizes -o ssl_chain_cert=a.pem,ssl_key=b.pem');
    expect(read).toMatchObject({ idleTimeout: 3, tls: { certificate: 'a.pem', key: 'b.pem' } });
    expect(read.named).toEqual({ idle_timeout: 3, track_sizes: 'yes' });
  });

  test('-h and -V print and end, whatever follows; an error before them counts', () => {
    expect(settingsOf(split('--enable-ssl --version -c 0'))).toBe('memcached 1.6.18\n');
    expect(printed('-h').split('\n')[0]).toBe('memcached 1.6.18');
    expect(settingsOf(split('-o version=1.6.40 -V'))).toBe('memcached 1.6.40\n');
    expect(() => settingsOf(split('-c 0 -V'))).toThrow('Maximum connections must be greater than 0');
  });

  test('-h names every option that suites look for, and nothing that is not here', () => {
    const help = printed('-h');
    for (const word of ['unix-socket', 'sasl', 'enable-ssl', 'ssl_chain_cert']) expect(help).toContain(word);
    for (const word of ['ext_path', 'proxy_config', 'no_drop_privileges']) expect(help).not.toContain(word);
  });
});

describe('where it listens', () => {
  test.each([
    ['', { host: '::', port: 11_211, udp: [] }],
    ['-p -1', { host: '::', port: 0, udp: [] }],
    ['-p 0', { tcp: false, udp: [] }],
    ['-U 5001', { host: '::', port: 5001, udp: ['[::]:5001'] }],
    ['-U -1', { host: '::', port: 0, udp: ['[::]:0'] }],
    ['-p 0 -U 5001', { tcp: false, udp: ['[::]:5001'] }],
    ['-p 5000 -U 5001 -l 127.0.0.1', { host: '127.0.0.1', port: 5000, udp: ['127.0.0.1:5001'] }],
    ['-p 5000 -l 127.0.0.1,[::1]:5002', { host: '127.0.0.1', port: 5000, alsoListen: ['[::1]:5002'] }],
    ['-l a -l b:1 -l a', { host: 'a', port: 11_211, alsoListen: ['b:1'] }],
    ['-s /tmp/socket -a 0770 -p 5000', { path: '/tmp/socket', mode: 0o770 }],
  ])('"%s"', (line, options) => {
    expect(serverOptionsOf(settings(line))).toMatchObject(options);
  });
});

test.each([
  ['-m 100 -I 2m -c 10', { maxBytes: 104_857_600, maxItemSize: 2_097_152, maxConnections: 10 }],
  ['-S', { protocols: ['binary'] }],
  ['-Y file', { protocols: ['text', 'meta'] }],
  ['-B ascii', { protocols: ['text', 'meta'] }],
  ['-B auto', { protocols: ['text', 'meta', 'binary'] }],
  ['-A -o debugtime', { allowShutdown: true, debugTime: true }],
  ['-o relaxed_privileges', { debugTime: true }],
  ['-o idle_timeout=3', { idleTimeout: 3000 }],
  [
    '-M -C -F -X -W',
    { settings: { evictions: 'off', cas_enabled: 'no', flush_enabled: 'no', dump_enabled: 'no', watch_enabled: 'no' } },
  ],
  [
    '-D / -b 99 -R 7 -t 9',
    { settings: { stat_key_prefix: '/', detail_enabled: 'yes', tcp_backlog: 99, reqs_per_event: 7, num_threads: 9 } },
  ],
  ['-f 1.5 -n 64 -k -L -r', { settings: { growth_factor: '1.50', chunk_size: 64 } }],
])('%s is an option of the server', (line, options) => {
  expect(serverOptionsOf(settings(line))).toMatchObject(options);
});

describe('refused', () => {
  test.each([
    ['-c 0', 1, 'Maximum connections must be greater than 0'],
    ['-c -1', 1, 'Maximum connections must be greater than 0'],
    ['-t 0', 1, 'Number of threads must be greater than 0'],
    ['-R 0', 1, 'Number of requests per event must be greater than 0'],
    ['-f 1', 1, 'Factor must be greater than 1'],
    ['-n 0', 1, 'Chunk size must be greater than 0'],
    ['-B http', 64, 'Invalid value for binding protocol: http\n -- should be one of auto, binary, or ascii'],
    ['-p 70000', 64, 'ERROR: Invalid port number 70000.'],
    ['-p abc', 1, '-p: "abc" is not a whole number'],
    ['-I 1000', 64, 'Item max size cannot be less than 1024 bytes.'],
    ['-I 256m', 64, 'Cannot set item size limit higher than 1/2 of memory max.'],
    ['-I 1025m -m 4100', 64, 'Cannot set item size limit higher than a gigabyte.'],
    ['-I 1048577', 64, '-I (item_size_max: 1048577) must be evenly divisible by slab_chunk_max (bytes: 524288)'],
    ['-m 0', 64, 'Cannot set item size limit higher than 1/2 of memory max.'],
    ['-S -B ascii', 64, 'ERROR: You cannot allow the ASCII protocol while using SASL.'],
    ['-S -U 5000', 64, 'ERROR: Cannot enable UDP while using binary SASL authentication.'],
    ['-Y file -U 5000', 64, 'Cannot use UDP with ascii authentication enabled (-U 0 to disable)'],
    ['-Z', 64, '-Z needs -o ssl_chain_cert=<file>'],
    ['-a 999 -s x', 1, '-a: "999" is not an octal mask such as 0770'],
    ['-p', 1, `memcached: option requires an argument -- 'p'\nIllegal argument "?"`],
    ['-z', 1, `memcached: invalid option -- 'z'\nIllegal argument "?"`],
    ['--bogus', 1, `memcached: unrecognized option '--bogus'\nIllegal argument "?"`],
    ['--enable-s', 1, `memcached: option '--enable-s' is ambiguous\nIllegal argument "?"`],
    ['--enable-ssl=1', 1, `memcached: option '--enable-ssl' doesn't allow an argument\nIllegal argument "?"`],
    ['-o bogus', 1, 'Illegal suboption "bogus"'],
    ['-o hashpower', 1, 'Missing hashpower argument'],
    ['-o hot_lru_pct=50,warm_lru_pct=50', 64, 'hot_lru_pct + warm_lru_pct cannot be more than 80% combined'],
  ])('%s, with exit code %d', (line, code, message) => {
    expect(refusal(line)).toEqual({ code, message });
  });

  test.each([
    ['-e /tmp/file', '-e is not supported: '],
    ['-N 2', '-N is not supported: '],
    ['-l notls:127.0.0.1', '-l notls:127.0.0.1: notls is not supported'],
    ['-o ext_path=/tmp/x:64m', '-o ext_path is not supported: '],
    ['-o proxy_config=x', '-o proxy_config is not supported: '],
    ['-o no_maxconns_fast', '-o no_maxconns_fast is not supported: '],
    ['-o drop_privileges', '-o drop_privileges is not supported: '],
  ])('%s is not supported, and the message names it', (line, message) => {
    expect(refusal(line).message).toContain(message);
  });
});
