/** The public entry point of the locators: where a key lives under any scheme. */
export { lintLocator, type LocatorWarning, type LocatorWarningCode } from './lint.ts';
export type { KeyHash, Locator, LocatorNode, LocatorOptions, LocatorProfile, ProfileTraits } from './locator.ts';
export { locatorProfile, locatorProfiles } from './profiles.ts';
export { createLocator } from './registry.ts';
export { hashTag } from './routing.ts';
