/** A configuration as it is understood, as a YAML text that can be read again (but for the secrets). */
import { stringify } from 'yaml';
import type { LoadedSettings } from '../settings.ts';
import { redact } from './redact.ts';
import { configOf, withDefaults } from './shown-settings.ts';

/** Gives the text. `hasDefaults`: also what was not said. */
export function printSettings({ settings, files }: LoadedSettings, hasDefaults: boolean): string {
  return stringify(redact(configOf(hasDefaults ? withDefaults(settings) : settings), files), { lineWidth: 0 });
}
