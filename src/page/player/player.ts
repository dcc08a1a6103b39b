// A player: steps through a trace by buttons, slider and keys, and by itself.
import type { PlayerData } from '../../report/player/data.ts';
import { drawMaze } from './maze.ts';
import { BUTTONS, partsOf } from './parts.ts';
import type { ButtonName, PlayerParts } from './parts.ts';
import { showStep } from './show.ts';
import type { Stage } from './show.ts';

const KEYS: Readonly<Partial<Record<string, ButtonName>>> = {
  ' ': 'play',
  ArrowRight: 'forward',
  ArrowLeft: 'back',
  Home: 'first',
  End: 'last',
  e: 'error',
  E: 'error',
};

class Player {
  private readonly stage: Stage;
  private readonly parts: PlayerParts;
  private readonly lastStep: number;
  private step: number;
  private timer: ReturnType<typeof setInterval> | undefined;

  constructor(stage: Stage, parts: PlayerParts) {
    this.stage = stage;
    this.parts = parts;
    this.lastStep = stage.data.steps.length - 1;
    this.step = Math.max(0, stage.data.error);
    this.show(this.step);
  }

  /** What a button and its key do. */
  press(name: ButtonName): void {
    const { error } = this.stage.data;
    switch (name) {
      case 'play':
        if (this.timer === undefined) this.play();
        else this.pause();
        return;
      case 'first':
        this.moveTo(0);
        return;
      case 'back':
        this.moveTo(this.step - 1);
        return;
      case 'forward':
        this.moveTo(this.step + 1);
        return;
      case 'last':
        this.moveTo(this.lastStep);
        return;
      case 'error':
        if (error >= 0) this.moveTo(error);
        return;
      default:
        name satisfies never;
    }
  }

  /** Pauses and shows a step, or the nearest that there is. */
  moveTo(step: number): void {
    this.pause();
    this.show(step);
  }

  /** Plays on at the speed chosen now. */
  changeSpeed(): void {
    if (this.timer !== undefined) this.play();
  }

  /**
   * Shows the first error for paper.
   * @returns what brings the reader back to the step shown before
   */
  print(): () => void {
    const shown = this.step;
    this.moveTo(this.stage.data.error >= 0 ? this.stage.data.error : shown);
    return () => {
      this.show(shown);
    };
  }

  private show(step: number): void {
    this.step = Math.max(0, Math.min(this.lastStep, step));
    const { slider } = this.parts;
    slider.value = String(this.step);
    slider.setAttribute('aria-valuetext', showStep(this.stage, this.step));
  }

  private play(): void {
    const { play, status, speed } = this.parts;
    this.pause();
    if (this.step === this.lastStep) this.show(0);
    play.textContent = 'Pause';
    // A screen reader could not follow.
    status.setAttribute('aria-live', 'off');
    this.timer = setInterval(
      () => {
        this.show(this.step + 1);
        if (this.step === this.lastStep) this.pause();
      },
      1000 / Number(speed.value),
    );
  }

  private pause(): void {
    const { play, status } = this.parts;
    clearInterval(this.timer);
    this.timer = undefined;
    play.textContent = 'Play';
    status.setAttribute('aria-live', 'polite');
  }
}

/** Starts a player in its markup, at the first error. */
export function startPlayer(root: HTMLElement): void {
  const data = JSON.parse(root.dataset.replay ?? '') as PlayerData;
  const parts = partsOf(root);
  const maze = drawMaze(data);
  parts.maze.replaceChildren(maze.picture);
  parts.slider.setAttribute('max', String(data.steps.length - 1));
  parts.error.hidden = data.error < 0;
  const player = new Player({ data, maze, parts }, parts);
  for (const name of BUTTONS)
    parts[name].addEventListener('click', () => {
      player.press(name);
    });
  parts.slider.addEventListener('input', () => {
    player.moveTo(Number(parts.slider.value));
  });
  parts.speed.addEventListener('change', () => {
    player.changeSpeed();
  });
  const ownsPage = root.dataset.keys === 'page';
  (ownsPage ? document : root).addEventListener('keydown', (event) => {
    pressKey(player, event as KeyboardEvent);
  });
  if (ownsPage) showErrorOnPaper(player);
  root.classList.add('ready');
}

function pressKey(player: Player, event: KeyboardEvent): void {
  const name = KEYS[event.key];
  if (name === undefined || event.altKey || event.ctrlKey || event.metaKey) return;
  // A button presses itself with the space bar, a choice moves itself with arrows and letters.
  const { tagName } = event.target as Element;
  if (tagName === 'SELECT' || (event.key === ' ' && /^(BUTTON|SUMMARY|A)$/.test(tagName))) return;
  event.preventDefault();
  player.press(name);
}

function showErrorOnPaper(player: Player): void {
  let restore = (): void => undefined;
  window.addEventListener('beforeprint', () => {
    restore = player.print();
  });
  window.addEventListener('afterprint', () => {
    restore();
  });
}
