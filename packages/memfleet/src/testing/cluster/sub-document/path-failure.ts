/** Why a command on one path failed. */
export class PathFailure extends Error {
  /** One of `subStatus`. */
  readonly status: number;

  constructor(status: number) {
    super(`sub-document status 0x${status.toString(16)}`);
    this.status = status;
  }
}
