// The player's data, page and script: what it shows follows from the replay, nothing of a completion becomes markup, no
// other script runs.
import { Script } from 'node:vm';
import { describe, expect, test } from 'vitest';
import { promptText } from '../../src/domain/maze/grammar.ts';
import type { Problem } from '../../src/domain/maze/types.ts';
import { judge } from '../../src/domain/maze/verdict/judge.ts';
import { MAXIMUM_STEPS, playerData } from '../../src/report/player/data.ts';
import { renderExplainPage } from '../../src/report/player/page.ts';
import { pageAssets } from '../../src/report/page-assets.ts';
import { BEND, BEND_SOLUTION, BEND_TRACE, maze } from '../domain/pictures.ts';
import { contents, hashOf, policyOf } from './policy.ts';

const SCRIPT = pageAssets('explained').script;

const FREE = maze(`
  S . .
  . G .
  . . .
`);

const BESIDE = maze(`
  . . .
  S G .
  . . .
`);

const trace = (...events: readonly string[]): string => events.join(' ');

const GOLD = [...BEND_TRACE, BEND_SOLUTION].join(' ');
const WRONG_COST = GOLD.replace('close 0 1 c1 c3', 'close 0 1 c9 c3');

function page(completion: string, id = 'bend', problem: Problem = BEND): string {
  return renderExplainPage({
    id,
    place: 'rows.jsonl:1',
    problem,
    prompt: promptText(problem),
    completion,
    verdict: judge(problem, completion),
    version: '1.2.3',
  });
}

describe('playerData', () => {
  test('a step a record and one for the end; each sentence once', () => {
    const data = playerData(BEND, GOLD);
    expect(data.steps).toHaveLength(BEND_TRACE.length + 1);
    expect(data.steps[1]).toEqual(['create 0 1 c1 c3', 'opened', 0, 1, 1, 3, 0, 0]);
    expect(data.lines).toEqual([
      ['valid', 'valid so far'],
      ['valid', 'valid'],
    ]);
    expect(data).toMatchObject({ size: 3, walls: [1, 4], start: [0, 0], goal: [2, 0], records: 13, error: -1 });
    expect(data.plan).toHaveLength(7);
  });

  test('the first error with what was expected, and what follows it', () => {
    const data = playerData(BEND, WRONG_COST);
    expect(data.error).toBe(2);
    expect(data.lines).toContainEqual([
      'broken',
      'wrong cost: g is not the cost that the search has reached the cell with; here it is 1, not 9',
    ]);
    expect(data.lines).toContainEqual([
      'broken',
      'close not in open list: the closed entry is not in the open list; that of (0, 1) has g = 1, h = 3',
    ]);
    expect(data.lines).toContainEqual(['behind', 'broken at event 3, not judged further']);
    expect(playerData(FREE, trace('close 0 0 c0 c2', 'word', 'create 1 0 c1 c1')).lines).toContainEqual([
      'behind',
      'broken first at event 2',
    ]);
  });

  test.each([
    [
      'expansion_incomplete',
      trace('close 0 0 c0 c2', 'create 1 0 c1 c1', 'close 1 0 c1 c1'),
      'still have to be created: (0, 1)',
    ],
    [
      'close_not_lowest_f_value',
      trace('close 0 1 c0 c1', 'create 0 0 c1 c2', 'create 1 1 c1 c0', 'create 0 2 c1 c2', 'close 0 0 c1 c2'),
      '; (1, 1) has f = 1, this one 3',
    ],
    ['create_not_cheaper', trace('close 0 0 c0 c2', 'create 1 0 c1 c1', 'create 1 0 c1 c1'), '; it is open with g = 1'],
    ['create_non_neighbor', trace('close 0 0 c0 c2', 'create 2 2 c1 c2'), 'of the cell closed last, (0, 0)'],
    [
      'close_not_in_open_list',
      trace('close 0 0 c0 c2', 'create 1 0 c1 c1', 'create 0 1 c1 c1', 'close 2 2 c4 c2'),
      '; there is none for (2, 2)',
    ],
    ['wrong_heuristic', trace('close 0 0 c0 c2', 'create 1 0 c1 c7'), '; here it is 1, not 7'],
    ['wrong_cost', trace('close 0 0 c0 c2', 'create 1 0 c5 c1'), '; here it is 1, not 5'],
  ])('%s says what was expected', (rule, completion, words) => {
    const problem = rule === 'close_not_lowest_f_value' ? BESIDE : FREE;
    expect(judge(problem, completion).strict.rule).toBe(rule);
    const data = playerData(problem, completion);
    expect(data.lines[data.steps[data.error][6]][1]).toContain(words);
  });

  test('a completion of a million words keeps the page within bounds', () => {
    const data = playerData(BEND, `${'x '.repeat(500_000)}${'y'.repeat(1_000_000)}`);
    expect(data.steps).toHaveLength(MAXIMUM_STEPS);
    expect([data.records, data.error, data.steps[0][0]]).toEqual([500_001, 0, 'x']);
    expect(playerData(BEND, 'y'.repeat(1_000_000)).steps[0][0]).toBe(`${'y'.repeat(120)}…`);
  });
});

