// The one file of hyparquet-compressors that is used, which ships without types. The package's entry is not imported,
// because it compiles a WebAssembly module as it loads, and the core must be the first to do so (src/core/module.ts).
declare module 'hyparquet-compressors/src/lz4.js' {
  /** LZ4 with or without the frames of Hadoop. */
  export function decompressLz4(input: Uint8Array, outputLength: number): Uint8Array;
  /** One LZ4 block. */
  export function decompressLz4Raw(input: Uint8Array, outputLength: number): Uint8Array;
}
