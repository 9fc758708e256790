/**
 * Node lists on the command line: `a:11211,b:11211:2,[::1]:11211,/run/c.sock` – host, port, weight; as twemproxy writes
 * them.
 */
import type { LocatorNode } from 'memfleet/locator';
import { fail } from '../failure.ts';

const form = /^(?:\[([^\]]+)\]|([^:[\]\s]+))(?::(\d{1,5}))?(?::(\d{1,6}))?$/;
const defaultPort = 11_211;

/** Reads a list. Fails with a message that names the entry. */
export function readNodeList(text: string): LocatorNode[] {
  const entries = text.split(/[,\s]+/).filter((entry) => entry !== '');
  if (entries.length === 0) fail('the list of nodes is empty');
  const nodes = entries.map(readNode);
  const seen = new Set<string>();
  for (const { id } of nodes) {
    if (seen.has(id)) fail(`${id} is twice in the list of nodes`);
    seen.add(id);
  }
  return nodes;
}

function readNode(entry: string): LocatorNode {
  if (entry.startsWith('/')) return { id: entry, host: entry, port: 0, weight: 1 };
  const match = form.exec(entry);
  const host = match?.[1] ?? match?.[2];
  const port = Number(match?.[3] ?? defaultPort);
  const weight = Number(match?.[4] ?? 1);
  if (host === undefined || port < 1 || port > 65_535 || weight < 1)
    fail(
      `${JSON.stringify(entry)} is no node: it takes host, host:port, host:port:weight, [ipv6]:port or the path of a socket`,
    );
  return { id: host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`, host, port, weight };
}
