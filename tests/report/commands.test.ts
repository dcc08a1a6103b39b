// The commands of a report point at folders that exist: below the run directory as it was given, and never at a home
// folder unasked.
import { describe, expect, it } from 'vitest';
import { rlCommands, shellWord, studyCommand } from '../../src/report/commands.ts';
import { renderReport } from '../../src/report/report.ts';
import { fixture } from './fixture.ts';

/** All commands of a page, in order. */
async function commandsOf(runPath?: string): Promise<string[]> {
  const page = await renderReport(fixture(), runPath);
  return page.split('\n').flatMap((line) => /(npx tracelab [^<]*)/.exec(line)?.[1] ?? []);
}

describe('commands of a report', () => {
  it('name the default run directory where no other is given', async () => {
    const commands = await commandsOf();
    expect(commands).toContain('npx tracelab study ./quick.yaml');
    expect(commands).toContain('npx tracelab analyse lengths runs/quick --html lengths.html');
    expect(commands.filter((command) => command.includes('cells/'))).toHaveLength(4);
    for (const command of commands) expect(command).not.toMatch(/ \/|--runs-dir/);
  });

  it('of a study elsewhere name that folder, all of them', async () => {
    const commands = await commandsOf('/data/runs/quick');
    expect(commands.length).toBe((await commandsOf()).length);
    for (const command of commands) expect(command).not.toMatch(/(^|[ '])runs\//);
    expect(commands).toContain('npx tracelab study ./quick.yaml --runs-dir /data/runs');
    expect(commands).toContain('npx tracelab analyse lengths /data/runs/quick --html lengths.html');
    const intervene = commands.find((command) => command.startsWith('npx tracelab intervene')) ?? '';
    expect(intervene).toContain(
      'npx tracelab intervene /data/runs/cells/train-correct-seed1-1044d4cb7e64 --data /data/runs/cells/data-5134e8ed9158 --other /data/runs/cells/test-swapped-seed1-7d1c0b2a9e55 ',
    );
    expect(intervene).toMatch(/ --out \/data\/runs\/correct-seed1-interventions$/);
    const rl = commands.find((command) => command.startsWith('npx tracelab rl')) ?? '';
    expect(rl).toMatch(/^npx tracelab rl \/data\/runs\/cells\/train-.* --out \/data\/runs\/\w+-seed1-rl$/);
  });

  it('of an early start name its checkpoint and a folder of its own', async () => {
    const { rl = [], ...rest } = fixture();
    const [last] = rl;
    const both = { ...rest, rl: [last, { ...last, start: 'early' as const, start_step: 1720 }] };
    const model = 'runs/cells/train-correct-seed1-1044d4cb7e64';
    const [first, early, ...more] = rlCommands(both, 'runs/quick');
    expect(more).toEqual([]);
    expect(first).toMatch(new RegExp(`^npx tracelab rl ${model} --data .* --out runs/correct-seed1-rl$`));
    expect(early).toBe(
      first.replace(model, `${model}/checkpoints/step-1720`).replace('correct-seed1-rl', 'correct-seed1-early-rl'),
    );
    expect(await renderReport(both)).toContain('Hollow points: early starts.');
    expect(await renderReport({ ...rest, rl })).not.toContain('early starts');
  });

  it('written from within the run directory point there, and a moved one is not named as where studies run', () => {
    expect(studyCommand(fixture(), '.')).toBe('npx tracelab study ./quick.yaml');
    expect(studyCommand(fixture(), 'kept/quick-2025')).toBe('npx tracelab study ./quick.yaml');
    expect(studyCommand(fixture(), 'kept/quick')).toBe('npx tracelab study ./quick.yaml --runs-dir kept');
  });

  it('survive a shell', () => {
    expect(shellWord('runs/quick')).toBe('runs/quick');
    expect(shellWord('my runs/quick')).toBe("'my runs/quick'");
    expect(shellWord("it's/$(rm)")).toBe("'it'\\''s/$(rm)'");
    expect(shellWord('-runs/quick')).toBe('./-runs/quick');
    expect(shellWord('')).toBe("''");
  });
});
