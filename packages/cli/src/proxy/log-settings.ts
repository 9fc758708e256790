/** How a proxy process writes its log. The command line needs this file alone, so it imports nothing. */

export const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
export const logFormats = ['auto', 'json', 'text'] as const;

/** How logs are written. */
export interface LogSettings {
  readonly level: (typeof logLevels)[number];
  /** `auto`: text on a terminal, JSON elsewhere. */
  readonly format: (typeof logFormats)[number];
}
