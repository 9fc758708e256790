/** The network of the kernel. */
import { dial } from '../net/dial.ts';
import type { Network } from '../net/network.ts';
import { systemPorts } from './system-port.ts';

/** Dials and listens by the sockets of this process. */
export const systemNetwork: Network = { dial, ...systemPorts };
