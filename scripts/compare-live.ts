// Compares what the models of a study write in a page with what the study recorded: its correct and swapped models of
// the first seed, the first mazes of each distribution, both kernel paths, in headless Chromium. Prints a line a path.
// Usage: npm run compare-live -- RUN [mazes of each distribution, default 100]
import { join } from 'node:path';
import { readLiveStudy } from '../src/report/live/study-models.ts';
import { renderPlayPage } from '../src/report/live/play-page.ts';
import { readResults, RESULTS_FILE } from '../src/study/results-file.ts';
import { Chromium } from '../tests/browser/chromium.ts';
import { part, writeAll } from '../tests/browser/live-page.ts';

/** Mazes that the page writes before a new look at it. */
const PART = 50;

const [run, mazes = '100'] = process.argv.slice(2) as readonly (string | undefined)[];
if (run === undefined) throw new Error('usage: npm run compare-live -- RUN [mazes]');
const study = await readLiveStudy(await readResults(join(run, RESULTS_FILE)), run, { mazes: Number(mazes) });
if (study === null || study.models.length === 0) throw new Error(`no models: ${study?.missing ?? 'not of mazes'}`);
await using chromium = await Chromium.start();
const different: string[] = [];
for (const model of study.models) {
  const page = renderPlayPage({ models: [model], problems: study.problems, version: '0' });
  for (const path of ['fused', 'portable'] as const) {
    // A module that does not compile, as in a browser without relaxed SIMD.
    const markup = path === 'fused' ? page : page.replace(/(id="live-core-fused">)[^<]+/, '$1AAAA');
    await chromium.visit(markup, {}, async ({ page }) => {
      await page.locator(`[data-path="${path}"]`).waitFor();
      const counts = new Map<string, { equal: number; all: number }>();
      let speed = '';
      for (let from = 0; from < study.problems.length; from += PART) {
        const problems = study.problems.slice(from, from + PART);
        const written = await writeAll(
          page,
          problems.map(({ id }) => id),
        );
        for (const [i, { group, recorded }] of problems.entries()) {
          const { text, truncated } = recorded[model.id];
          const count = counts.get(group) ?? { equal: 0, all: 0 };
          counts.set(group, count);
          count.all += 1;
          if (truncated ? written[i].text.startsWith(text) : written[i].text === text) count.equal += 1;
          else different.push(problems[i].id);
        }
        const said = /at ([\d,]+) tokens/.exec(await part(page, 'place').innerText());
        if (said !== null) [, speed] = said;
      }
      const shares = [...counts].map(([group, { equal, all }]) => `${group} ${equal}/${all}`);
      const words = `${model.label}, ${path}: ${shares.join(', ')}; last maze at ${speed} tokens a second\n`;
      process.stdout.write(words);
    });
  }
}
process.exitCode = different.length === 0 ? 0 : 1;
