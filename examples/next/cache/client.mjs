/** What both handlers share: one client for the process. */
import { createClient } from 'memfleet';

const { MEMCACHED_NODES = '127.0.0.1:11211', TIMEOUT = '300', RENDER_WAIT = '5000' } = process.env;

// A page does not wait longer than this for a node that is out.
export const client = createClient({ nodes: MEMCACHED_NODES, timeout: Number(TIMEOUT) });

/** Milliseconds that a process waits for a page that another one renders. */
export const options = { renderWait: Number(RENDER_WAIT) };
