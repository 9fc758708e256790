/** The files of packages/cli that the command reads at run time, by their path in there; base64. */
declare module 'memfleet-binary:files' {
  export const files: Readonly<Record<string, string>>;
}

declare module 'postject' {
  /** Puts a resource into an executable file. */
  export function inject(
    file: string,
    name: string,
    content: Uint8Array,
    options: { readonly sentinelFuse: string },
  ): Promise<void>;
}
