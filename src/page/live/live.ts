// Live models: choose or draw a maze, let a model write, and put another trace in the place of its own. All of it runs
// between the frames of the page, in pieces of some milliseconds.
import { SYSTEM_CLOCK } from '../../base/clock.ts';
import { TracelabError } from '../../base/errors.ts';
import { parsePrompt } from '../../domain/maze/grammar.ts';
import { solve } from '../../domain/maze/astar.ts';
import type { Problem } from '../../domain/maze/types.ts';
import type { LiveData, LiveModelData, LiveProblem, TraceKind } from '../../report/live/data.ts';
import { Board, picture } from './board.ts';
import { comparison, conclusion } from './conclusion.ts';
import { emptyMaze, mazeFault, withoutWalls } from './maze-edit.ts';
import type { Models } from './models.ts';
import type { LiveParts } from './parts.ts';
import { WrittenText } from './text.ts';
import { showNothing, showWriting } from './view.ts';
import { givenWords, Writing } from './writing.ts';

/** Seconds of work in a frame of 16 ms. */
const BUDGET = 0.008;
/** Message for a browser without the instructions of the core. */
export const NO_SIMD = 'This browser has no WebAssembly SIMD: the models do not run in it. The rest of the page works.';
/** Value of the choice that is no problem of the page. */
const DRAWN = '';

/** The stage of a page: what its controls do. */
export class Live {
  private readonly data: LiveData;
  private readonly models: Models;
  private readonly parts: LiveParts;
  private readonly text: WrittenText;
  private readonly board: Board;
  /** The maze in the editor, and the problem that it is; null for one that was drawn. */
  private maze: Problem;
  private problem: LiveProblem | null;
  private writing: Writing | null = null;
  private isRunning = false;
  /** Raised by every change: what was begun before is of no use. */
  private turn = 0;

  constructor(data: LiveData, models: Models, parts: LiveParts) {
    this.data = data;
    this.models = models;
    this.parts = parts;
    this.problem = data.problems.find(({ size }) => size === data.models[0].size) ?? null;
    this.maze = this.problem === null ? emptyMaze(data.models[0].size) : problemOf(this.problem);
    this.text = new WrittenText(parts.text, (count) => {
      this.goTo(count);
    });
    this.board = new Board(parts.board, parts.cursor, this.maze, (maze) => {
      this.problem = null;
      parts.problem.value = DRAWN;
      this.maze = maze;
      this.changed();
    });
    this.fillChoices();
    this.listen();
    this.changed();
  }

  /** Where this browser runs no models. */
  giveUp(words: string): void {
    this.stop();
    this.parts.missing.textContent = words;
    this.parts.missing.hidden = false;
    this.parts.body.hidden = true;
  }

  private get model(): LiveModelData {
    const { models } = this.data;
    return models.find(({ id }) => id === this.parts.model.value) ?? models[0];
  }

  private get kind(): TraceKind {
    return this.parts.trace.value as TraceKind;
  }

  /** The maze whose trace is given; null where none is. */
  private get other(): Problem | null {
    if (this.kind !== 'other') return null;
    const found = this.data.problems.find(({ id }) => id === this.parts.other.value);
    return found === undefined ? null : problemOf(found);
  }

  private fillChoices(): void {
    const { model, problem, other } = this.parts;
    model.replaceChildren(...this.data.models.map(({ id, label }) => new Option(label, id)));
    const drawn = new Option('your own', DRAWN);
    problem.replaceChildren(drawn, ...groups(this.data.problems));
    problem.value = this.problem?.id ?? DRAWN;
    other.replaceChildren(...groups(this.data.problems));
  }

