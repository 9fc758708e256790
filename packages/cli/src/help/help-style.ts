/**
 * How help looks: in colour where the terminal has it (commander takes the colours out elsewhere, and respects NO_COLOR
 * and FORCE_COLOR), and readable on a narrow terminal, where descriptions stand below what they describe.
 *
 *   --ca <file>  the certificates …        --ca <file>
 *                                              the certificates …
 */
import { type Command, Help, type HelpConfiguration } from 'commander';

const bold = (text: string): string => `\x1b[1m${text}\x1b[22m`;
const cyan = (text: string): string => `\x1b[36m${text}\x1b[39m`;
const yellow = (text: string): string => `\x1b[33m${text}\x1b[39m`;

/** A description beside its term has so many columns at least. */
const narrowest = 36;
const stackedIndent = 6;

/** Options of commander's help. */
export const helpStyle: HelpConfiguration = {
  minWidthToWrap: 1,
  styleTitle: bold,
  styleCommandText: bold,
  styleSubcommandText: cyan,
  styleOptionText: cyan,
  styleArgumentText: yellow,
  styleUsage(text) {
    const width = (this.helpWidth ?? 80) - usageIndent.length;
    const styled = Help.prototype.styleUsage.call(this, text);
    return (this.boxWrap?.(styled, width) ?? styled).replaceAll('\n', `\n${usageIndent}`);
  },
  formatItem(term, termWidth, description, helper) {
    const width = helper.helpWidth ?? 80;
    if (description === '' || width - termWidth - 4 >= narrowest)
      return Help.prototype.formatItem.call(helper, term, termWidth, description, helper);
    const indent = ' '.repeat(stackedIndent);
    const wrapped = helper.boxWrap(description, width - stackedIndent);
    return `  ${term}\n${indent}${wrapped.replaceAll('\n', `\n${indent}`)}`;
  },
};

const usageIndent = ' '.repeat('Usage: '.length);

/** Puts paragraphs behind the help of a command. Lines that begin with a blank stay as they are. */
export function addNotes(command: Command, ...paragraphs: readonly string[]): Command {
  return command.addHelpText('after', () => {
    const width = command.configureOutput().getOutHelpWidth?.() ?? 80;
    const help = command.createHelp();
    return paragraphs
      .map((text) => `\n${/^ /m.test(text) ? text : help.boxWrap(text, Math.min(width, widest))}`)
      .join('\n');
  });
}

/** Longer lines are hard to read. */
const widest = 100;
