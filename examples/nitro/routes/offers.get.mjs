/** Cached by the rule in nitro.config.mjs. */
import { defineEventHandler } from 'h3';

let renderings = 0;

export default defineEventHandler(() => `<p>Offers, rendered ${++renderings} times by ${process.pid}</p>`);
