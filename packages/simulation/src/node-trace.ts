import { type TracingChannel, tracingChannel } from 'node:diagnostics_channel';
import type { CommandMessage } from 'memfleet';

/** Which node a call went to, by the channel `memfleet:command`. */
export class NodeTrace {
  readonly #channel: TracingChannel<CommandMessage, CommandMessage> = tracingChannel('memfleet:command');
  #last: CommandMessage | undefined;
  readonly #subscriber = {
    start: (message: CommandMessage): void => {
      this.#last = message;
    },
    end: (): void => {},
    asyncStart: (): void => {},
    asyncEnd: (): void => {},
    error: (): void => {},
  };

  constructor() {
    this.#channel.subscribe(this.#subscriber);
  }

  /** The message of the call that was just made. */
  take(): CommandMessage | undefined {
    const last = this.#last;
    this.#last = undefined;
    return last;
  }

  close(): void {
    this.#channel.unsubscribe(this.#subscriber);
  }
}

/** The node of a call that has settled, `host:port`. */
export function nodeIn(message: CommandMessage | undefined): string | undefined {
  return message?.serverAddress === undefined ? undefined : `${message.serverAddress}:${message.serverPort}`;
}
