// Which kernels OpenBLAS can be set to use here. A release that is older than the CPU may choose those of a processor
// from 2004 (seen: 0.3.21 on a Xeon of 2023), so its own choice alone would be no fair peer.
import { readFileSync } from 'node:fs';

export interface OpenblasCore {
  readonly name: string;
  readonly environment: Readonly<Record<string, string>>;
}

/** Its own choice; Haswell (AVX2, the width that V8 has); SkylakeX (AVX-512) where the CPU has it. */
export function openblasCores(flags: string = cpuFlags()): OpenblasCore[] {
  const forced = (name: string): OpenblasCore => ({ name, environment: { OPENBLAS_CORETYPE: name } });
  return [
    { name: 'its choice', environment: {} },
    ...(/\bavx2\b/.test(flags) ? [forced('Haswell')] : []),
    ...(/\bavx512f\b/.test(flags) ? [forced('SkylakeX')] : []),
  ];
}

function cpuFlags(): string {
  try {
    return /^flags.*$/m.exec(readFileSync('/proc/cpuinfo', 'utf8'))?.[0] ?? '';
  } catch {
    return '';
  }
}
