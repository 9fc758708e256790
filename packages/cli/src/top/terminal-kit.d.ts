/** The part of terminal-kit that terminal.ts uses; the package has no types of its own. */
declare module 'terminal-kit' {
  interface KitTerminal {
    grabInput(options: boolean | object): unknown;
    on(event: 'key', listener: (name: string) => void): void;
    off(event: 'key', listener: (name: string) => void): void;
  }
  interface KitBuffer {
    put(options: { x: number; y: number; attr: object }, text: string): void;
    draw(options: { delta: boolean }): unknown;
  }
  interface TerminalKit {
    readonly terminal: KitTerminal;
    readonly ScreenBuffer: new (options: { dst: KitTerminal; width: number; height: number }) => KitBuffer;
  }
  const kit: TerminalKit;
  export { kit as default, type KitBuffer, type KitTerminal, type TerminalKit };
}
