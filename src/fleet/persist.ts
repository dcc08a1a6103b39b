// Calls of an engine that cannot be reached for a while: repeated until it answers.
import { TracelabError } from '../base/errors.ts';

/** Seconds before the first repetition; each wait is twice as long as the one before, up to the last number. */
const WAIT_SECONDS = { first: 0.5, most: 10 };

/** @returns whether an error says that the engine, or the artefacts, could not be reached */
export function isGone(error: unknown): boolean {
  return error instanceof TracelabError && error.code === 'ENGINE_GONE';
}

/**
 * Repeats a call while its engine cannot be reached.
 * @param signal ends the repetitions: the last error is thrown then
 * @param onGone called with the error before the first wait
 */
export async function persist<T>(
  call: () => Promise<T>,
  signal: AbortSignal,
  onGone: (error: Error) => void = () => undefined,
): Promise<T> {
  for (let wait = WAIT_SECONDS.first; ; wait = Math.min(2 * wait, WAIT_SECONDS.most)) {
    try {
      return await call();
    } catch (error) {
      if (!isGone(error) || signal.aborted) throw error;
      if (wait === WAIT_SECONDS.first) onGone(error as Error);
    }
    await pause(wait, signal);
  }
}

/** Waits for some seconds, or until the signal. */
export async function pause(seconds: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise<void>((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, seconds * 1000);
    signal.addEventListener('abort', end, { once: true });
  });
}

/** A signal that comes after some seconds; nothing waits for it. */
export function expiry(seconds: number): AbortSignal {
  const controller = new AbortController();
  setTimeout(() => controller.abort(), seconds * 1000).unref();
  return controller.signal;
}
