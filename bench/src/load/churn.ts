/** Clients that connect, get once and close, over and over: what a proxy is for, and what it likes least. */
import { createConnection } from 'node:net';
import type { LoadPlan } from './connection.ts';
import type { Exchange } from './requests.ts';

const scratch = Buffer.allocUnsafeSlow(65_536);

/** Goes on until the tally is over. */
export function churn(plan: LoadPlan, n: number): void {
  const { port, exchanges, tally, fail } = plan;
  const { request, reply } = exchanges[n % exchanges.length] as Exchange;
  const since = performance.now();
  let missing = reply.length;
  const socket = createConnection({
    port,
    host: '127.0.0.1',
    onread: {
      buffer: scratch,
      callback: (count) => {
        missing -= count;
        if (missing <= 0) socket.destroy();
        return true;
      },
    },
  });
  // Written before it is connected: it leaves with the first packet that may.
  socket.write(request);
  socket.once('error', fail);
  socket.once('close', () => {
    if (missing > 0) return fail(new Error('a connection was closed before the answer'));
    tally.end(1, since);
    if (!tally.isOver) churn(plan, n + 1);
  });
}
