// The sweep that a command names, with the study that it varies.
import { resolveConfig } from './presets.ts';

/** @throws TracelabError: refusals of loadSweep and loadVariable */
export async function loadedSweep(name: string) {
  const { loadSweep } = await import('../study/sweep/config.ts');
  const { loadVariable } = await import('../study/variation.ts');
  const sweep = await loadSweep(name);
  return { sweep, study: await loadVariable(resolveConfig(sweep.study)) };
}
