/** It is public: who tests an application with memfleet in it holds the clock as well. */
export { FakeClock } from '../../src/testing/fake-clock.ts';
