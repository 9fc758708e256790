/** Files that tell other programs about this one: its process id, and the ports that it was given. */
import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { isIPv6 } from 'node:net';
import type { Address } from 'memfleet/server';

/** Writes the process id; `isRemoved`: removes the file when the process ends. */
export function writeProcessId(file: string, isRemoved: boolean): void {
  try {
    writeFileSync(file, `${process.pid}\n`);
  } catch (error) {
    process.stderr.write(`Could not open the pid file ${file} for writing: ${(error as Error).message}\n`);
    return;
  }
  if (isRemoved) process.on('exit', () => rmSync(file, { force: true }));
}

function portLines(kind: string, addresses: readonly Address[]): string[] {
  return addresses.flatMap((address) => {
    if ('path' in address) return [];
    // A socket for all addresses is one of both families.
    const families = address.host === '::' ? ['INET', 'INET6'] : [isIPv6(address.host) ? 'INET6' : 'INET'];
    return families.map((family) => `${kind} ${family}: ${address.port}\n`);
  });
}

/** Writes the ports into the file that MEMCACHED_PORT_FILENAME names: whole, or not at all. */
export function writePorts(file: string, tcp: readonly Address[], udp: readonly Address[]): void {
  try {
    writeFileSync(`${file}.lck`, [...portLines('TCP', tcp), ...portLines('UDP', udp)].join(''));
    renameSync(`${file}.lck`, file);
  } catch (error) {
    process.stderr.write(`Failed to open "${file}.lck": ${(error as Error).message}\n`);
  }
}
