// Ctrl-C, termination and a closed terminal: the first signal asks the work to stop at a safe point, the second one
// ends the process at once.

/** Said at the first signal, and when the work has stopped. */
export const STOPPING = 'stopping at the next safe point (at most 5 s); Ctrl-C again stops at once';
export const STOPPED = 'stopped; run the same command to resume';

const EXIT_OF = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const;
type StopSignal = keyof typeof EXIT_OF;
const SIGNALS = Object.keys(EXIT_OF) as StopSignal[];

export interface StopRequest {
  readonly signal: AbortSignal;
  /** 129 after SIGHUP, 130 after SIGINT, 143 after SIGTERM, 0 before any. */
  readonly exitCode: () => number;
  /** Gives the signals back to the system. */
  readonly dispose: () => void;
}

/**
 * @param onFirst shows the user that the signal was received
 * @param onSecond ends what would outlive this process
 */
export function listenForStop(onFirst: () => void, onSecond: () => void = () => undefined): StopRequest {
  const controller = new AbortController();
  let exitCode = 0;
  const listen = (name: StopSignal): void => {
    if (controller.signal.aborted) {
      onSecond();
      process.exit(EXIT_OF[name]);
    }
    exitCode = EXIT_OF[name];
    // What is written to a terminal that was closed fails; the work shall come to its safe point all the same.
    if (name === 'SIGHUP') for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
    controller.abort();
    onFirst();
  };
  for (const name of SIGNALS) process.on(name, listen);
  return {
    signal: controller.signal,
    exitCode: () => exitCode,
    dispose: () => {
      for (const name of SIGNALS) process.off(name, listen);
    },
  };
}
