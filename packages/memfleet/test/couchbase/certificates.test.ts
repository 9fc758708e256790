/** Clients of a bucket that log in by a certificate. */
import type { TlsOptions } from 'node:tls';
import { expect, test } from 'vitest';
import { type ClientOptions, createClient } from '../../src/client/index.ts';
import type { SimulatedCluster } from '../../src/testing/index.ts';
import { clientCertificates } from '../support/client-certificates.ts';
import { selfSigned } from '../support/self-signed.ts';
import { startCluster } from '../testing/support/start-cluster.ts';
import { testClient } from './support/fake-cluster.ts';

const { Administrator, nobody } = clientCertificates;

/** A cluster whose TLS ports ask for certificates, and accept clients without one. */
function startTls(options: Parameters<typeof startCluster>[0] = {}, tls: TlsOptions = {}): Promise<SimulatedCluster> {
  const ca = [Administrator.cert, nobody.cert];
  return startCluster({
    nodes: 2,
    tls: { ...selfSigned, requestCert: true, rejectUnauthorized: false, ca, ...tls },
    ...options,
  });
}

function optionsFor(cluster: SimulatedCluster, tls: object, couchbase: ClientOptions['couchbase'] = {}): ClientOptions {
  const nodes = cluster.nodes.map((node) => `127.0.0.1:${node.tlsPort}`);
  return { nodes, tls: { ca: selfSigned.cert, ...tls }, couchbase: { bootstrap: 'data', ...couchbase }, timeout: 3000 };
}

test('need no password: the certificate is the login', async () => {
  const cluster = await startTls();
  const names: string[] = [];
  cluster.fault = ({ name }) => {
    names.push(name);
    return undefined;
  };
  const client = testClient(optionsFor(cluster, Administrator));
  const keys = Array.from({ length: 20 }, (_, index) => `key${index}`);
  await Promise.all(keys.map((key) => client.set(key, key)));
  expect(await Promise.all(keys.map((key) => client.get(key)))).toEqual(keys);
  expect(names).toContain('selectBucket');
  expect(names.filter((name) => name.startsWith('sasl'))).toEqual([]);
});

test('present it to the REST port as well', async () => {
  const cluster = await startTls();
  const urls = cluster.nodes.map((node) => `https://127.0.0.1:${node.restTlsPort}`);
  const client = testClient(optionsFor(cluster, Administrator, { bootstrap: 'rest', urls }));
  expect(await client.set('a', 1)).toBe(true);
  expect(cluster.nodes.reduce((sum, node) => sum + node.streams, 0)).toBe(1);
  const stranger = testClient(optionsFor(cluster, nobody, { bootstrap: 'rest', urls }));
  await expect(stranger.get('a')).rejects.toMatchObject({ code: 'ERR_AUTHENTICATION' });
});

test.each([
  ['of an unknown user', nobody, {}],
  ['that nobody the server trusts has signed', Administrator, { ca: [nobody.cert] }],
])('are refused with a certificate %s', async (_, certificate, tls) => {
  const cluster = await startTls({}, tls);
  const client = testClient(optionsFor(cluster, certificate));
  await expect(client.get('a')).rejects.toThrow(/it may refuse the client certificate/);
});

test('are refused without one where it is mandatory', async () => {
  const cluster = await startTls({}, { rejectUnauthorized: true });
  await expect(testClient(optionsFor(cluster, {}, cluster.credentials)).get('a')).rejects.toThrow();
  expect(await testClient(optionsFor(cluster, Administrator)).set('a', 1)).toBe(true);
});

test('may use a password on the same port instead', async () => {
  const cluster = await startTls();
  expect(await testClient(optionsFor(cluster, {}, cluster.credentials)).set('a', 1)).toBe(true);
});

test('receive an error that names the bucket when their user may not use it', async () => {
  const users = { Administrator: 'password', other: 'password' };
  const cluster = await startTls({ users, buckets: [{ name: 'default', users: ['other'] }] });
  const client = testClient(optionsFor(cluster, Administrator));
  await expect(client.get('a')).rejects.toMatchObject({
    code: 'ERR_AUTHENTICATION',
    message: expect.stringContaining('gives the user of the certificate no access to the bucket "default"'),
  });
});

test.each([
  ['beside "couchbase"', 'password', { username: 'me', password: 'secret' }],
  ['in "couchbase"', 'couchbase.password', { couchbase: { username: 'me', password: 'secret' } }],
])('have no username and password %s', (_, option, login) => {
  const make = (): unknown => createClient({ nodes: 'a', tls: Administrator, couchbase: {}, ...login });
  expect(make).toThrow(expect.objectContaining({ code: 'ERR_INVALID_OPTION', option }));
  expect(make).toThrow(/two logins/);
});
