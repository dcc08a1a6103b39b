// The phase diagram as tables: every square with interval, p and the two shares behind it, and every training run.
import { describe, expect, it } from 'vitest';
import { terminalTable } from '../../src/render/terminal.ts';
import { cellWords } from '../../src/tables/cell-words.ts';
import { phaseDiagrams, phaseRuns } from '../../src/tables/phase.ts';
import { tidyRows } from '../../src/tables/tidy.ts';
import type { PhaseResult, StudyResults } from '../../src/study/results.ts';
import { phaseResult } from '../report/fixture-later.ts';
import { fixture } from '../report/fixture.ts';

const study = fixture();
const phase = study.phase as PhaseResult;
const [diagram] = phaseDiagrams(study);
const words = (heading: string, { groups } = diagram): string[][] =>
  (groups.find((group) => group.heading === heading)?.rows ?? []).map((row) =>
    row.map((cell) => Object.values(cellWords(cell)).filter(Boolean).join(' ')),
  );

describe('the diagram of a condition', () => {
  it('has the difference of every square with its interval, undertrained ones marked', () => {
    expect(diagram.columns.map(({ label }) => label)).toEqual(['Size', '4.00 M tokens', '16.0 M tokens']);
    expect(words('Difference, points')).toEqual([
      ['6×6', '−75.0† [−85.8, −59.7]', '−42.5 [−57.8, −28.5]'],
      ['10×10', '−25.0† [−40.2, −14.0]', '+60.0 [+44.6, +73.7]'],
    ]);
  });

  it('has p and the shares of both models', () => {
    expect(words('Holm p of the difference')[1]).toEqual(['10×10', '0.002', '< 0.001']);
    expect(words('Valid plans: correct traces')[1]).toEqual([
      '10×10',
      '0.0 % [0.0, 8.8] 0/40',
      '90.0 % [76.9, 96.0] 36/40',
    ]);
    expect(words('Valid plans: solution only')[1][2]).toBe('30.0 % [18.1, 45.4] 12/40');
  });

  it('says in how many squares traces help, and what the layouts seen do to the axis of sizes', () => {
    expect(diagram.caption).toContain(
      'Of 4 squares: above 0 in 1 (10×10 at 16.0 M), below 0 in 1 (6×6 at 16.0 M), undecided in 0; a model is ' +
        'undertrained in 2 (6×6 at 4.00 M and 10×10 at 4.00 M); highest +60.0 points [+44.6, +73.7] at 10×10 at ' +
        '16.0 M tokens.',
    );
    expect(diagram.caption).toContain(
      'Test problems whose layout was seen in training: 6×6 100.0 % (40/40) and 10×10 20.0 % (8/40). The axis of ' +
        'sizes is also an axis of new layouts: the diagram does not separate size from newness.',
    );
  });

  it('finds nothing confounded where layouts are seen alike everywhere', () => {
    const alike: StudyResults = {
      ...study,
      phase: {
        ...phase,
        runs: phase.runs.map((run) => ({
          ...run,
          evaluation: { ...run.evaluation, walls_seen: phase.runs[0].evaluation.walls_seen },
        })),
      },
    };
    const [{ caption }] = phaseDiagrams(alike);
    expect(caption).toContain('6×6 100.0 % (40/40) and 10×10 100.0 % (40/40).');
    expect(caption).not.toContain('newness');
  });

  it('has size, tokens and condition in its tidy rows', () => {
    expect(tidyRows('quick', diagram)).toContainEqual(
      expect.objectContaining({
        metric: 'plan_valid_difference',
        condition: 'correct',
        size: 10,
        layers: 4,
        tokens: 16_000_000,
        n: 40,
        value: 60,
        unit: 'points',
      }),
    );
    expect(tidyRows('quick', diagram)).toContainEqual(
      expect.objectContaining({ metric: 'plan_valid', condition: 'solution-only', size: 6, seed: 1, k: 30, n: 40 }),
    );
  });

  it('fits a terminal', () => {
    const text = terminalTable(diagram, { width: 80 });
    expect(text).toMatch(/^10×10 +-25\.0† \[-40\.2, -14\.0\] +\+60\.0 \[\+44\.6, \+73\.7\]$/m);
    expect(text.split('\n').filter((line) => line.length > 80)).toEqual([]);
  });
});

