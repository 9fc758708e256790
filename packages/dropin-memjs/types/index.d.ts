import type * as memjs from './index.cjs';

export * from './index.cjs';
/** All exports of the package. */
declare const whole: typeof memjs;
export default whole;
