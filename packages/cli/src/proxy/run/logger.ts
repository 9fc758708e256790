/**
 * The log: lines of JSON, or text for people on a terminal. Secrets are taken out of whatever is logged.
 *
 *   log.warn({ node: 'a:1' }, 'ejected') ─▶ {"level":"warn","time":"…","pid":1,"node":"a:1","message":"ejected"}
 */
import { redact, redactText } from '../config/redact.ts';
import { logLevels, type LogSettings } from '../log-settings.ts';

/** Logs fields with a message, or a message. */
type Log = (fields: object | string, message?: string) => void;

/** Writes what is at least as severe as `level`. */
export interface Logger extends Readonly<Record<Exclude<LogSettings['level'], 'silent'>, Log>> {
  level: LogSettings['level'];
}

/** Where the lines go. */
export interface LogStream {
  readonly isTTY?: boolean;
  write(line: string): unknown;
}

/** Makes a logger that writes to `stream`. `base`: what every line has. `onLine` receives each line, in JSON. */
export function createLogger(
  { level, format }: LogSettings,
  base: Readonly<Record<string, unknown>> = {},
  stream: LogStream = process.stdout,
  onLine: (json: string) => void = () => {},
): Logger {
  const isText = format === 'text' || (format === 'auto' && stream.isTTY === true);
  const at =
    (own: LogSettings['level']): Log =>
    (fields, message) => {
      if (logLevels.indexOf(own) < logLevels.indexOf(logger.level)) return;
      const line = lineOf(own, base, fields, message);
      onLine(line);
      stream.write(isText ? formatLine(line) : line);
    };
  const logger: Logger = {
    level,
    trace: at('trace'),
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    fatal: at('fatal'),
  };
  return logger;
}

function lineOf(level: string, base: object, fields: object | string, message: string | undefined): string {
  const [shown, text] = typeof fields === 'string' ? [{}, fields] : [redact(fields) as object, message];
  const about = { level, time: new Date().toISOString(), ...base, ...shown };
  return `${JSON.stringify(text === undefined ? about : { ...about, message: redactText(text) }, spelled)}\n`;
}

/** JSON has no integers of 64 bits. */
const spelled = (_name: string, value: unknown): unknown => (typeof value === 'bigint' ? String(value) : value);

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
