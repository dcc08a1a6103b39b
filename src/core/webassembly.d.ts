// The part of the WebAssembly API that the core uses; TypeScript ships it only together with the browser's types.
declare namespace WebAssembly {
  class Module {
    constructor(bytes: Uint8Array<ArrayBuffer>);
  }
  class Memory {
    /** One that is not shared has an ArrayBuffer: readers take both as a CoreMemory. */
    constructor(descriptor: { initial: number; maximum: number; shared: true } | { initial: number });
    readonly buffer: SharedArrayBuffer;
    grow(pages: number): number;
  }
  class Instance {
    constructor(module: Module, imports: Record<string, Record<string, unknown>>);
    readonly exports: Record<string, unknown>;
  }
  function compile(bytes: Uint8Array<ArrayBuffer>): Promise<Module>;
  type Imports = Record<string, Record<string, unknown>>;
}
