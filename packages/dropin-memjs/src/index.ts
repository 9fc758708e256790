/** `require('memjs')`. */
export { Client } from './client.ts';
export { Header, Utils } from './packets.ts';
export { Server } from './server.ts';
