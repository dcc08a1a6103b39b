// The engine in memory keeps the contract of all engines: what the simulation runs against is the real meaning.
import { SYSTEM_CLOCK } from '../../src/base/clock.ts';
import { simulatedKinds } from '../work/simulation/tasks.ts';
import { contract } from './engine-contract.ts';
import { MemoryArtefacts, MemoryEngine } from './memory-engine.ts';

contract('engine in memory', async () => {
  const kinds = simulatedKinds(() => undefined);
  const engine = new MemoryEngine(kinds, SYSTEM_CLOCK.seconds);
  return Promise.resolve({ engine, artefacts: new MemoryArtefacts() });
});
