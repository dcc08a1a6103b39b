// The generated answer: every combination of verdicts, numbers that are the findings' own, and words that claim no more
// than the verdict does.
import { describe, expect, it } from 'vitest';
import type { Finding, FindingId } from '../../src/analysis/findings.ts';
import { renderMarkdown } from '../../src/report/markdown.ts';
import { resultsText } from '../../src/cli/results-text.ts';
import type { StudyResults } from '../../src/study/results.ts';
import { answerOf, findingSentence, remedyOf } from '../../src/tables/answer.ts';
import { fixture } from '../report/fixture.ts';

const VERDICTS = ['supported', 'contradicted', 'undecided', 'observed', 'undertrained', 'not tested'] as const;
type Verdict = (typeof VERDICTS)[number];

const trained = fixture();

/** A finding as a study would have it, with this verdict and effect. */
function finding(id: FindingId, verdict: Verdict, value = 12.3): Finding {
  const isSilent = verdict === 'undertrained' || verdict === 'not tested';
  const seeds = verdict === 'observed' ? [1] : [1, 2, 3];
  return {
    id,
    statement: 'a claim',
    verdict: verdict === 'not tested' ? 'undecided' : verdict,
    test: 'a test',
    n: 1234,
    seeds,
    observed_in: verdict === 'observed' ? [1] : null,
    effect: isSilent ? null : { value, unit: id === 'F1b' ? '%' : id === 'F5' ? 'r' : 'points' },
    interval: isSilent ? null : [value - 1, value + 1],
    p: isSilent ? null : 0.01,
    p_holm: isSilent ? null : 0.02,
    detail: 'details',
    still_improving: [],
  };
}

function rowOf(label: string, value: number, half = 1): NonNullable<Finding['rows']>[number] {
  return { label, n: 1000, effect: { value, unit: 'points' }, interval: [value - half, value + half], p: 1, p_holm: 1 };
}

function study(findings: readonly Finding[], undertrained = false): StudyResults {
  const conditions = trained.conditions.map((run) => ({
    ...run,
    training_verdict: { ...run.training_verdict, undertrained },
  }));
  return { ...trained, conditions, findings };
}

describe('the answer', () => {
  const pairs = VERDICTS.flatMap((near) => VERDICTS.map((far) => [near, far] as const));

  it.each(pairs)('F2 %s, F3 %s: one sentence with what was measured, and no claim without a verdict', (near, far) => {
    const rows = [rowOf('drunkard', 10.1), rowOf('searchformer', -4.2), rowOf('free', 0.3)];
    const words = answerOf(study([finding('F2', near, -16.8), { ...finding('F3', far), rows }]));
    expect(words).toMatch(/^[A-Z].*\.$/);
    expect(words).not.toMatch(/undefined|NaN|null|\. [A-Z]/);
    const isMeasured = (verdict: Verdict): boolean => verdict !== 'undertrained' && verdict !== 'not tested';
    expect(words.includes('16.8 points fewer Wilson mazes')).toBe(isMeasured(near));
    expect(words.includes('[−17.8, −15.8] (n = 1,234 mazes, ')).toBe(isMeasured(near));
    expect(
      words.includes(
        'more on Drunkard (+10.1 [9.1, 11.1]), fewer on SF-style (−4.2 [−5.2, −3.2]) and neither clearly more nor ' +
          'fewer on Free space (n = 1,234 mazes',
      ),
    ).toBe(isMeasured(far));
    expect(words.includes('makes little difference')).toBe(near === 'supported');
    expect(words.includes('the content of the traces matters')).toBe(near === 'contradicted');
    expect(words.includes('is undertrained')).toBe(
      (near === 'undertrained' || far === 'undertrained') && (isMeasured(near) || isMeasured(far)),
    );
  });

  it.each([
    ['supported', 'Traces help: models trained on correct traces solve 7.8 points more Wilson mazes than models '],
    ['contradicted', 'Traces do not help: '],
    ['undecided', 'Undecided: '],
    ['observed', 'One seed decides nothing: '],
  ] as const)('without swapped traces it is about traces at all: F1a %s', (verdict, opening) => {
    const words = answerOf(study([finding('F1a', verdict, 7.8), finding('F1b', 'supported', 18.1)]));
    expect(words.startsWith(opening)).toBe(true);
    expect(words).toContain('18.1 % of the valid plans of correct follow an invalid trace [17.1, 19.1] (n = 1,234 ');
  });

  it.each(['F1b', 'F3', 'F4', 'F5'] as const)('%s alone', (id) => {
    for (const verdict of VERDICTS.slice(0, 4)) {
      const words = answerOf(study([finding(id, verdict)]));
      expect(words).toMatch(/12\.3.*\[11\.3.*, 13\.3.*\].*1,234.*(one seed|3 seeds)/);
      expect(words).not.toMatch(/undefined|NaN/);
    }
  });

  it('two seeds decide nothing, and a rise is not called a fall', () => {
    const words = answerOf(study([{ ...finding('F2', 'observed', 9.3), seeds: [1, 2], observed_in: [1] }]));
    expect(words).toMatch(/^Two seeds decide nothing: .*9\.3 points more .*two seeds/);
  });

  it('says what is wrong where nothing was measured', () => {
    expect(answerOf(study([finding('F2', 'undertrained')], true))).toMatch(/^Nothing can be concluded: every model /);
    expect(answerOf(study([finding('F2', 'not tested')]))).toMatch(/^Nothing was compared/);
    expect(answerOf({ ...trained, conditions: [] })).toMatch(/^No training run has finished/);
    expect(answerOf(study([]))).toMatch(/^Nothing was compared/);
  });
});

it('the sentence of a finding has verdict, effect, interval, n and seeds; an untested one has none', () => {
  const parts = { ...finding('F3', 'undecided', 10.1), rows: [rowOf('free', 1), rowOf('drunkard', 10.1)] };
  expect(findingSentence(trained, parts)).toBe(
    'Undecided: valid plans of swapped minus correct, Drunkard: +10.1 points [9.1, 11.1] (n = 1,234 mazes, 3 seeds).',
  );
  expect(findingSentence(trained, finding('F3', 'undertrained'))).toBe('');
});

it('names the setting that an undertrained study has to change', () => {
  expect(remedyOf(study([]))).toBe('');
  expect(remedyOf(study([], true))).toMatch(/^Raise `train\.(tokens|epochs)` \(now [\d,]+\) until valid plans on dev /);
});

it('is at the top of Markdown and terminal', () => {
  const plain = (text: string): string => text.replace(/[\\*]/g, '').replace(/\s+/g, ' ');
  const words = answerOf(trained);
  expect(plain(renderMarkdown(trained)).startsWith(words)).toBe(true);
  const text = resultsText(trained, 'r', { width: 80 });
  expect(plain(text.slice(0, text.indexOf('Findings.')))).toContain(words);
});
