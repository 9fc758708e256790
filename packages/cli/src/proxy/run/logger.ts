/** The log: pino's JSON lines, or text for people on a terminal. Secrets are taken out of whatever is logged. */
import { type DestinationStream, type Logger, pino, stdTimeFunctions } from 'pino';
import { redact, redactText } from '../config/redact.ts';
import type { LogSettings } from '../log-settings.ts';

export type { Logger };

/** Makes a logger that writes to `stream`. `base`: what every line has. `onLine` receives each line, in JSON. */
export function createLogger(
  { level, format }: LogSettings,
  base: Readonly<Record<string, unknown>> = {},
  stream: DestinationStream & { readonly isTTY?: boolean } = process.stdout,
  onLine: (json: string) => void = () => {},
): Logger {
  const isText = format === 'text' || (format === 'auto' && stream.isTTY === true);
  const options = {
    level,
    base,
    timestamp: stdTimeFunctions.isoTime,
    messageKey: 'message',
    formatters: {
      level: (label: string) => ({ level: label }),
      log: (fields: Record<string, unknown>) => redact(fields) as Record<string, unknown>,
    },
    hooks: {
      logMethod(this: Logger, parts: Parameters<Logger['info']>, method: Logger['info']): void {
        method.apply(this, parts.map((part) => (typeof part === 'string' ? redactText(part) : part)) as typeof parts);
      },
    },
  };
  return pino(options, {
    write: (line: string) => {
      onLine(line);
      stream.write(isText ? formatLine(line) : line);
    },
  });
}

/** `12:00:01.123 INFO  listening  address=127.0.0.1:11311` */
export function formatLine(line: string): string {
  const { level, time, message = '', pid: _pid, ...fields } = JSON.parse(line) as Record<string, unknown>;
  const clock = String(time).slice(11, 23);
  const rest = Object.entries(fields).map(
    ([key, value]) => `  ${key}=${typeof value === 'string' ? quoted(value) : JSON.stringify(value)}`,
  );
  return `${clock} ${String(level).toUpperCase().padEnd(5)} ${message as string}${rest.join('')}\n`;
}

function quoted(text: string): string {
  return /^[^\s"=]+$/.test(text) ? text : JSON.stringify(text);
}
