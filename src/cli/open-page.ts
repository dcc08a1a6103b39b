// Opens a page in the browser of a desktop. The path is never part of a command line that a shell reads.
import { spawn } from 'node:child_process';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

/** What decides whether there is a desktop and somebody in front of it. */
export interface Surroundings {
  readonly platform: NodeJS.Platform;
  readonly env: Readonly<Partial<Record<string, string>>>;
  /** Standard output goes to a terminal. */
  readonly isTerminal: boolean;
}

/** The program that opens an address, and its arguments. */
export interface Opener {
  readonly command: string;
  readonly args: readonly string[];
}

/** The opener of a desktop; null in a pipe, in CI, over SSH, and where there is no screen. */
export function openerOf(file: string, { platform, env, isTerminal }: Surroundings): Opener | null {
  const isSet = (name: string): boolean => (env[name] ?? '') !== '';
  if (!isTerminal || isSet('CI') || isSet('SSH_CONNECTION')) return null;
  // An address begins with `file:`: it is no option, whatever the name of the file is.
  const args = [pathToFileURL(resolve(file)).href];
  switch (platform) {
    case 'darwin':
      return { command: 'open', args };
    case 'win32':
      return { command: 'explorer.exe', args };
    case 'linux':
    case 'freebsd':
    case 'openbsd':
      return isSet('DISPLAY') || isSet('WAYLAND_DISPLAY') ? { command: 'xdg-open', args } : null;
    default:
      return null;
  }
}

/**
 * Starts the opener and does not wait for its end.
 * @returns false where it cannot be started
 */
export async function openPage({ command, args }: Opener): Promise<boolean> {
  const child = spawn(command, args, { shell: false, detached: true, stdio: 'ignore' });
  return new Promise((done) => {
    child.once('error', () => {
      done(false);
    });
    child.once('spawn', () => {
      child.unref();
      done(true);
    });
  });
}
