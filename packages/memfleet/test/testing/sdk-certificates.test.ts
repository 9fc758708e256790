/** The official SDK logs in to the simulated cluster by a certificate, and shares items with a client that does. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CertificateAuthenticator, connect } from 'couchbase';
import { expect, onTestFinished, test } from 'vitest';
import { createClient, transcoders } from '../../src/client/index.ts';
import type { SimulatedCluster } from '../../src/testing/index.ts';
import { clientCertificates } from '../support/client-certificates.ts';
import { selfSigned } from '../support/self-signed.ts';
import { startCluster } from './support/start-cluster.ts';

const { Administrator, nobody } = clientCertificates;

function startTls(): Promise<SimulatedCluster> {
  const ca = [Administrator.cert, nobody.cert];
  return startCluster({ nodes: 2, tls: { ...selfSigned, requestCert: true, rejectUnauthorized: false, ca } });
}

/** Writes the texts into files of a folder that is removed when the test ends; returns their paths. */
function filesOf(texts: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const folder = mkdtempSync(join(tmpdir(), 'memfleet-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return Object.fromEntries(
    Object.entries(texts).map(([name, text]) => {
      const path = join(folder, name);
      writeFileSync(path, text);
      return [name, path];
    }),
  );
}

function dial(cluster: SimulatedCluster, { cert, key }: { cert: string; key: string }): ReturnType<typeof connect> {
  const files = filesOf({ cert, key, ca: selfSigned.cert });
  const hosts = cluster.nodes.map((node) => `127.0.0.1:${node.tlsPort}`).join(',');
  return connect(`couchbases://${hosts}`, {
    authenticator: new CertificateAuthenticator(files['cert']!, files['key']!),
    security: { trustStorePath: files['ca']! },
    timeouts: { kvTimeout: 8000 },
  });
}

test('the official SDK and a client share items, both by a certificate', async () => {
  const cluster = await startTls();
  const sdk = await dial(cluster, Administrator);
  onTestFinished(() => sdk.close());
  const items = sdk.bucket('default').defaultCollection();
  const client = createClient({
    nodes: cluster.nodes.map((node) => `127.0.0.1:${node.tlsPort}`),
    tls: { ca: selfSigned.cert, ...Administrator },
    couchbase: {},
    transcoder: transcoders.couchbase,
  });
  onTestFinished(() => client.destroy());
  await items.upsert('theirs', { from: 'sdk' });
  await client.set('ours', { from: 'client' });
  expect(await client.get('theirs')).toEqual({ from: 'sdk' });
  expect((await items.get('ours')).content).toEqual({ from: 'client' });
});

test('the official SDK is refused with the certificate of an unknown user', async () => {
  const cluster = await startTls();
  await expect(dial(cluster, nobody)).rejects.toThrow();
});
