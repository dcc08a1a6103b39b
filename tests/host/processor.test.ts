// Caches and threads of a core, from made-up files of the system.
import { describe, expect, it } from 'vitest';
import { processorFacts } from '../../src/host/processor.ts';

const CPU = '/sys/devices/system/cpu/cpu0';

function reads(files: Readonly<Record<string, string>>): (path: string) => string | undefined {
  return (path) => files[path.replace(`${CPU}/`, '')];
}

function cache(index: number, level: number, type: string, size: string): Record<string, string> {
  const folder = `cache/index${index}`;
  return { [`${folder}/level`]: `${level}\n`, [`${folder}/type`]: `${type}\n`, [`${folder}/size`]: `${size}\n` };
}

describe('processorFacts', () => {
  it('reads data and unified caches in bytes, and counts threads', () => {
    const read = reads({
      ...cache(0, 1, 'Data', '48K'),
      ...cache(1, 1, 'Instruction', '32K'),
      ...cache(2, 2, 'Unified', '2M'),
      ...cache(3, 3, 'Unified', '107520K'),
      'topology/thread_siblings_list': '0,8\n',
    });
    expect(processorFacts(read)).toEqual({
      caches: { l1_data: 48 << 10, l2: 2 << 20, l3: 105 << 20 },
      threads_per_core: 2,
    });
    expect(processorFacts(reads({ 'topology/thread_siblings_list': '0-3' })).threads_per_core).toBe(4);
  });

  it('is null where the system reports nothing or something else', () => {
    const nothing = { caches: { l1_data: null, l2: null, l3: null }, threads_per_core: null };
    expect(processorFacts(() => undefined)).toEqual(nothing);
    expect(processorFacts(reads({ ...cache(0, 1, 'Data', 'much'), 'topology/thread_siblings_list': 'all' }))).toEqual(
      nothing,
    );
  });
});