  private listen(): void {
    const { model, problem, trace, other, clear, restore, write, step, again, speed, slider } = this.parts;
    for (const choice of [model, trace, other])
      choice.addEventListener('change', () => {
        this.changed();
      });
    problem.addEventListener('change', () => {
      this.take(this.data.problems.find(({ id }) => id === problem.value) ?? null);
    });
    restore.addEventListener('click', () => {
      this.take(this.data.problems.find(({ size }) => size === this.model.size) ?? null);
    });
    clear.addEventListener('click', () => {
      this.problem = null;
      problem.value = DRAWN;
      this.maze = withoutWalls(this.maze);
      this.board.show(this.maze);
      this.changed();
    });
    write.addEventListener('click', () => {
      if (this.isRunning) this.stop();
      else void this.write();
    });
    step.addEventListener('click', () => {
      void this.writeOne();
    });
    again.addEventListener('click', () => {
      this.changed();
    });
    speed.addEventListener('change', () => {
      if (this.isRunning) void this.write();
    });
    slider.addEventListener('input', () => {
      this.goTo(Number(slider.value));
    });
  }

  /** Takes a problem of the page into the editor, or an empty maze. */
  private take(problem: LiveProblem | null): void {
    this.problem = problem;
    this.parts.problem.value = problem?.id ?? DRAWN;
    this.maze = problem === null ? emptyMaze(this.model.size) : problemOf(problem);
    this.board.show(this.maze);
    this.changed();
  }

  /** Maze, model or trace are others now: nothing is written. */
  private changed(): void {
    this.stop();
    this.turn += 1;
    this.writing = null;
    const { parts, model } = this;
    parts.about.textContent = aboutWords(model);
    this.showOther();
    const fault = mazeFault(this.maze, model.size);
    parts.fault.textContent = fault ?? '';
    parts.write.disabled = parts.step.disabled = fault !== null;
    parts.again.disabled = parts.slider.disabled = true;
    parts.slider.max = parts.slider.value = '0';
    parts.conclusion.textContent = '';
    parts.place.textContent = '';
    this.text.clear();
    this.board.show(this.maze);
    showNothing(parts);
  }

  private showOther(): void {
    const { parts } = this;
    const isOther = this.kind === 'other';
    parts.otherLabel.hidden = parts.otherFigure.hidden = !isOther;
    if (!isOther) return;
    const others = this.data.problems.filter(({ size, id }) => size === this.maze.size && id !== this.problem?.id);
    if (others.length > 0 && others.every(({ id }) => id !== parts.other.value)) parts.other.value = others[0].id;
    for (const option of parts.other.options) option.disabled = others.every(({ id }) => id !== option.value);
    const { other } = this;
    if (other === null) return;
    const plan = (solve(other).plan ?? []).map(({ x, y }) => `plan ${x} ${y}`).join(' ');
    const { drawn } = picture(other, `solution ${plan} end`);
    drawn.plan.setAttribute('class', 'plan-core');
    drawn.mark.setAttribute('class', 'now-unseen');
    for (const square of drawn.squares) square.setAttribute('class', 'now-unseen');
    drawn.picture.setAttribute('aria-label', 'The other maze, with the plan of A*');
    parts.otherBoard.replaceChildren(drawn.picture);
  }

  /** @returns the completion to continue, begun if there is none; null when it cannot be, or is no longer wanted */
  private async begin(): Promise<Writing | null> {
    if (this.writing !== null) return this.writing;
    const turn = (this.turn += 1);
    this.parts.write.textContent = 'Loading…';
    const decoder = await this.models.decoder(this.model);
    if (turn !== this.turn) return null;
    this.parts.write.textContent = 'Write';
    if (decoder === null) {
      this.giveUp(NO_SIMD);
      return null;
    }
    try {
      this.writing = new Writing(decoder, this.maze, givenWords(this.kind, this.maze, this.other));
    } catch (error) {
      if (!(error instanceof TracelabError)) throw error;
      this.parts.fault.textContent = `The model cannot begin: ${error.details.what}.`;
      return null;
    }
    const { given, tokens } = this.writing;
    for (const { word } of tokens.slice(0, given)) this.text.add(word, true);
    this.parts.again.disabled = this.parts.slider.disabled = false;
    return this.writing;
  }

