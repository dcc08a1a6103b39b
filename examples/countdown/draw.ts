// Puzzles at random. Numbers are drawn, then operations until one number is left: that is the target, so every puzzle
// can be solved. One whose trace would be too long to learn from is drawn again.
import type { Distribution, RandomSequence } from 'tracelab';
import type { Puzzle } from './game.ts';
import { numbersAfter, operationsOf, solve } from './search.ts';

/** Longest trace, in events of six words. */
export const MOST_EVENTS = 100;

const SMALL = 20;
/** Of a large number. */
const [LARGE_LEAST, LARGE_MOST] = [21, 25];

/** Training draws different small numbers; the other two have numbers that no training puzzle has. */
export const DISTRIBUTIONS: readonly Distribution[] = [
  { name: 'countdown', stream: 1000, label: 'Small', meaning: 'different numbers from 1 to 20', far: false },
  { name: 'countdown-twins', stream: 1001, label: 'Twins', meaning: 'the first number twice', far: true },
  { name: 'countdown-large', stream: 1002, label: 'Large', meaning: 'one number from 21 to 25', far: true },
];

export function draw(distribution: string, size: number, random: RandomSequence): Puzzle {
  for (;;) {
    const numbers = drawNumbers(distribution, size, random).sort((a, b) => b - a);
    let held = numbers;
    while (held.length > 1) {
      const operations = operationsOf(held);
      held = numbersAfter(held, operations[random.below(operations.length)]);
    }
    const puzzle = { size, numbers, target: held[0] };
    if (solve(puzzle, MOST_EVENTS) !== null) return puzzle;
  }
}

function drawNumbers(distribution: string, size: number, random: RandomSequence): number[] {
  const small = Array.from({ length: SMALL }, (_, i) => i + 1);
  random.shuffle(small);
  const others = small.slice(0, size - 1);
  if (distribution === 'countdown') return small.slice(0, size);
  if (distribution === 'countdown-twins') return [others[0], ...others];
  return [LARGE_LEAST + random.below(LARGE_MOST - LARGE_LEAST + 1), ...others];
}
