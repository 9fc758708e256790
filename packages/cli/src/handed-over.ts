/**
 * Sockets that listen already and were handed over by whoever started this process, as systemd does for a service with
 * a socket unit (sd_listen_fds(3)):
 *
 *   LISTEN_FDS=2          their number; the first is descriptor 3
 *   LISTEN_PID=4711       whom they are for: processes that this one starts inherit the variables, not the sockets
 *   LISTEN_FDNAMES=a:b    their names
 *
 * Clients that connect while the process starts or is started anew wait in the socket, and nobody is refused.
 */

/** The first descriptor (SD_LISTEN_FDS_START). */
const first = 3;

/** One of them. */
export interface HandedSocket {
  readonly fd: number;
  readonly name?: string;
}

/** Those of this process, in their order. */
export function handedSockets(
  environment: Readonly<Record<string, string | undefined>> = process.env,
  pid: number = process.pid,
): readonly HandedSocket[] {
  const { LISTEN_FDS = '', LISTEN_PID, LISTEN_FDNAMES } = environment;
  if (LISTEN_PID !== String(pid) || !/^\d{1,4}$/.test(LISTEN_FDS)) return [];
  const names = LISTEN_FDNAMES?.split(':') ?? [];
  return Array.from({ length: Number(LISTEN_FDS) }, (_, index) => {
    const name = names[index];
    return { fd: first + index, ...(name === undefined || name === '' ? {} : { name }) };
  });
}
