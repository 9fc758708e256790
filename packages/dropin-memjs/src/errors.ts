/** The words of memjs for the errors of a server: those of the binary protocol, whichever protocol the node speaks. */
import { InvalidArgumentError, InvalidKeyError, ServerError, ValueTooLargeError } from 'memfleet';

const words: ReadonlyMap<number, string> = new Map([
  [0x01, 'Key not found'],
  [0x02, 'Key exists'],
  [0x03, 'Value too large'],
  [0x04, 'Invalid arguments'],
  [0x05, 'Item not stored'],
  [0x06, 'Incr/Decr on non-numeric value'],
  [0x07, 'The vbucket belongs to another server'],
  [0x08, 'Authentication error'],
  [0x09, 'Authentication continue'],
  [0x81, 'Unknown command'],
  [0x82, 'Out of memory'],
  [0x83, 'Not supported'],
  [0x84, 'Internal error'],
  [0x85, 'Busy'],
  [0x86, 'Temporary failure'],
]);

/** What the text protocol says → the status of the binary one. */
const statuses: readonly (readonly [said: RegExp, status: number])[] = [
  [/non-numeric/, 0x06],
  [/too large/, 0x03],
  [/out of memory/, 0x82],
  [/: ERROR$/, 0x81],
  [/CLIENT_ERROR/, 0x04],
  [/SERVER_ERROR/, 0x84],
];

function statusOf(error: unknown): number | undefined {
  if (error instanceof ValueTooLargeError) return 0x03;
  if (error instanceof InvalidKeyError || error instanceof InvalidArgumentError) return 0x04;
  if (!(error instanceof ServerError)) return undefined;
  if (words.has(error.status)) return error.status;
  return statuses.find(([said]) => said.test(error.message))?.[1] ?? 0x84;
}

/** `MemJS SET: Value too large`; undefined: it is no refusal of the call, but a failure of the server. */
export function refusal(operation: string, error: unknown): Error | undefined {
  const status = statusOf(error);
  return status === undefined ? undefined : refusalOf(operation, status, error);
}

/** The error of a status of the binary protocol. */
export function refusalOf(operation: string, status: number, cause?: unknown): Error {
  return new Error(`MemJS ${operation}: ${words.get(status)}`, cause === undefined ? undefined : { cause });
}
