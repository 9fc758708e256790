/** The ports of a simulated node. */
import { MemcacheError } from '../../core/errors.ts';
import type { Port, PortOptions } from '../../net/network.ts';
import { formatAddress, type InternetAddress } from '../../net/transport.ts';

/** How they accept. */
export const portSettings: Pick<PortOptions, 'acceptQueue' | 'handshakeTimeout' | 'maxTls'> = {
  acceptQueue: 511,
  handshakeTimeout: 120_000,
  maxTls: Infinity,
};

/** Begins to accept; resolves with the number of the port. Rejects with a MemcacheError that names the address. */
export async function listenOn(port: Port, address: InternetAddress): Promise<number> {
  try {
    const bound = await port.listen(address);
    return 'port' in bound ? bound.port : address.port;
  } catch (cause) {
    throw new MemcacheError(`cannot listen on ${formatAddress(address)}: ${(cause as Error).message}`, { cause });
  }
}
