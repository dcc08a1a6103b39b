// What `tracelab study` shows: a start line from the plan, then the display of its tasks.
import { SYSTEM_CLOCK } from '../base/clock.ts';
import type { StudyEvent } from '../study/events.ts';
import type { Planned } from '../study/plan.ts';
import { chooseMode, createDisplay } from './display/create-display.ts';
import type { Display } from './display/display.ts';

export interface StudyDisplay {
  readonly emit: (event: StudyEvent) => void;
  readonly say: (text: string) => void;
  readonly end: () => void;
}

/** @param startText what is said of the plan before the first task */
export function studyDisplay(json: boolean, startText: (planned: Planned) => string): StudyDisplay {
  const out = json ? process.stdout : process.stderr;
  const print = (event: unknown): void => {
    process.stdout.write(`${JSON.stringify(event)}\n`);
  };
  let tasks: Display | undefined;
  const say = (text: string): void => {
    if (tasks) tasks.say(text);
    else if (!json) process.stderr.write(`${text}\n`);
  };
  return {
    emit: (event) => {
      switch (event.event) {
        case 'measuring':
          say('measuring this machine for some seconds');
          break;
        case 'planned': {
          const { plan, estimates } = event.planned;
          if (json) print({ event: 'plan', plan });
          else say(startText(event.planned));
          tasks = createDisplay({
            mode: chooseMode(json, out),
            out,
            now: SYSTEM_CLOCK.seconds,
            total: plan.tasks.length,
            estimates,
            wholeSeconds: plan.seconds,
          });
          break;
        }
        case 'result':
          tasks?.end();
          if (json) print(event);
          break;
        default:
          tasks?.event(event);
      }
    },
    say,
    end: () => tasks?.end(),
  };
}
