/** The command line: its words, in memcached's order, as settings or as a text to print. */
import { readArguments } from './arguments.ts';
import { flags } from './flags.ts';
import { helpText } from './help.ts';
import { Settings } from './settings.ts';

const license = 'memfleet: Apache License, version 2.0; https://www.apache.org/licenses/LICENSE-2.0\n';

type Answer = (settings: Settings) => string;

/** Options that print something and end. */
const answers: readonly { readonly short: string; readonly long: string; readonly apply: Answer }[] = [
  { short: 'h', long: 'help', apply: ({ version }) => helpText(version) },
  { short: 'i', long: 'license', apply: () => license },
  { short: 'V', long: 'version', apply: ({ version }) => `memcached ${version}\n` },
];

/** The settings of the words; a text instead where one of them asks for it. Throws Exit. */
export function settingsOf(words: readonly string[]): Settings | string {
  const settings = new Settings();
  let answer: string | undefined;
  const options = [...flags, ...answers];
  readArguments(words, options, (option, value) => {
    if (answer !== undefined) return;
    const result = option.apply(settings, value);
    if (answers.some((one) => one === option)) answer = String(result);
  });
  return answer ?? settings;
}
