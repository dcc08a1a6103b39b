// What `tracelab study` shows: a start line from the plan, then the display of its tasks.
import { SYSTEM_CLOCK } from '../base/clock.ts';
import type { StudyEvent } from '../study/events.ts';
import type { Planned } from '../study/plan.ts';
import { chooseMode, createDisplay } from './display/create-display.ts';
import type { Display } from './display/display.ts';
import { paced } from './display/paced.ts';
import { print } from './fit.ts';
import { resultLine } from './result-line.ts';

export interface StudyDisplay {
  readonly emit: (event: StudyEvent) => void;
  readonly say: (text: string) => void;
  readonly end: () => void;
}

/** @param startText what is said of the plan before the first task */
export function studyDisplay(json: boolean, startText: (planned: Planned) => string): StudyDisplay {
  const out = json ? process.stdout : process.stderr;
  let tasks: Display | undefined;
  const say = (text: string): void => {
    if (tasks) tasks.say(text);
    else if (!json) print(`${text}\n`, process.stderr);
  };
  return {
    emit: (event) => {
      switch (event.event) {
        case 'measuring':
          say('measuring this machine for some seconds');
          break;
        case 'planned': {
          const { plan, estimates, scheduled } = event.planned;
          // A sweep with halving plans each rung.
          tasks?.end();
          if (!json) say(startText(event.planned));
          tasks = createDisplay({
            mode: chooseMode(json, out),
            out,
            now: SYSTEM_CLOCK.seconds,
            ids: plan.tasks.map(({ id }) => id),
            estimates,
            wholeSeconds: plan.seconds,
            scheduled: paced(scheduled, SYSTEM_CLOCK.seconds),
          });
          if (json) process.stdout.write(`${JSON.stringify({ event: 'plan', plan })}\n`);
          break;
        }
        case 'result':
          tasks?.end();
          if (json) process.stdout.write(resultLine(event.result, { report: event.report, seconds: event.seconds }));
          break;
        default:
          tasks?.event(event);
      }
    },
    say,
    end: () => tasks?.end(),
  };
}
