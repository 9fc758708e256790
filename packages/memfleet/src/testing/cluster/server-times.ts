/** The times that a simulated node worked on requests, in its replies where HELLO granted tracing. */
import type { Clock } from '../../base/clock.ts';
import type { Command } from '../../core/command.ts';
import { buildServerTime } from '../../protocol/binary/frame-info.ts';
import { headerLength, keyLength, magic, packetLength } from '../../protocol/binary/header.ts';

/** Knows when the requests of a session arrived. */
export class ServerTimes {
  readonly #clock: Clock;
  readonly #arrivals = new WeakMap<Command, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The request has arrived. */
  begin(command: Command): void {
    this.#arrivals.set(command, this.#clock.now());
  }

  /** The packets of replies to the request with the time that it took. */
  stamp(packets: Buffer, command: Command): Buffer {
    const now = this.#clock.now();
    const frame = buildServerTime((now - (this.#arrivals.get(command) ?? now)) * 1000);
    const parts: Uint8Array[] = [];
    for (let at = 0; at < packets.length;) {
      const end = at + packetLength(packets, at);
      const header = Buffer.from(packets.subarray(at, at + headerLength));
      header[0] = magic.flexibleResponse;
      header[2] = frame.length;
      header[3] = keyLength(packets, at);
      header.writeUInt32BE(end - at - headerLength + frame.length, 8);
      parts.push(header, frame, packets.subarray(at + headerLength, end));
      at = end;
    }
    return Buffer.concat(parts);
  }
}
