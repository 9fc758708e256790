/** Who can read what goes to the nodes, and who can come? */
import { statOf } from '../../fleet/node-sample.ts';
import type { Check } from '../check.ts';
import type { Finding } from '../finding.ts';
import type { NodeFacts } from '../fleet-facts.ts';

const day = 86_400_000;
/** A certificate that ends within so many days is renewed now. */
const soon = 30;

/** Names, dates and versions of TLS. */
export const tls: Check = ({ nodes, clients: { isTls, isVerified }, time }) => {
  const found: Finding[] = [];
  if (isTls && !isVerified)
    found.push({
      severity: 'warning',
      code: 'tls-unverified',
      message: 'clients accept every certificate, so that whoever is in between can read and change everything',
      advice: 'take rejectUnauthorized: false away, and name the issuer with ca',
    });
  for (const { node, tls: facts } of nodes) {
    if (facts === undefined) continue;
    const { problem, names, validTo, version } = facts;
    const left = Math.floor((validTo - time) / day);
    const until = new Date(validTo).toISOString().slice(0, 10);
    if (left < 0)
      found.push({
        severity: 'error',
        code: 'tls-expired',
        node,
        message: `its certificate was valid until ${until}`,
        advice: 'renew it',
      });
    else if (left < soon)
      found.push({
        severity: 'warning',
        code: 'tls-expires',
        node,
        message: `its certificate is valid for ${left} more ${left === 1 ? 'day' : 'days'}, until ${until}`,
        advice: 'renew it; memcached reads it again with refresh_certs',
      });
    if (problem !== undefined && left >= 0)
      found.push({
        severity: isVerified ? 'error' : 'warning',
        code: 'tls-certificate',
        node,
        message: `its certificate is not accepted: ${problem} (names: ${names || 'none'})`,
        advice: 'name the issuer with ca, and the node by a name that is in the certificate',
      });
    if (/^(?:SSL|TLSv1(?:\.1)?$)/.test(version))
      found.push({
        severity: 'warning',
        code: 'tls-version',
        node,
        message: `it speaks ${version}`,
        advice: 'start it with -o ssl_min_version=2 (TLS 1.2) or newer',
      });
  }
  return found;
};

/** Passwords on networks without TLS. */
export const plainLogin: Check = ({ nodes, clients: { hasLogin, isTls } }) => {
  const remote = nodes.filter(({ node }) => !isLocal(node)).map(({ node }) => node);
  if (!hasLogin || isTls || remote.length === 0) return [];
  return [
    {
      severity: 'warning',
      code: 'plain-login',
      message: `the password goes to ${remote.join(', ')} without TLS: everybody on the way can read it`,
      advice: 'use TLS (memcacheds://…), or a network that is private',
    },
  ];
};

function isLocal(node: string): boolean {
  return /^(?:\/|127\.|localhost:|\[::1\])/.test(node);
}

/** UDP, which lets a node be used against others. */
export const udp: Check = ({ nodes }) =>
  nodes
    .filter(({ settings }) => (statOf(settings, 'udpport') ?? 0) > 0)
    .map(({ node, settings }) => ({
      severity: 'warning' as const,
      code: 'udp',
      node,
      message: `it answers UDP on port ${settings.get('udpport')}: with forged senders, it floods others`,
      advice: 'start it with -U 0',
    }));

/** Nodes that everybody who reaches them can use. */
export const openNodes: Check = ({ nodes }) => {
  const open = nodes.filter(isOpen).map(({ node }) => node);
  if (open.length === 0) return [];
  return [
    {
      severity: 'note',
      code: 'open',
      message: `${open.join(', ')}: on every address, without login and without TLS; whoever reaches them reads and changes everything`,
      advice: 'let a firewall admit the clients only, or bind them to a private address (-l)',
    },
  ];
};

function isOpen({ settings }: NodeFacts): boolean {
  const { inter } = { inter: settings.get('inter') };
  const isEverywhere = inter === 'NULL' || inter === '0.0.0.0' || inter === '::' || inter === '';
  const isClosed = ['auth_enabled_sasl', 'auth_enabled_ascii', 'ssl_enabled'].some(
    (name) => settings.get(name) === 'yes',
  );
  return isEverywhere && !isClosed && (statOf(settings, 'tcpport') ?? 0) > 0;
}