describe('the page', () => {
  test('loads nothing, and its policy lets one script run: the player’s', () => {
    const markup = page(WRONG_COST);
    expect(markup.replace(SCRIPT, '')).not.toMatch(/https?:|src=|<link|@import|url\(|<img|<iframe/);
    expect(contents(markup, 'script')).toEqual([SCRIPT]);
    expect(policyOf(markup)).toEqual({
      'default-src': ["'none'"],
      'style-src': contents(markup, 'style').map(hashOf),
      'script-src': [hashOf(SCRIPT)],
    });
  });

  test('says the whole verdict in words, also where no script runs', () => {
    const markup = page(WRONG_COST);
    expect(markup).toContain(
      '<dt>Strict trace</dt><dd class="broken-word">at event 3 of 13 (close 0 1 c9 c3), wrong cost: ',
    );
    expect(markup).toContain('<dt>Plan</dt><dd>valid, 7 cells, optimal</dd>');
    expect(markup).toContain('class="broken broken-trace" data-cell="0,1"');
    expect(page(GOLD)).toContain('<dt>Strict trace</dt><dd>valid, equal to the deterministic A* trace</dd>');
  });

  test('no text of a completion or an id becomes markup or hides', () => {
    const attack = `</script><script>alert(1)</script>"><img src=x onerror=alert(1)>\u001b[2J\u202e\u0000'`;
    const markup = page(`close ${attack} ${GOLD} ${attack}`, attack);
    expect(markup.match(/<script/g)).toHaveLength(1);
    expect(markup).not.toMatch(/<img|\u001b|\u202e|\u0000/);
    const replay = /data-replay="([^"]*)"/.exec(markup)?.[1] ?? '';
    expect(replay).not.toMatch(/[<>']|\\u00/);
    expect(replay).toContain('&lt;/script&gt;');
  });

  test('every control has a name for those who do not see it', () => {
    const markup = page(GOLD);
    for (const [button] of markup.matchAll(/<button[^>]*>/g)) expect(button).toMatch(/title="[^"]+ \([^)]+\)"/);
    expect(markup).toMatch(/<input type="range"[^>]* aria-label="Step"/);
    expect(markup).toMatch(/<label>Speed <select/);
    expect(markup).toContain('aria-live="polite"');
  });
});

test('the script is whole: it parses, imports nothing, and cannot end its element', () => {
  expect(() => new Script(SCRIPT)).not.toThrow();
  expect(SCRIPT).not.toMatch(/import|export|<\/|<!--|innerHTML|eval/);
  expect(SCRIPT.length).toBeLessThan(16_000);
});
