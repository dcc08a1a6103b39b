// Two studies next to each other: settings that differ, and their findings.
import { join } from 'node:path';
import { differences } from '../base/differences.ts';
import type { StudyResults } from '../study/results.ts';
import { readResults, RESULTS_FILE } from '../study/results-file.ts';
import { verdictOf } from '../tables/findings.ts';
import { fit } from './fit.ts';
import { noStudy } from './no-study.ts';
import { alignColumns, printable } from '../render/terminal-text.ts';

/**
 * @param width columns of the terminal
 * @returns text, or one line of JSON
 */
export async function compareStudies(
  root: string,
  a: string,
  b: string,
  { json, width }: { readonly json: boolean; readonly width: number },
): Promise<string> {
  const [left, right] = [await resultsOf(root, a), await resultsOf(root, b)];
  const settings = differences(left.config, right.config).map((each) => ({
    key: each.path,
    a: words(each.a),
    b: words(each.b),
  }));
  const ids = [...new Set([...left.findings, ...right.findings].map(({ id }) => id))].sort();
  const findings = ids.map((id) => ({ id, a: findingWords(left, id), b: findingWords(right, id) }));
  const same = left.result === right.result;
  if (json) return `${JSON.stringify({ event: 'compared', a, b, same_result: same, settings, findings })}\n`;
  const lines = [
    same ? 'The results are the same, to the bit.' : 'The results differ.',
    '',
    ...(settings.length === 0
      ? ['All settings are equal.']
      : alignColumns(
          [['setting', a, b], ...settings.map(({ key, a: one, b: other }) => [key, one, other])],
          'left',
          width,
        )),
    '',
    ...alignColumns([['finding', a, b], ...findings.map((each) => [each.id, each.a, each.b])], 'left', width),
  ];
  return printable(fit(`${lines.join('\n')}\n`, width));
}

async function resultsOf(root: string, study: string): Promise<StudyResults> {
  try {
    return await readResults(join(root, study, RESULTS_FILE));
  } catch (error) {
    if ((error as { code?: unknown }).code === 'FILE_MISSING') throw await noStudy(root, study);
    throw error;
  }
}

function findingWords({ findings }: StudyResults, id: string): string {
  const found = findings.find((each) => each.id === id);
  if (!found) return '-';
  const { effect, n, seeds } = found;
  const { word, name } = verdictOf(found);
  if (name === 'not-tested') return word;
  const value = effect ? ` ${effect.value.toFixed(1)}${effect.unit === 'points' ? ' points' : ''}` : '';
  return `${word}${value} (n ${n}, ${seeds.length} seed${seeds.length === 1 ? '' : 's'})`;
}

/** A value in one line; `-` where there is none. */
function words(value: unknown): string {
  return value === undefined ? '-' : JSON.stringify(value);
}
