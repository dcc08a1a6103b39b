// Every command that writes, with less of the machine than it needs: one line that names the limit, exit code 4, inputs
// unchanged, and the same command with enough gives the bytes of one that never failed. Each limit is really met.
import { chmodSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import xterm from '@xterm/headless';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import {
  begin,
  clear,
  COMMANDS,
  differences,
  inputsOf,
  leftovers,
  makeWorkshop,
  OUT,
  stateOf,
  STUDY,
  type WritingCommand,
} from '../ports/commands.ts';
import { COLUMNS, hasTerminal, isRoot, type Limit, runLimited, smallDisk, threadGroup } from './limited.ts';
import { writeSmallStudy } from './small-study.ts';

vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 });

const ALL = [...COMMANDS, STUDY].map((command) => [command.name, command] as const);
/** Commands that start threads or processes. */
const THREADED = new Set([
  'train',
  'evaluate',
  'rl',
  'intervene',
  'verify --output',
  'verify --output parquet',
  'study',
]);
const LINE = /^error\[[A-Z_]+\] .+: .+; expected .+, got .+ \(hint: .+\)$/;

describe.skipIf(process.platform !== 'linux')('limits of the machine', () => {
  let folder = '';
  let inputs = '';
  const whole = new Map<string, ReadonlyMap<string, string>>();

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'tracelab-limits-'));
    await makeWorkshop(folder);
    writeSmallStudy(folder);
    inputs = inputsOf(folder);
    // Also for a user who owns nothing.
    chmodSync(folder, 0o777);
  });
  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  /** What an undisturbed command leaves. */
  const wholeOf = (command: WritingCommand): ReadonlyMap<string, string> => {
    const known = whole.get(command.name);
    if (known) return known;
    clear(folder, command);
    const { code, error } = runLimited(command.args, folder, {});
    expect(isDone(command, code), error).toBe(true);
    const state = stateOf(folder);
    whole.set(command.name, state);
    return state;
  };
  /** A repair reports what it found with code 3. */
  const isDone = ({ name }: WritingCommand, code: number | null): boolean =>
    code === (name === 'runs verify --repair' ? 3 : 0) || code === 0;

  /** Checks that a limit is refused in one line. */
  const refusal = (command: WritingCommand, limit: Limit): string => {
    const { code, error } = runLimited(command.args, folder, limit);
    expect(code, `${command.name}: ${error.slice(0, 2000)}`).toBe(4);
    const lines = error.split('\n').filter((line) => line.includes('error['));
    expect(lines, error).toHaveLength(1);
    expect(error.trimEnd().split('\n').at(-1)).toBe(lines[0]);
    expect(lines[0]).toMatch(LINE);
    expect(error).not.toMatch(/^ {4}at /m);
    expect(inputsOf(folder)).toBe(inputs);
    return lines[0];
  };
  /** Checks that nothing follows the error on a screen, and that it is there once. */
  const expectOneLineInTerminal = async (command: WritingCommand): Promise<void> => {
    if (!hasTerminal) return;
    const { code, error } = runLimited(command.args, folder, { shell: 'ulimit -f 0;', isTerminal: true });
    expect(code, error).toBe(4);
    const shown = await shownBy(error);
    expect(shown.split('error['), shown).toHaveLength(2);
    const words = shown
      .slice(shown.indexOf('error['))
      .trim()
      .replaceAll(/\s*\n\s*/g, ' ');
    expect(words).toMatch(LINE);
    // The cursor is back.
    expect(error.lastIndexOf('\u001b[?25h')).toBeGreaterThanOrEqual(error.lastIndexOf('\u001b[?25l'));
  };
  /** What a terminal shows in the end. */
  const shownBy = async (text: string): Promise<string> => {
    const terminal = new xterm.Terminal({ cols: COLUMNS, rows: 200, allowProposedApi: true });
    await new Promise<void>((resolve) => {
      terminal.write(text, resolve);
    });
    const { active } = terminal.buffer;
    return Array.from({ length: active.length }, (_, i) => active.getLine(i)?.translateToString(true) ?? '').join('\n');
  };
  /** Checks that the same command with enough of everything ends as if nothing had been. */
  const expectLater = (command: WritingCommand): void => {
    const { code, error } = runLimited(command.args, folder, {});
    expect(isDone(command, code), error).toBe(true);
    const state = new Map([...stateOf(folder)].filter(([path]) => !path.endsWith('.log')));
    expect(differences(wholeOfKnown(command), state)).toEqual([]);
    expect(leftovers(folder)).toEqual([]);
  };
  const wholeOfKnown = ({ name }: WritingCommand): ReadonlyMap<string, string> => whole.get(name) ?? new Map();

  it.each(ALL)('%s', async (_, command) => {
    wholeOf(command);
    clear(folder, command);
    const rest = mkdtempSync(join(tmpdir(), 'tracelab-disk-'));
    const disk = smallDisk(join(folder, OUT), rest);
    const untested = [
      ...(isRoot ? [] : ['ulimit -u of a user without processes']),
      ...(disk ? [] : ['a full and a read-only disk']),
    ];
    if (untested.length > 0) process.emitWarning(`not tested, because this user may not: ${untested.join(', ')}`);
    const group = { few: threadGroup(9, 'few'), none: threadGroup(11, 'none') };
    try {
      begin(folder, command);
      // Too little to begin with.
      expect(refusal(command, { shell: 'ulimit -v 1250000;' })).toMatch(/PROCESS_LIMITS.*address space.*ulimit -v/);
      expect(refusal(command, { node: ['--max-old-space-size=16'] })).toMatch(/PROCESS_LIMITS.*--max-old-space-size/);
      if (isRoot)
        expect(refusal(command, { shell: 'ulimit -u 9;', asNobody: true })).toMatch(/PROCESS_LIMITS.*ulimit -u/);
      if (group.few) expect(refusal(command, group.few.limit)).toMatch(/PROCESS_LIMITS.*pids\.max/);
      // Enough to begin with, but not for a thread or a process more.
      if (THREADED.has(command.name)) {
        expect(refusal(command, { shell: 'ulimit -v 1900000;' })).toMatch(/_START.*ulimit -v|MEMORY.*ulimit -v/);
        if (group.none) expect(refusal(command, group.none.limit)).toMatch(/_START.*pids\.max of its control group/);
      }
      expect(refusal(command, { shell: 'ulimit -f 0;' })).toMatch(/got EFBIG \(hint: .*ulimit -f/);
      await expectOneLineInTerminal(command);
      // In the middle of a file, if one is larger than that.
      const { code, error } = runLimited(command.args, folder, { shell: 'ulimit -f 1;' });
      if (isDone(command, code)) {
        for (const name of readdirSync(join(folder, OUT))) rmSync(join(folder, OUT, name), { recursive: true });
        begin(folder, command);
      } else expect(error).toMatch(/error.*got EFBIG \(hint: .*ulimit -f/);
      if (disk) {
        disk.fill();
        expect(refusal(command, {})).toMatch(/DISK_SPACE|got ENOSPC \(hint: free some space/);
        disk.free();
        disk.readOnly(true);
        expect(refusal(command, {})).toMatch(/got EROFS \(hint: give another place/);
        disk.readOnly(false);
      }
      expectLater(command);
    } finally {
      for (const each of Object.values(group)) each?.remove();
      disk?.unmount();
      rmSync(rest, { recursive: true, force: true });
    }
  });
});