  /** Writes at the chosen speed until the end, or until it is stopped. */
  private async write(): Promise<void> {
    const writing = await this.begin();
    if (writing === null) return;
    if (writing.isEnded) {
      this.changed();
      void this.write();
      return;
    }
    this.isRunning = true;
    this.parts.write.textContent = 'Pause';
    const turn = (this.turn += 1);
    const speed = Number(this.parts.speed.value);
    let due = 1;
    let before = SYSTEM_CLOCK.seconds();
    const frame = (): void => {
      if (turn !== this.turn || !this.isRunning) return;
      const now = SYSTEM_CLOCK.seconds();
      due = speed === 0 ? Infinity : due + (now - before) * speed;
      before = now;
      while (due >= 1 && !writing.isEnded && SYSTEM_CLOCK.seconds() - now < BUDGET) if (writing.advance()) due -= 1;
      this.showNew(writing);
      if (writing.isEnded) this.stop();
      else requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
  }

  private async writeOne(): Promise<void> {
    this.stop();
    const writing = await this.begin();
    if (writing === null) return;
    while (!writing.isEnded && !writing.advance());
    this.showNew(writing);
  }

  private showNew(writing: Writing): void {
    const { tokens } = writing;
    const known = Number(this.parts.slider.max);
    for (const { word } of tokens.slice(Math.max(known, writing.given))) this.text.add(word, false);
    this.parts.slider.max = String(tokens.length);
    this.show(writing, tokens.length);
    this.text.follow();
    if (!writing.isEnded) return;
    this.parts.write.textContent = 'Write again';
    const text = tokens.map(({ word }) => word).join(' ');
    const { kind, maze, other } = this;
    const sentences = [conclusion({ kind, maze, other, text })];
    if (kind === 'own') sentences.push(comparison(text, this.problem?.recorded[this.model.id]));
    this.parts.conclusion.textContent = sentences.join(' ').trim();
  }

  private show(writing: Writing, count: number): void {
    this.parts.slider.value = String(count);
    this.parts.slider.setAttribute('aria-valuetext', `Token ${count} of ${writing.tokens.length}`);
    showWriting(this.parts, this.board, this.text, writing, count);
  }

  private goTo(count: number): void {
    if (this.writing === null) return;
    this.stop();
    this.show(this.writing, count);
  }

  private stop(): void {
    this.isRunning = false;
    this.parts.write.textContent = this.writing?.isEnded === true ? 'Write again' : 'Write';
  }
}

function problemOf({ prompt, size, group }: LiveProblem): Problem {
  return parsePrompt(prompt, size, group);
}

/** What a model is and how it did when it was tested: all numbers come from results. */
function aboutWords({ step, size, hash, validity }: LiveModelData): string {
  const whole = (value: number): string => value.toLocaleString('en-US');
  const about = `Step ${whole(step)} of its training, mazes of ${size} by ${size}, SHA-256 ${hash.slice(0, 16)}.`;
  if (validity.length === 0) return about;
  const shares = validity.map(
    ({ label, valid, of }) => `${label} ${((100 * valid) / of).toFixed(1)} % (${whole(valid)}/${whole(of)})`,
  );
  return `${about} Valid plans in its test: ${shares.join(', ')}.`;
}

/** One group of choices for each distribution. */
function groups(problems: readonly LiveProblem[]): HTMLOptGroupElement[] {
  const sizes = new Set(problems.map(({ size }) => size));
  const found = new Map<string, HTMLOptGroupElement>();
  for (const { id, group, size } of problems) {
    const label = sizes.size > 1 ? `${group}, ${size} by ${size}` : group;
    const element = found.get(label) ?? document.createElement('optgroup');
    element.label = label;
    found.set(label, element);
    element.append(new Option(`${label} ${element.children.length + 1}`, id));
  }
  return [...found.values()];
}
