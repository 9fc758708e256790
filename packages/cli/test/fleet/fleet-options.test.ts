/** What the connection options make of a client. */
import { chmodSync } from 'node:fs';
import { expect, test, vi } from 'vitest';
import { clientOptionsOf, type FleetArguments, passwordVariable } from '../../src/fleet/fleet-options.ts';
import { scratch } from '../proxy/scratch.ts';
import { captureOutput } from '../support/captured.ts';

captureOutput();

const given = (more: Partial<FleetArguments> = {}): FleetArguments => ({ nodes: 'a:1,b', ...more });

test('a list of nodes, and a connection string with options of its own', () => {
  expect(clientOptionsOf(given())).toEqual({ nodes: 'a:1,b' });
  expect(clientOptionsOf({ nodes: 'memcacheds://a,b:1?locator=jump&timeout=7&prefix=x' })).toEqual({
    nodes: 'a,b:1',
    tls: true,
    locator: 'jump',
    timeout: 7,
    prefix: 'x',
  });
  expect(clientOptionsOf({ nodes: 'couchbase://a/travel' })).toEqual({ nodes: 'a', couchbase: { bucket: 'travel' } });
});

test('options of the command line win over those of the connection string', () => {
  const nodes = 'memcached://a?locator=jump&timeout=7&prefix=x&protocol=text';
  expect(clientOptionsOf({ nodes, locator: 'modulo', timeout: 9, prefix: 'y', protocol: 'meta' })).toMatchObject({
    locator: 'modulo',
    timeout: 9,
    prefix: 'y',
    protocol: 'meta',
  });
});

test('--timeout bounds connecting as well', () => {
  expect(clientOptionsOf(given({ timeout: 5000 }))).toMatchObject({ timeout: 5000, connectTimeout: 5000 });
});

test('--ca implies --tls', () => {
  const file = scratch({ 'ca.pem': '-----BEGIN CERTIFICATE-----\nx\n' })('ca.pem');
  expect(clientOptionsOf(given({ tls: true }))).toMatchObject({ tls: true });
  expect(clientOptionsOf(given({ ca: file }))).toMatchObject({ tls: { ca: expect.stringContaining('BEGIN') } });
});

test('the password of --username comes from the environment, or from its line of a file', () => {
  const file = scratch({ logins: 'ada:one\nbob:two\n' })('logins');
  chmodSync(file, 0o600);
  vi.stubEnv(passwordVariable, 'secret');
  expect(clientOptionsOf(given({ username: 'ada' }))).toMatchObject({ username: 'ada', password: 'secret' });
  expect(clientOptionsOf(given({ username: 'bob', passwordFile: file }))).toMatchObject({ password: 'two' });
  expect(() => clientOptionsOf(given({ username: 'eve', passwordFile: file }))).toThrow('has no password for eve');
  expect(() => clientOptionsOf(given({ passwordFile: file }))).toThrow('there must be one line');
});

test('a bucket needs only the password, and a login of the connection string is not replaced', () => {
  vi.stubEnv(passwordVariable, 'secret');
  expect(clientOptionsOf({ nodes: 'couchbase://a/b' })).toMatchObject({
    couchbase: { bucket: 'b', password: 'secret' },
  });
  expect(clientOptionsOf({ nodes: 'memcached://u:p@a' })).toMatchObject({ username: 'u', password: 'p' });
  expect(clientOptionsOf({ nodes: 'memcached://u:p@a', username: 'v' })).toMatchObject({
    username: 'v',
    password: 'secret',
  });
});

test('a user without a password, and a password without a user, are usage errors', () => {
  expect(() => clientOptionsOf(given({ username: 'ada' }))).toThrow('--username needs a password');
  expect(() => clientOptionsOf(given({ password: 'x' }))).toThrow('--password needs --username');
  vi.stubEnv(passwordVariable, 'secret');
  expect(() => clientOptionsOf(given())).toThrow(`${passwordVariable} needs --username`);
});
