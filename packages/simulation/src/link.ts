import type { LinkOptions } from 'memfleet/testing';
import { numberIn, type Options, textIn } from './plan.ts';

/** The network of a plan. */
export function linkOf(options: Options): LinkOptions {
  return {
    latency: numberIn(options, 'latency'),
    jitter: numberIn(options, 'jitter'),
    window: numberIn(options, 'window'),
    cut: textIn(options, 'cut') as NonNullable<LinkOptions['cut']>,
  };
}
