/** Whether the endpoints would be open to other machines, by the settings alone. */
import { isIP } from 'node:net';
import type { ProgramSettings } from '../program-options.ts';
import { isLoopback } from './access.ts';

/** Whether a proxy with these settings does not start as they are. A name of a host may be any address, and may do. */
export function needsLogin({ admin, adminToken, adminUsers, insecureAdmin }: ProgramSettings): boolean {
  if (admin === undefined || !('port' in admin) || admin.host === undefined || isIP(admin.host) === 0) return false;
  const isOpen = adminToken === undefined && Object.keys(adminUsers).length === 0;
  return isOpen && !insecureAdmin && !isLoopback(admin.host);
}
