/** The statuses of sub-documents, beside those of status.ts (kv_engine `protocol/status.h`). */

/** The statuses of commands on sub-documents, of one path or of the whole request. */
export const subStatus = {
  pathNotFound: 0xc0,
  pathMismatch: 0xc1,
  pathInvalid: 0xc2,
  pathTooBig: 0xc3,
  documentTooDeep: 0xc4,
  cannotInsert: 0xc5,
  notJson: 0xc6,
  numberOutOfRange: 0xc7,
  deltaInvalid: 0xc8,
  pathExists: 0xc9,
  valueTooDeep: 0xca,
  invalidCombination: 0xcb,
  /** The body has the status of each path, or of the first that failed. */
  multiPathFailure: 0xcc,
  attributeFlagCombination: 0xce,
  unknownMacro: 0xd0,
  unknownVirtualAttribute: 0xd1,
  virtualAttributeReadOnly: 0xd2,
  attributeOrder: 0xd4,
} as const;