describe('several numbers of layers', () => {
  const deep: StudyResults = { ...study, phase: phaseResult(study.conditions, [2, 4]) };
  const [layered] = phaseDiagrams(deep);

  it('are rows of the diagram, by layers and then by size', () => {
    expect(layered.columns[0].label).toBe('Size and layers');
    // 15 and 0 of 40 with 2 layers at 6x6 and 4 M tokens, 30 and 0 with 4.
    expect(words('Difference, points', layered).map((row) => row.slice(0, 2))).toEqual([
      ['6×6, 2 layers', expect.stringMatching(/^−37\.5†/)],
      ['10×10, 2 layers', expect.stringMatching(/^−12\.5†/)],
      ['6×6, 4 layers', '−75.0† [−85.8, −59.7]'],
      ['10×10, 4 layers', '−25.0† [−40.2, −14.0]'],
    ]);
    expect(words('Valid plans: correct traces', layered).map((row) => row[2])).toEqual([
      expect.stringMatching(/ 10\/40$/),
      expect.stringMatching(/ 18\/40$/),
      expect.stringMatching(/ 20\/40$/),
      expect.stringMatching(/ 36\/40$/),
    ]);
  });

  it('are named in the caption, and are not where there is one', () => {
    expect(layered.caption).toContain('Valid plans by size, layers and training tokens');
    expect(layered.caption).toMatch(
      /^(.*)Of 8 squares: .* highest \+60\.0 points .* at 10×10 with 4 layers at 16\.0 M/,
    );
    expect(diagram.caption).not.toContain('layers and');
    expect(diagram.columns[0].label).toBe('Size');
  });

  it('are a coordinate of the tidy rows', () => {
    const rows = tidyRows('quick', layered).filter(
      ({ metric, size, tokens }) => metric === 'plan_valid_difference' && size === 10 && tokens === 16_000_000,
    );
    // 18 - 6 and 36 - 12 of 40.
    expect(rows.map(({ layers, value }) => [layers, value])).toEqual([
      [2, 30],
      [4, 60],
    ]);
  });

  it('are groups of the training runs', () => {
    const [{ groups }] = phaseRuns(deep);
    expect(groups.map(({ heading, about, rows }) => [heading, about?.layers, rows.length])).toEqual([
      ['6×6, 2 layers', 2, 4],
      ['10×10, 2 layers', 2, 4],
      ['6×6, 4 layers', 4, 4],
      ['10×10, 4 layers', 4, 4],
    ]);
  });
});

describe('the training runs', () => {
  it('have length, time, share, verdict and layouts seen of each', () => {
    const [{ groups }] = phaseRuns(study);
    expect(groups.map(({ heading, rows }) => [heading, rows.length])).toEqual([
      ['6×6', 4],
      ['10×10', 4],
    ]);
    const row = groups[1].rows[3].map((cell) => Object.values(cellWords(cell)).filter(Boolean).join(' '));
    expect(row).toEqual([
      '16.0 M',
      'Correct traces',
      '1',
      '4,000',
      '1 min 01 s',
      '90.0 % [76.9, 96.0] 36/40',
      'no',
      '20.0 % 8/40',
    ]);
    expect(groups.flatMap(({ rows }) => rows.filter((cells) => cellWords(cells[6]).value === 'yes'))).toHaveLength(2);
  });

  it('are no table where a study has no phase diagram', () => {
    const without = { ...study, phase: undefined };
    expect([...phaseDiagrams(without), ...phaseRuns(without)]).toEqual([]);
  });
});
