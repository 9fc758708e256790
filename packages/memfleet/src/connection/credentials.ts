/** Name and password, for SASL PLAIN (binary) and the ASCII token. */
export interface Credentials {
  readonly username: string;
  readonly password: string;
}
