// The YAML at the top of a dataset's card, from which the Hub of Hugging Face knows the file of each split. Without it,
// the Hub takes all test files for one split.
import { stringify } from 'yaml';
import { domainOf } from '../domain/domains.ts';
import type { DataFormat } from './data-format.ts';

/** What the header says of a dataset. */
interface HeaderFacts {
  readonly domain: string;
  readonly format: DataFormat;
  /** Rows by name. */
  readonly files: Readonly<Record<string, { readonly count: number }>>;
}

/** Ranges of rows under the Hub's names. */
const SIZES = [
  [1e3, 'n<1K'],
  [1e4, '1K<n<10K'],
  [1e5, '10K<n<100K'],
  [1e6, '100K<n<1M'],
  [Infinity, '1M<n<10M'],
] as const;

/** Lines, with the fences around them. Pictures are no rows: a card of them names no split. */
export function cardHeader({ domain, format, files }: HeaderFacts): string[] {
  // A split without rows cannot be loaded.
  const full = Object.entries(files).filter(([, { count }]) => count > 0);
  const data_files = full.map(([path]) => ({ split: splitOf(path), path }));
  const rows = full.reduce((sum, [, { count }]) => sum + count, 0);
  const header = {
    task_categories: ['text-generation'],
    tags: ['tracelab', 'reasoning-traces', ...(domainOf(domain).words.search === 'A*' ? ['a-star'] : []), domain],
    size_categories: [SIZES.find(([below]) => rows < below)?.[1]],
    ...(format !== 'ascii' && data_files.length > 0 && { configs: [{ config_name: 'default', data_files }] }),
  };
  return ['---', ...stringify(header, { lineWidth: 0 }).trimEnd().split('\n'), '---', ''];
}

/** `test-wilson-shorter.jsonl` -> `test_wilson_shorter`: the Hub accepts letters, digits and _. */
function splitOf(file: string): string {
  return file.replace(/\.[a-z]+$/, '').replaceAll(/\W/g, '_');
}
