/** Lines of a screen: texts with a meaning, for which terminal.ts knows the colours. */
import { fit, widthOf } from '../fleet/safe-text.ts';

/** What a text means. */
export type Style = 'plain' | 'dim' | 'bold' | 'head' | 'selected' | 'good' | 'warn' | 'bad' | 'accent';

/** A text in one style. */
export interface Span {
  readonly text: string;
  readonly style: Style;
}

/** One line of the screen. */
export type Line = readonly Span[];

/** A part of a line. */
export function span(text: string, style: Style = 'plain'): Span {
  return { text, style };
}

/** A line of one text. */
export function line(text: string, style: Style = 'plain'): Line {
  return [{ text, style }];
}

/** The text of a line without blanks at its end. */
export function plainText(spans: Line): string {
  return spans
    .map(({ text }) => text)
    .join('')
    .trimEnd();
}

/** Cells of a line. */
export function lengthOf(spans: Line): number {
  return spans.reduce((sum, { text }) => sum + widthOf(text), 0);
}

/** The line in exactly so many cells. */
export function fitLine(spans: Line, width: number): Line {
  const fitted: Span[] = [];
  let left = width;
  for (const { text, style } of spans) {
    if (left <= 0) break;
    const cells = Math.min(left, widthOf(text));
    fitted.push({ text: fit(text, cells), style });
    left -= cells;
  }
  if (left > 0) fitted.push(span(' '.repeat(left), fitted.length === 1 ? (fitted[0] as Span).style : 'plain'));
  return fitted;
}

/** All of a line in one style. */
export function restyle(spans: Line, style: Style): Line {
  return spans.map(({ text }) => ({ text, style }));
}

/** Exactly so many lines of exactly so many cells. */
export function page(lines: readonly Line[], width: number, height: number): readonly Line[] {
  const shown = lines.slice(0, height).map((spans) => fitLine(spans, width));
  while (shown.length < height) shown.push(line(' '.repeat(width)));
  return shown;
}
