// Ctrl-C and termination: the first one asks the running cell to stop at a safe point, the second one ends the process at once.

/** Said at the first signal, and when the work has stopped. */
export const STOPPING = 'stopping at the next safe point; press Ctrl-C again to stop at once';
export const STOPPED = 'stopped; run the same command to go on';

const EXIT_OF = { SIGINT: 130, SIGTERM: 143 } as const;

export interface StopRequest {
  readonly signal: AbortSignal;
  /** 130 after SIGINT, 143 after SIGTERM, 0 before any. */
  readonly exitCode: () => number;
  /** Gives the signals back to the system. */
  readonly dispose: () => void;
}

/** @param onFirst tells the user that the wish was heard */
export function listenForStop(onFirst: () => void): StopRequest {
  const controller = new AbortController();
  let exitCode = 0;
  const listen = (name: keyof typeof EXIT_OF): void => {
    if (controller.signal.aborted) process.exit(exitCode);
    exitCode = EXIT_OF[name];
    controller.abort();
    onFirst();
  };
  process.on('SIGINT', listen);
  process.on('SIGTERM', listen);
  return {
    signal: controller.signal,
    exitCode: () => exitCode,
    dispose: () => {
      process.off('SIGINT', listen);
      process.off('SIGTERM', listen);
    },
  };
}
